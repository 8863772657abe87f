import { expect, test } from 'vitest';
import { around, choose, fill, isFailure, LANGUAGES, problemKey } from './i18n.svelte';
import da from './translations/da.json';
import de from './translations/de.json';
import en from './translations/en.json';
import fo from './translations/fo.json';
import kl from './translations/kl.json';
import later from './translations/da.json?later';

type Texts = Record<string, string>;
const danish: Texts = da;
const others: Record<string, Texts> = { en, de, fo, kl };
/** What these lack is shown in Danish until somebody who speaks them has translated it. */
const TO_BE_TRANSLATED = ['fo', 'kl'];

const sources = import.meta.glob(['../*/src/**/*.{ts,svelte}', './**/*.{ts,svelte}', '!./**/*.test.ts'], {
  query: '?raw',
  import: 'default',
  eager: true,
}) as Record<string, string>;

test('every language is listed here', () => {
  expect(['da', ...Object.keys(others)].sort()).toEqual(Object.keys(LANGUAGES).sort());
});

test('no Danish text is empty', () => {
  expect(Object.keys(danish).filter((key) => !danish[key]?.trim())).toEqual([]);
});

test('no language has a text that Danish does not have, and all have them in the same order', () => {
  for (const [language, texts] of Object.entries(others)) {
    const keys = Object.keys(texts);
    expect(keys, language).toEqual(Object.keys(danish).filter((key) => keys.includes(key)));
  }
});

test('all languages name the same values as Danish', () => {
  const values = (text: string | undefined) => (text?.match(/\{\w+\}/g) ?? []).sort();
  for (const [language, texts] of Object.entries(others)) {
    for (const [key, text] of Object.entries(texts)) {
      if (text) expect(values(text), `${language} ${key}`).toEqual(values(danish[key]));
    }
  }
});

test('what is missing in a language is told', () => {
  for (const [language, texts] of Object.entries(others)) {
    const missing = Object.keys(danish).filter((key) => !texts[key]?.trim());
    const first = missing.length > 0 ? `: ${missing.slice(0, 5).join(', ')}…` : '';
    console.log(`${language} lacks ${missing.length} of ${Object.keys(danish).length} texts${first}`);
    if (!TO_BE_TRANSLATED.includes(language)) expect(missing, language).toEqual([]);
  }
});

test('every text is used', () => {
  const code = Object.values(sources).join('\n');
  // Keys are written out, or made of a written-out beginning and a value: `left.${why}.title`.
  const made = [...code.matchAll(/`([a-z][\w.]*\.)\$\{[^}]+\}((?:\.\w+)*)`/gi)].map(
    ([, start = '', end = '']) => new RegExp(`^${start.replaceAll('.', '\\.')}\\w+${end.replaceAll('.', '\\.')}$`),
  );
  const used = (key: string) => code.includes(`'${key}'`) || code.includes(`"${key}"`) || made.some((pattern) => pattern.test(key));
  // The three parts of a failure are asked for by the failure's name.
  const unused = Object.keys(danish).filter((key) => !used(key) && !used(key.replace(/\.(what|we|you)$/, '')));
  expect(unused).toEqual([]);
});

test('nothing on the way in says what comes with the meeting', () => {
  const wayIn = Object.entries(sources).filter(([file]) => /client\/src\/(steps|ui|devices)\//.test(file) && !file.endsWith('/Left.svelte'));
  expect(wayIn.length).toBeGreaterThan(20);
  for (const [file, code] of wayIn) {
    expect(Object.keys(later).filter((key) => code.includes(`'${key}'`)), file).toEqual([]);
  }
});

test('every failure has its three parts', () => {
  const named = Object.keys(danish).filter((key) => key.endsWith('.what'));
  for (const key of named) {
    const name = key.slice(0, -'.what'.length);
    expect(danish, name).toHaveProperty([`${name}.we`]);
    expect(danish, name).toHaveProperty([`${name}.you`]);
  }
  expect(isFailure('error.busy')).toBe(true);
  expect(isFailure('name.missing')).toBe(false);
  expect(problemKey({ key: 'error.busy', values: {} })).toBe('error.busy');
});

test('the language follows the visitor', () => {
  expect(choose('en', ['da-DK'])).toBe('en');
  expect(choose('kl', ['da-DK'])).toBe('kl');
  expect(choose(null, ['da-DK', 'en'])).toBe('da');
  expect(choose(null, ['kl-GL'])).toBe('da');
  expect(choose(null, ['de-AT', 'da'])).toBe('de');
  expect(choose(null, ['fr-FR', 'da'])).toBe('en');
  expect(choose('xx', [])).toBe('en');
});

test('gaps are filled, and the page says what most of it is in', () => {
  const empty = fill('kl', { 'app.name': 'VDX', 'app.back': '' }, da);
  expect(empty.texts['app.name']).toBe('VDX');
  expect(empty.texts['app.back']).toBe(da['app.back']);
  expect(empty.shown).toBe('da');
  const german = fill('de', { ...da, 'app.back': '' }, en);
  expect(german.texts['app.back']).toBe(en['app.back']);
  expect(german.shown).toBe('de');
});

test('a text is put around a link', () => {
  expect(around('support.call', 'phone').join('|')).toBe(da['support.call'].replace('{phone}', '|'));
});
