import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { ShownPicture } from './api';
import { participant } from './roster';
import { ShownPictures } from './shown';
import type { SlotRow, Stage, Tile } from './tiles';

const slot = (mid: string, uuid: string | null): SlotRow => ({ mid, content: 'main', index: 0, participant_uuid: uuid });

function stageOf(...off: string[]): Stage {
  const tiles = off.map((uuid): Tile => ({
    participant: participant({ uuid, display_name: '', role: 'guest', is_video_muted: true }),
    mid: null,
    speaking: false,
    size: 'large',
  }));
  return { tiles, slides: null, sounds: [] };
}

let told: ShownPicture[][] = [];
let shown: ShownPictures;

beforeEach(() => {
  vi.useFakeTimers();
  told = [];
  shown = new ShownPictures((pictures) => told.push(pictures));
});
afterEach(() => {
  vi.useRealTimers();
});

test('what is shown is told once the call is up, in steps, and only what changed', () => {
  shown.expect([slot('1', 'a'), slot('2', 'b'), slot('3', null)], stageOf());
  shown.show('1', 350);
  vi.runAllTimers();
  expect(told).toEqual([]);
  shown.begin();
  vi.runAllTimers();
  expect(told).toEqual([
    [
      { mid: '1', height: 352 },
      { mid: '2', height: 0 },
    ],
  ]);
  shown.show('1', 351);
  vi.runAllTimers();
  expect(told.length).toBe(1);
  shown.show('2', 90);
  vi.runAllTimers();
  expect(told[1]).toEqual([{ mid: '2', height: 96 }]);
});

test('nothing is shown behind another window', () => {
  shown.expect([slot('1', 'a')], stageOf());
  shown.begin();
  shown.show('1', 300);
  vi.runAllTimers();
  shown.setVisible(false);
  vi.runAllTimers();
  shown.setVisible(true);
  vi.runAllTimers();
  expect(told.flat().map(({ height }) => height)).toEqual([304, 0, 304]);
});

test('a slot that is left, or whose camera is off, is left to the hub: the next picture must not wait', () => {
  shown.expect([slot('1', 'a'), slot('2', 'b')], stageOf());
  shown.begin();
  shown.show('1', 300);
  shown.show('2', 300);
  vi.runAllTimers();
  shown.show('1', 0);
  shown.show('2', 0);
  shown.expect([slot('1', null), slot('2', 'b')], stageOf('b'));
  vi.runAllTimers();
  expect(told[1]).toEqual([
    { mid: '1', height: null },
    { mid: '2', height: null },
  ]);
});

test('what did not arrive is told again with the next change', () => {
  shown.expect([slot('1', 'a'), slot('2', 'b')], stageOf());
  shown.begin();
  shown.show('1', 300);
  shown.show('2', 300);
  vi.runAllTimers();
  shown.forget();
  shown.show('2', 200);
  vi.runAllTimers();
  expect(told[1]).toEqual([
    { mid: '1', height: 304 },
    { mid: '2', height: 208 },
  ]);
});
