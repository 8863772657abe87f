import { expect, test } from 'vitest';
import { KEYS, shortcut, SHORTCUTS } from './shortcuts';

const press = (key: string, more = {}) =>
  shortcut({ key, ctrlKey: false, altKey: false, metaKey: false, repeat: false, target: null, ...more });

test('each key is one thing, in either case', () => {
  expect(new Set(Object.values(KEYS)).size).toBe(SHORTCUTS.length);
  expect(press('m')).toBe('microphone');
  expect(press('M')).toBe('microphone');
  expect(press('?')).toBe('shortcuts');
  expect(press('x')).toBeNull();
});

test('what is the browser’s stays the browser’s', () => {
  expect(press('c', { ctrlKey: true })).toBeNull();
  expect(press('p', { metaKey: true })).toBeNull();
  expect(press('m', { repeat: true })).toBeNull();
  expect(press('m', { target: { closest: () => ({}) } })).toBeNull();
});
