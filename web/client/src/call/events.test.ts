import { expect, test } from 'vitest';
import { nextPause } from './events';

/** The pauses of an outage, until it has lasted `ms`. */
function pauses(ms: number, chance: number): number[] {
  const all: number[] = [];
  let down = 0;
  while (down < ms) {
    const pause = nextPause(all.at(-1) ?? 0, down, chance);
    all.push(pause);
    down += pause;
  }
  return all;
}

test('for a minute it is tried at least once a second, whatever chance says', () => {
  for (const chance of [0, 0.5, 1]) {
    const minute = pauses(60_000, chance);
    expect(Math.max(...minute)).toBeLessThanOrEqual(1_000);
    expect(minute[0]).toBeLessThanOrEqual(250);
    expect(minute.length).toBeLessThan(100);
  }
});

test('then it is tried more and more rarely', () => {
  expect(pauses(300_000, 1).at(-1)).toBe(8_000);
});
