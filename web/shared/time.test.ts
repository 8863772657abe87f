import { expect, test } from 'vitest';
import { remaining, when } from './time';

test('today, tomorrow, and a day by name', () => {
  const now = new Date(2026, 10, 22, 23, 30);
  expect(when(new Date(2026, 10, 22, 23, 45), now)).toBe('i dag kl.\u00a023.45');
  expect(when(new Date(2026, 10, 23, 0, 5), now)).toBe('i morgen kl.\u00a000.05');
  expect(when(new Date(2026, 10, 26, 9, 0), now)).toBe('torsdag 26. november kl.\u00a009.00');
});

test('what remains is counted up to whole seconds', () => {
  expect(remaining(0)).toBe('0:00');
  expect(remaining(-5)).toBe('0:00');
  expect(remaining(59_001)).toBe('1:00');
  expect(remaining(3_661_000)).toBe('1:01:01');
  expect(remaining(86_400_000)).toBe('1 dag');
  expect(remaining(3 * 86_400_000)).toBe('3 dage');
});
