import { expect, test } from 'vitest';
import { cornerAt } from './corners';

test('a point belongs to the corner of its quarter', () => {
  const space = { width: 400, height: 200 };
  expect(cornerAt(10, 10, space)).toBe('top-left');
  expect(cornerAt(390, 10, space)).toBe('top-right');
  expect(cornerAt(390, 190, space)).toBe('bottom-right');
  expect(cornerAt(10, 190, space)).toBe('bottom-left');
});
