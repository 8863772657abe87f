import { describe, expect, test } from 'vitest';
import { Pulse } from './pulse';

describe('the pulse of a direct path', () => {
  test('a path on which packets came all the time is gone when none come for a while', () => {
    const pulse = new Pulse();
    for (let n = 1; n <= 4; n++) expect(pulse.isGone(n * 10, n * 250)).toBe(false);
    expect(pulse.isGone(40, 1_250)).toBe(false);
    expect(pulse.isGone(40, 2_499)).toBe(false);
    expect(pulse.isGone(40, 2_500)).toBe(true);
  });

  test('a short gap is none', () => {
    const pulse = new Pulse();
    for (let n = 1; n <= 4; n++) pulse.isGone(n, n * 250);
    expect(pulse.isGone(4, 2_000)).toBe(false);
    expect(pulse.isGone(5, 2_250)).toBe(false);
    expect(pulse.isGone(5, 3_000)).toBe(false);
  });

  test('where next to nothing comes, silence means nothing', () => {
    const pulse = new Pulse();
    for (let n = 1; n <= 40; n++) expect(pulse.isGone(Math.floor(n / 4), n * 250)).toBe(false);
    expect(pulse.isGone(10, 60_000)).toBe(false);
  });
});
