import { expect, test } from 'vitest';
import { NO_SOUND_DB, NO_SPEECH_DB, Silence, Speech } from './silence';

function after(silence: Silence, decibel: number, from: number, to: number): boolean {
  let silent = false;
  for (let now = from; now <= to; now += 100) silent = silence.heard(decibel, now);
  return silent;
}

test('nothing for eight seconds is silence, and one sound ends it for good', () => {
  const silence = new Silence(NO_SOUND_DB);
  expect(after(silence, -100, 0, 7_900)).toBe(false);
  expect(after(silence, -100, 8_000, 8_000)).toBe(true);
  expect(after(silence, -70, 8_100, 8_100)).toBe(false);
  expect(after(silence, -100, 8_200, 30_000)).toBe(false);
});

test('a quiet room is no silence for whoever listens, but is for whoever was asked to speak', () => {
  expect(after(new Silence(NO_SOUND_DB), -65, 0, 20_000)).toBe(false);
  expect(after(new Silence(NO_SPEECH_DB), -65, 0, 20_000)).toBe(true);
});

test('a microphone that is off begins anew', () => {
  const silence = new Silence(NO_SOUND_DB);
  after(silence, -100, 0, 7_900);
  silence.reset();
  expect(after(silence, -100, 8_000, 15_900)).toBe(false);
});

test('speech lasts; a knock and a hum do not count', () => {
  const of = (levels: number[]) => {
    const speech = new Speech();
    return levels.some((level) => speech.heard(level));
  };
  expect(of([0.9, 0.9, 0, 0, 0, 0, 0.9, 0.9, 0, 0, 0, 0])).toBe(false);
  expect(of(Array.from({ length: 100 }, () => 0.4))).toBe(false);
  expect(of([0.6, 0.7, 0.2, 0.6, 0.8, 0.6, 0.7])).toBe(true);
});
