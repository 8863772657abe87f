/** From the roster and the slot table to what is shown and heard: pure. */

import type { Participant, Roster } from './roster';

/** A row of the `vdx_slots` event: who is in a receive slot, named by its media section. */
export interface SlotRow {
  mid: string;
  content: 'audio' | 'main' | 'slides';
  index: number;
  participant_uuid: string | null;
  /** Whether the view shows it large. */
  large?: boolean;
}

/** How many large and small pictures the room's view has. */
export interface View {
  large: number;
  small: number;
}

/** Until the hub has said which. */
export const ANY_VIEW: View = { large: 25, small: 0 };

export interface Tile {
  participant: Participant;
  /** The media section with this participant's camera; null when none is received. */
  mid: string | null;
  speaking: boolean;
  /** Null when the view has no place left for this participant. */
  size: 'large' | 'small' | null;
}

export interface Stage {
  /** The others, in the order they came. */
  tiles: Tile[];
  /** The presentation of another participant. */
  slides: { mid: string; participant: Participant | null } | null;
  /** Sounds of the others by media section. */
  sounds: { mid: string; uuid: string | null }[];
}

/** Reads `1:7`: one large picture and seven small ones. */
export function readView(text: string): View {
  const [large = NaN, small = NaN] = text.split(':').map(Number);
  return Number.isInteger(large) && Number.isInteger(small) && large > 0 && small >= 0 ? { large, small } : ANY_VIEW;
}

/**
 * The picture of everybody else. Who waits outside is not shown. A camera that
 * is switched off leaves its slot's last frame behind, so it counts as none.
 * Who has no slot (the call is not up yet, or has no camera) is shown where the
 * view has places left.
 */
export function stage(
  roster: Roster,
  slots: readonly SlotRow[],
  me: string,
  speaking: ReadonlySet<string>,
  view: View = ANY_VIEW,
): Stage {
  const cameras = new Map<string, SlotRow>();
  for (const slot of slots) {
    if (slot.content === 'main' && slot.participant_uuid) cameras.set(slot.participant_uuid, slot);
  }
  let large = view.large - [...cameras.values()].filter((slot) => slot.large !== false).length;
  let all = view.large + view.small - cameras.size;
  const place = (slot: SlotRow | undefined): Tile['size'] => {
    if (slot) return slot.large === false ? 'small' : 'large';
    if (all-- <= 0) return null;
    return large-- > 0 ? 'large' : 'small';
  };
  const tiles: Tile[] = [];
  for (const person of roster.values()) {
    if (person.uuid === me || person.waiting) continue;
    const slot = cameras.get(person.uuid);
    const mid = person.cameraOff ? null : (slot?.mid ?? null);
    tiles.push({
      participant: person,
      mid,
      speaking: speaking.has(person.uuid) && !person.micOff,
      size: place(slot),
    });
  }
  const shown = slots.find((slot) => slot.content === 'slides' && slot.participant_uuid);
  return {
    tiles,
    slides: shown
      ? { mid: shown.mid, participant: roster.get(shown.participant_uuid ?? '') ?? null }
      : null,
    sounds: slots
      .filter((slot) => slot.content === 'audio')
      .map((slot) => ({ mid: slot.mid, uuid: slot.participant_uuid })),
  };
}

/**
 * Columns of a grid of `count` tiles that shows the largest pictures. On an
 * upright screen a tile may be upright too; on a lying one, down to square.
 */
export function columns(count: number, width: number, height: number, gap = 8): number {
  const [narrowest, widest] = height > width ? [3 / 4, 4 / 3] : [1, 16 / 9];
  let best = 1;
  let bestArea = -1;
  for (let n = 1; n <= count; n++) {
    const rows = Math.ceil(count / n);
    const w = (width - gap * (n - 1)) / n;
    const h = (height - gap * (rows - 1)) / rows;
    const area = Math.min(w, h * widest) * Math.min(h, w / narrowest);
    if (area > bestArea + 1) {
      best = n;
      bestArea = area;
    }
  }
  return best;
}

export interface Place extends Size {
  left: number;
  top: number;
}

const GAP = 8;
/** The strip of small pictures beside or below the large ones: a part of the space, within bounds. */
const STRIP_WIDTH = { part: 0.2, least: 120, most: 320 };
const STRIP_HEIGHT = { part: 0.22, least: 96, most: 220 };

function within(space: number, { part, least, most }: { part: number; least: number; most: number }): number {
  return Math.min(Math.max(space * part, least), most, space / 2);
}

/** Where `count` tiles of equal size are in a box; the last row is centred. */
function grid(count: number, box: Place): Place[] {
  if (count === 0) return [];
  const perRow = columns(count, box.width, box.height, GAP);
  const rows = Math.ceil(count / perRow);
  const width = Math.max(0, (box.width - GAP * (perRow - 1)) / perRow);
  const height = Math.max(0, (box.height - GAP * (rows - 1)) / rows);
  return Array.from({ length: count }, (_, index) => {
    const row = Math.floor(index / perRow);
    const inRow = Math.min(perRow, count - row * perRow);
    const margin = (box.width - inRow * width - GAP * (inRow - 1)) / 2;
    return {
      left: box.left + margin + (index % perRow) * (width + GAP),
      top: box.top + row * (height + GAP),
      width,
      height,
    };
  });
}

/**
 * Where tiles are in a space: the large ones in a grid, the small ones in a
 * strip beside it, or below it where the space is upright. Tiles of one kind
 * only fill it all.
 */
export function arrange(sizes: readonly ('large' | 'small')[], { width, height }: Size): Place[] {
  const count = { large: 0, small: 0 };
  for (const size of sizes) count[size]++;
  const all = { left: 0, top: 0, width, height };
  const box = { large: all, small: all };
  if (count.large > 0 && count.small > 0) {
    if (width > height) {
      const strip = within(width, STRIP_WIDTH);
      box.large = { ...all, width: width - strip - GAP };
      box.small = { ...all, left: width - strip, width: strip };
    } else {
      const strip = within(height, STRIP_HEIGHT);
      box.large = { ...all, height: height - strip - GAP };
      box.small = { ...all, top: height - strip, height: strip };
    }
  }
  const places = { large: grid(count.large, box.large), small: grid(count.small, box.small) };
  return sizes.map((size) => places[size].shift() ?? { left: 0, top: 0, width: 0, height: 0 });
}

/** At least this share of a picture stays visible in a tile of another shape. */
const KEPT = 0.6;

export interface Size {
  width: number;
  height: number;
}

/**
 * The part of a tile its picture takes, filled to the edges: all of it where
 * little is cut away, else as much as keeps most of the picture. A lying
 * picture on an upright phone becomes large enough to see a face.
 */
export function frame(picture: Size, tile: Size): Size {
  if (!picture.width || !picture.height || !tile.width || !tile.height) return tile;
  const shape = picture.width / picture.height;
  const room = tile.width / tile.height;
  if (shape * KEPT > room) return { width: tile.width, height: tile.width / (shape * KEPT) };
  if (shape / KEPT < room) return { width: (tile.height * shape) / KEPT, height: tile.height };
  return tile;
}

/** Rows of a picture that fills a box, with what is cut away, in CSS pixels. */
export function rowsShown(picture: Size, box: Size): number {
  if (!picture.width || !picture.height) return box.height;
  return picture.height * Math.max(box.width / picture.width, box.height / picture.height);
}
