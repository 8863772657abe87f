/** The pages' texts, and which language they are in. */

import { untrack } from 'svelte';
import { recall, remember } from './storage';
import da from './translations/da.json?begin';
import type danish from './translations/da.json';

export type TextKey = keyof typeof danish;
export type Values = Record<string, string | number>;

/** A failure has a text of three parts: what happened, what we do, what you do. */
export type FailureKey = { [Key in TextKey]: Key extends `${infer Name}.what` ? Name : never }[TextKey];
export type ProblemKey = TextKey | FailureKey;
/** What went wrong, with the values its text names. */
export type Problem = ProblemKey | { key: ProblemKey; values: Values };

/** Each by its own name. */
export const LANGUAGES = { da: 'Dansk', en: 'English', de: 'Deutsch', fo: 'Føroyskt', kl: 'Kalaallisut' } as const;
export type Language = keyof typeof LANGUAGES;

/** What a text is shown in that a language does not have yet. */
const FALLBACK = { da: 'da', en: 'da', de: 'en', fo: 'da', kl: 'da' } as const;
const LOCALES: Record<Language, string> = { da: 'da-DK', en: 'en-GB', de: 'de-DE', fo: 'fo-FO', kl: 'kl-GL' };

type Dictionary = Partial<Record<TextKey, string>>;

type Loading = () => Promise<{ default: Dictionary }>;

/** The texts of the way in. Danish is always there; the others come when they are wanted. */
const BEGIN: Record<Language, Loading> = {
  da: () => Promise.resolve({ default: da }),
  en: () => import('./translations/en.json?begin'),
  de: () => import('./translations/de.json?begin'),
  fo: () => import('./translations/fo.json?begin'),
  kl: () => import('./translations/kl.json?begin'),
};

/** Those of what comes later. */
const LATER: Record<Language, Loading> = {
  da: () => import('./translations/da.json?later'),
  en: () => import('./translations/en.json?later'),
  de: () => import('./translations/de.json?later'),
  fo: () => import('./translations/fo.json?later'),
  kl: () => import('./translations/kl.json?later'),
};

const REMEMBERED = 'vdx.language';

function isLanguage(text: string | null): text is Language {
  return text !== null && text in LANGUAGES;
}

/** Danish and German for those whose browser asks for it, English for everybody else. */
export function choose(remembered: string | null, preferred: readonly string[]): Language {
  if (isLanguage(remembered)) return remembered;
  // Scandinavian, Faroese and Greenlandic readers are better served by Danish.
  if (/^(da|nb|nn|no|sv|fo|kl)\b/i.test(preferred[0] ?? '')) return 'da';
  return /^de\b/i.test(preferred[0] ?? '') ? 'de' : 'en';
}

async function dictionary(language: Language, whole: boolean): Promise<Dictionary> {
  const parts = await Promise.all([BEGIN[language](), ...(whole ? [LATER[language]()] : [])]);
  return Object.assign({}, ...parts.map((part) => part.default)) as Dictionary;
}

/** A language with its gaps filled, and what most of it is in. */
export interface Filled {
  texts: Dictionary;
  shown: Language;
}

export function fill(language: Language, own: Dictionary, fallback: Dictionary): Filled {
  const there = Object.entries(own).filter(([, text]) => text !== '');
  const mostly = there.length * 2 > Object.keys(own).length;
  return {
    texts: { ...da, ...fallback, ...Object.fromEntries(there) },
    shown: mostly ? language : FALLBACK[language],
  };
}

/** Every language has every key, with an empty text where it is not translated. */
function hasGaps(own: Dictionary): boolean {
  return Object.values(own).some((text) => text === '');
}

class Texts {
  /** The language that was chosen. */
  language = $state<Language>('da');
  /** The language that most of the text is in: for `lang`, dates, and whoever reads aloud. */
  shown = $state<Language>('da');
  #texts = $state.raw<Dictionary>(da);
  /** Whether the texts of what comes later are wanted too. */
  #whole = false;

  /** Takes the remembered or the browser's language. */
  start(): Promise<void> {
    return this.#try(choose(recall(REMEMBERED), navigator.languages ?? [navigator.language]));
  }

  async set(language: Language): Promise<void> {
    remember(REMEMBERED, language);
    await this.#try(language);
  }

  /** Brings the texts of the meeting and of the connection test; fails when they are out of reach. */
  async all(): Promise<void> {
    if (this.#whole) return;
    this.#whole = true;
    try {
      // Asked for while a page is drawn, which is not to be drawn anew with another language.
      await this.#apply(untrack(() => this.language));
    } catch (error) {
      this.#whole = false;
      throw error;
    }
  }

  get locale(): string {
    return LOCALES[this.shown];
  }

  /** The languages to look for a text in, the wanted one first. */
  get preferred(): readonly Language[] {
    return [this.language, FALLBACK[this.language], 'da', 'en'];
  }

  text(key: TextKey): string {
    return this.#texts[key] ?? key;
  }

  has(key: string): boolean {
    return key in this.#texts;
  }

  async #try(language: Language): Promise<void> {
    try {
      await this.#apply(language);
    } catch {
      // Out of reach: the page stays in the language it is in.
      this.language = this.shown;
    }
  }

  async #apply(language: Language): Promise<void> {
    if (language !== untrack(() => this.language)) this.language = language;
    const whole = this.#whole;
    const own = await dictionary(language, whole);
    const fallback = hasGaps(own) ? await dictionary(FALLBACK[language], whole) : {};
    // Another language, or all of this one, may have been asked for while this was on its way.
    if (language !== this.language || whole !== this.#whole) return;
    const filled = fill(language, own, fallback);
    this.#texts = filled.texts;
    this.shown = filled.shown;
    document.documentElement.lang = this.shown;
  }
}

export const texts = new Texts();

/** The text in the current language; `{name}` is replaced by the value given. */
export function t(key: TextKey, values: Values = {}): string {
  return texts.text(key).replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole));
}

/** A text around one thing that is no text, such as a link: what is before it, and after. */
export function around(key: TextKey, name: string, values: Values = {}): [before: string, after: string] {
  const [before = '', after = ''] = t(key, { ...values, [name]: '\n' }).split('\n');
  return [before, after];
}

export function isFailure(key: ProblemKey): key is FailureKey {
  return texts.has(`${key}.what`);
}

/** Which problem it is, without its values. */
export function problemKey(problem: Problem | null): ProblemKey | null {
  return typeof problem === 'object' && problem !== null ? problem.key : problem;
}
