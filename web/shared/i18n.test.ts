import { expect, test } from 'vitest';
import { choose } from './i18n.svelte';
import da from './translations/da.json';
import en from './translations/en.json';

const danish: Record<string, string> = da;
const english: Record<string, string> = en;

const sources = import.meta.glob(['../*/src/**/*.{ts,svelte}', './**/*.{ts,svelte}', '!./**/*.test.ts'], {
  query: '?raw',
  import: 'default',
  eager: true,
}) as Record<string, string>;

test('both languages have the same texts, in the same order', () => {
  expect(Object.keys(english)).toEqual(Object.keys(danish));
});

test('no text is empty, and both name the same values', () => {
  const values = (text: string | undefined) => (text?.match(/\{\w+\}/g) ?? []).sort();
  for (const key of Object.keys(danish)) {
    expect(danish[key]?.trim(), key).not.toBe('');
    expect(english[key]?.trim(), key).not.toBe('');
    expect(values(english[key]), key).toEqual(values(danish[key]));
  }
});

test('every text is used', () => {
  const code = Object.values(sources).join('\n');
  // Keys are written out, or made of a written-out beginning and a value: `left.${why}.title`.
  const made = [...code.matchAll(/`([a-z][\w.]*\.)\$\{[^}]+\}((?:\.\w+)*)`/gi)].map(
    ([, start = '', end = '']) => new RegExp(`^${start.replaceAll('.', '\\.')}\\w+${end.replaceAll('.', '\\.')}$`),
  );
  const unused = Object.keys(danish).filter(
    (key) => !code.includes(`'${key}'`) && !made.some((pattern) => pattern.test(key)),
  );
  expect(unused).toEqual([]);
});

test('the language follows the visitor', () => {
  expect(choose('en', ['da-DK'])).toBe('en');
  expect(choose(null, ['da-DK', 'en'])).toBe('da');
  expect(choose(null, ['kl-GL'])).toBe('da');
  expect(choose(null, ['de-DE', 'da'])).toBe('en');
  expect(choose('xx', [])).toBe('en');
});
