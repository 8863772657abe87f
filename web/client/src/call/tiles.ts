/** From the roster and the slot table to what is shown and heard: pure. */

import type { Participant, Roster } from './roster';

/** A row of the `vdx_slots` event: who is in a receive slot, named by its media section. */
export interface SlotRow {
  mid: string;
  content: 'audio' | 'main' | 'slides';
  index: number;
  participant_uuid: string | null;
}

export interface Tile {
  participant: Participant;
  /** The media section with this participant's camera; null when none is received. */
  mid: string | null;
  speaking: boolean;
}

export interface Stage {
  /** The others, in the order they came. */
  tiles: Tile[];
  /** The presentation of another participant. */
  slides: { mid: string; participant: Participant | null } | null;
  /** Sounds of the others by media section. */
  sounds: { mid: string; uuid: string | null }[];
}

/**
 * The picture of everybody else. Who waits outside is not shown. A camera that
 * is switched off leaves its slot's last frame behind, so it counts as none.
 */
export function stage(roster: Roster, slots: readonly SlotRow[], me: string, speaking: ReadonlySet<string>): Stage {
  const cameras = new Map<string, string>();
  for (const slot of slots) {
    if (slot.content === 'main' && slot.participant_uuid) cameras.set(slot.participant_uuid, slot.mid);
  }
  const tiles: Tile[] = [];
  for (const person of roster.values()) {
    if (person.uuid === me || person.waiting) continue;
    const mid = person.cameraOff ? null : (cameras.get(person.uuid) ?? null);
    tiles.push({ participant: person, mid, speaking: speaking.has(person.uuid) && !person.micOff });
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
