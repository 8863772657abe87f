import { expect, test } from 'vitest';
import type { Stage, Tile } from '../call/tiles';
import { participant } from '../call/roster';
import { arranged, speaker } from './layout';

const tile = (uuid: string, more: Partial<Tile> = {}): Tile => ({
  participant: participant({ uuid, display_name: uuid, role: 'guest' }),
  mid: uuid,
  speaking: false,
  size: 'large',
  ...more,
});
const of = (...tiles: Tile[]): Stage => ({ tiles, slides: null, sounds: [] });
const sizes = (stage: Stage) => stage.tiles.map((one) => one.size);

test('as the meeting says is left alone', () => {
  const stage = of(tile('a'), tile('b', { size: 'small' }));
  expect(arranged(stage, 'meeting', null)).toBe(stage);
});

test('all alike are large, but for those the view has no place for', () => {
  const stage = of(tile('a'), tile('b', { size: 'small' }), tile('c', { size: null }));
  expect(sizes(arranged(stage, 'grid', null))).toEqual(['large', 'large', null]);
});

test('one is large who speaks, and stays so in a pause', () => {
  const stage = of(tile('a'), tile('b', { speaking: true }), tile('c'));
  expect(speaker(stage, null)).toBe('b');
  expect(sizes(arranged(stage, 'speaker', 'b'))).toEqual(['small', 'large', 'small']);
  const pause = of(tile('a'), tile('b'), tile('c'));
  expect(speaker(pause, 'b')).toBe('b');
  expect(speaker(pause, 'gone')).toBe('a');
  const both = of(tile('a', { speaking: true }), tile('b', { speaking: true }));
  expect(speaker(both, 'b')).toBe('b');
  expect(speaker(of(), 'b')).toBeNull();
});
