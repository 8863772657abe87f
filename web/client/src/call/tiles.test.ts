import { expect, test } from 'vitest';
import { RosterBook, type ParticipantEvent } from './roster';
import { arrange, columns, frame, readView, rowsShown, stage, type SlotRow } from './tiles';

function person(uuid: string, more: Partial<ParticipantEvent> = {}): ParticipantEvent {
  return { uuid, display_name: `name of ${uuid}`, role: 'guest', service_type: 'conference', ...more };
}

function room(...people: ParticipantEvent[]) {
  const book = new RosterBook();
  for (const one of people) book.put(one);
  return book.roster;
}

const NOBODY: ReadonlySet<string> = new Set();
const main = (mid: string, uuid: string | null): SlotRow => ({ mid, content: 'main', index: 0, participant_uuid: uuid });

test('everybody else has a tile, with the section their camera is in', () => {
  const roster = room(person('me'), person('a'), person('b'));
  const { tiles } = stage(roster, [main('4', 'b'), main('5', null)], 'me', NOBODY);
  expect(tiles.map((tile) => [tile.participant.uuid, tile.mid])).toEqual([
    ['a', null],
    ['b', '4'],
  ]);
});

test('who waits is not shown, and a camera that is off shows no last frame', () => {
  const roster = room(person('a', { service_type: 'waiting_room' }), person('b', { is_video_muted: true }));
  const { tiles } = stage(roster, [main('4', 'b')], 'me', NOBODY);
  expect(tiles.map((tile) => [tile.participant.uuid, tile.mid])).toEqual([['b', null]]);
});

test('a muted participant is not marked as speaking', () => {
  const roster = room(person('a', { is_client_muted: true }), person('b'));
  const { tiles } = stage(roster, [], 'me', new Set(['a', 'b']));
  expect(tiles.map((tile) => tile.speaking)).toEqual([false, true]);
});

test('large and small pictures are as the hub says, and who has no slot takes a place that is left', () => {
  const roster = room(person('a'), person('b'), person('c'), person('d'));
  const rows = [
    { ...main('1', 'a'), large: false },
    { ...main('2', 'b'), large: true },
  ];
  const sizes = (view: string) => stage(roster, rows, 'me', NOBODY, readView(view)).tiles.map((tile) => tile.size);
  expect(sizes('1:1')).toEqual(['small', 'large', null, null]);
  expect(sizes('1:2')).toEqual(['small', 'large', 'small', null]);
  expect(sizes('2:7')).toEqual(['small', 'large', 'large', 'small']);
});

test('a view is two numbers', () => {
  expect(readView('5:7')).toEqual({ large: 5, small: 7 });
  for (const nonsense of ['', '5', 'a:b', '0:3', '1:-1']) expect(readView(nonsense)).toEqual({ large: 25, small: 0 });
});

test('slides are shown while their slot has a source', () => {
  const roster = room(person('a'));
  const slides = (uuid: string | null): SlotRow => ({ mid: '12', content: 'slides', index: 0, participant_uuid: uuid });
  expect(stage(roster, [slides(null)], 'me', NOBODY).slides).toBeNull();
  expect(stage(roster, [slides('a')], 'me', NOBODY).slides?.participant?.name).toBe('name of a');
  expect(stage(roster, [slides('gone')], 'me', NOBODY).slides).toEqual({ mid: '12', participant: null });
});

test('each sound slot names whom it carries', () => {
  const row: SlotRow = { mid: '0', content: 'audio', index: 0, participant_uuid: 'a' };
  expect(stage(room(), [row, main('3', 'a')], 'me', NOBODY).sounds).toEqual([{ mid: '0', uuid: 'a' }]);
});

test('a roster told anew replaces the old one at its end, not before', () => {
  const book = new RosterBook();
  book.put(person('a'));
  book.syncBegin();
  book.put(person('b'));
  expect([...book.roster.keys()]).toEqual(['a']);
  book.syncEnd();
  expect([...book.roster.keys()]).toEqual(['b']);
  book.remove('b');
  expect(book.roster.size).toBe(0);
});

test('columns suit the shape of the space', () => {
  expect(columns(1, 390, 700)).toBe(1);
  expect(columns(2, 390, 700)).toBe(1);
  expect(columns(2, 1280, 700)).toBe(2);
  expect(columns(4, 390, 700)).toBe(2);
  expect(columns(4, 1280, 700)).toBe(2);
  expect(columns(9, 1280, 700)).toBe(3);
});

test('small pictures are in a strip beside the large ones, on an upright screen below', () => {
  const inside = (places: ReturnType<typeof arrange>, width: number, height: number) =>
    places.every((p) => p.left >= 0 && p.top >= 0 && p.left + p.width <= width + 1 && p.top + p.height <= height + 1);
  const lying = arrange(['small', 'large', 'small'], { width: 1280, height: 700 });
  expect(inside(lying, 1280, 700)).toBe(true);
  expect(lying[1]?.height).toBe(700);
  expect(lying[0]?.left).toBeGreaterThan(lying[1]?.width ?? Infinity);
  expect(lying[0]?.width).toBe(256);
  const upright = arrange(['large', 'small'], { width: 390, height: 700 });
  expect(inside(upright, 390, 700)).toBe(true);
  expect(upright[0]?.width).toBe(390);
  expect(upright[1]?.top).toBeGreaterThan(upright[0]?.height ?? Infinity);
  const equal = arrange(['large', 'large', 'large'], { width: 1280, height: 700 });
  expect(equal.every((p) => p.width === equal[0]?.width)).toBe(true);
  expect((equal[2]?.left ?? 0) + (equal[2]?.width ?? 0) / 2).toBe(640);
  expect(arrange([], { width: 10, height: 10 })).toEqual([]);
});

test('the rows of a picture count with what is cut away', () => {
  expect(rowsShown({ width: 640, height: 360 }, { width: 320, height: 180 })).toBe(180);
  expect(rowsShown({ width: 640, height: 360 }, { width: 640, height: 180 })).toBe(360);
  expect(rowsShown({ width: 0, height: 0 }, { width: 320, height: 180 })).toBe(180);
});

test('pictures fill their tile unless much would be cut away', () => {
  const tile = { width: 400, height: 300 };
  expect(frame({ width: 640, height: 360 }, tile)).toEqual(tile);
  expect(frame({ width: 0, height: 0 }, tile)).toEqual(tile);
});

test('a lying picture in an upright tile keeps its width and most of itself', () => {
  const { width, height } = frame({ width: 640, height: 360 }, { width: 390, height: 700 });
  expect(width).toBe(390);
  expect(width / height).toBeCloseTo((640 / 360) * 0.6);
});

test('an upright picture in a lying tile keeps its height and most of itself', () => {
  const { width, height } = frame({ width: 360, height: 640 }, { width: 1200, height: 600 });
  expect(height).toBe(600);
  expect(width / height).toBeCloseTo(360 / 640 / 0.6);
});
