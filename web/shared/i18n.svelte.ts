/** The pages' texts, and which language they are in. */

import da from './translations/da.json';
import en from './translations/en.json';

export const LANGUAGES = ['da', 'en'] as const;
export type Language = (typeof LANGUAGES)[number];
export type TextKey = keyof typeof da;

const TEXTS: Record<Language, Record<TextKey, string>> = { da, en };
const REMEMBERED = 'vdx.language';

/** Danish for those whose browser asks for it, English for everybody else. */
export function choose(remembered: string | null, preferred: readonly string[]): Language {
  const known = LANGUAGES.find((one) => one === remembered);
  if (known) return known;
  // Scandinavian, Faroese and Greenlandic readers are better served by Danish.
  return /^(da|nb|nn|no|sv|fo|kl)\b/i.test(preferred[0] ?? '') ? 'da' : 'en';
}

function recall(): string | null {
  try {
    return localStorage.getItem(REMEMBERED);
  } catch {
    return null;
  }
}

class Texts {
  language = $state<Language>('en');

  /** Takes the remembered or the browser's language. */
  start(): void {
    this.#apply(choose(recall(), navigator.languages ?? [navigator.language]));
  }

  set(language: Language): void {
    this.#apply(language);
    try {
      localStorage.setItem(REMEMBERED, language);
    } catch {
      // Private windows may forbid storage: the choice then lasts as long as the page.
    }
  }

  #apply(language: Language): void {
    this.language = language;
    document.documentElement.lang = language;
  }
}

export const texts = new Texts();

/** The text in the current language; `{name}` is replaced by the value given. */
export function t(key: TextKey, values: Record<string, string | number> = {}): string {
  return TEXTS[texts.language][key].replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole));
}
