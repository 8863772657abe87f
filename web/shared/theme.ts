/** What an organisation may say about the look of its meetings, and what of it is usable. */

import { BLACK, contrast, format, mix, parse, readable, type Rgb, WHITE } from './colour';

/** Texts by language. */
export type ByLanguage = Record<string, string>;

export interface Theme {
  name: string | null;
  /** On the hub's own host. */
  logo: string | null;
  colours: { primary: Rgb | null; background: Rgb | null };
  welcomeTitle: ByLanguage;
  welcomeText: ByLanguage;
  supportPhone: string | null;
  supportText: ByLanguage;
  terms: string | null;
}

export const PLAIN: Theme = {
  name: null,
  logo: null,
  colours: { primary: null, background: null },
  welcomeTitle: {},
  welcomeText: {},
  supportPhone: null,
  supportText: {},
  terms: null,
};

const NAME_LIMIT = 100;
const TEXT_LIMIT = 500;

function fields(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

function word(value: unknown, limit: number): string | null {
  const text = typeof value === 'string' ? value.trim().slice(0, limit) : '';
  return text === '' ? null : text;
}

function byLanguage(value: unknown): ByLanguage {
  const texts = Object.entries(fields(value)).map(([language, text]) => [language, word(text, TEXT_LIMIT)] as const);
  return Object.fromEntries(texts.filter((pair): pair is [string, string] => pair[1] !== null));
}

function colour(value: unknown): Rgb | null {
  return typeof value === 'string' ? parse(value) : null;
}

function phone(value: unknown): string | null {
  const text = word(value, 32);
  return text !== null && /^\+?[\d\s()-]{3,}$/.test(text) ? text : null;
}

function address(value: unknown, origin: string, usable: (url: URL) => boolean): string | null {
  const text = word(value, 2000);
  if (text === null) return null;
  try {
    const url = new URL(text, origin);
    return usable(url) ? url.href : null;
  } catch {
    return null;
  }
}

/** Reads the hub's answer; what is missing or unusable is left out. */
export function readTheme(answer: unknown, origin: string): Theme {
  const given = fields(answer);
  const colours = fields(given['colours']);
  return {
    name: word(given['name'], NAME_LIMIT),
    // No request leaves the hub's own host.
    logo: address(given['logo_url'], origin, (url) => url.origin === origin),
    colours: { primary: colour(colours['primary']), background: colour(colours['background']) },
    welcomeTitle: byLanguage(given['welcome_title']),
    welcomeText: byLanguage(given['welcome_text']),
    supportPhone: phone(given['support_phone']),
    supportText: byLanguage(given['support_text']),
    terms: address(given['terms_url'], origin, (url) => /^https?:$/.test(url.protocol)),
  };
}

/** The text in the first of the languages that has it, else in any, and which language that is. */
export function pick(texts: ByLanguage, languages: readonly string[]): { text: string; lang: string } | null {
  const lang = [...languages, ...Object.keys(texts)].find((one) => texts[one] !== undefined);
  const text = lang === undefined ? undefined : texts[lang];
  return lang === undefined || text === undefined ? null : { text, lang };
}

/** What the page looks like without a theme, in the scheme the visitor has. */
export interface Scheme {
  ink: Rgb;
  card: Rgb;
  paper: Rgb;
  dark: boolean;
  /** More contrast was asked for. */
  strong: boolean;
}

/**
 * Custom properties that show the organisation's colours. They are moved as far as it takes to be
 * readable: text at least 4.5:1 (7:1 where more contrast was asked for), whatever was chosen.
 */
export function properties({ primary, background }: Theme['colours'], scheme: Scheme): Record<string, string> {
  const least = scheme.strong ? 7 : 4.5;
  const found: Record<string, string> = {};
  let { paper } = scheme;
  if (background && !scheme.strong) {
    // A dark room stays dark, with a breath of the colour; text of all kinds must be seen on it.
    const wanted = scheme.dark ? mix(scheme.paper, background, 0.06) : background;
    paper = readable(wanted, [scheme.ink], 12, scheme.dark ? BLACK : WHITE);
    found['--paper'] = format(paper);
  }
  if (!primary) return found;
  const end = scheme.dark ? WHITE : BLACK;
  const pale = readable(mix(scheme.card, primary, scheme.dark ? 0.22 : 0.12), [scheme.ink], 7, scheme.card);
  const accent = readable(primary, [paper, scheme.card, pale], least, end);
  const onAccent = contrast(accent, WHITE) >= contrast(accent, BLACK) ? WHITE : BLACK;
  const panel = readable(mix(primary, BLACK, scheme.dark ? 0.35 : 0), [WHITE], 7, BLACK);
  return {
    ...found,
    '--primary': format(accent),
    '--primary-strong': format(mix(accent, end, 0.3)),
    '--primary-pale': format(pale),
    '--on-primary': format(onAccent),
    '--panel': format(panel),
    '--panel-deep': format(mix(panel, BLACK, 0.4)),
  };
}

/** For `tel:`: digits, and a plus in front. */
export function dialled(number: string): string {
  return number.replace(/[^\d+]/g, '');
}
