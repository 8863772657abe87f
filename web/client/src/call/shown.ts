/**
 * How large the page shows which picture, told to the hub so that it sends the
 * fitting layer, and nothing of what is not shown.
 */

import type { ShownPicture } from './api';
import type { SlotRow, Stage } from './tiles';

/** Changes that come together are told together; a window being dragged is told when it rests. */
const PAUSE_MS = 120;
/** Heights are told in steps of so many rows: a hair's breadth makes no other layer. */
const STEP = 16;

export class ShownPictures {
  /** Rows of CSS pixels by media section. */
  readonly #rows = new Map<string, number>();
  /** What was told last. */
  #told = new Map<string, number | null>();
  #slots: readonly SlotRow[] = [];
  #off: ReadonlySet<string> = new Set();
  #visible = true;
  #begun = false;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly tell: (pictures: ShownPicture[]) => void) {}

  /** A call is up: it was told nothing yet. */
  begin(): void {
    this.#begun = true;
    this.forget();
    this.#plan();
  }

  end(): void {
    this.#begun = false;
    clearTimeout(this.#timer);
  }

  /** What was told may not have arrived. */
  forget(): void {
    this.#told = new Map();
  }

  show(mid: string, rows: number): void {
    if (rows > 0) this.#rows.set(mid, rows);
    else this.#rows.delete(mid);
    this.#plan();
  }

  setVisible(visible: boolean): void {
    this.#visible = visible;
    this.#plan();
  }

  /** Who is in which slot, and so which pictures can be shown. */
  expect(slots: readonly SlotRow[], stage: Stage): void {
    this.#slots = slots;
    this.#off = new Set(stage.tiles.filter((tile) => tile.participant.cameraOff).map((tile) => tile.participant.uuid));
    this.#plan();
  }

  /** What the hub is to know; null where nothing is to be shown yet, so that the first picture does not wait for us. */
  heights(): Map<string, number | null> {
    const heights = new Map<string, number | null>();
    for (const { mid, content, participant_uuid: who } of this.#slots) {
      if (content === 'audio') continue;
      if (!who || this.#off.has(who)) heights.set(mid, null);
      else heights.set(mid, this.#visible ? devicePixels(this.#rows.get(mid) ?? 0) : 0);
    }
    return heights;
  }

  #plan(): void {
    clearTimeout(this.#timer);
    if (this.#begun) this.#timer = setTimeout(() => this.#tellChanges(), PAUSE_MS);
  }

  #tellChanges(): void {
    const heights = this.heights();
    const changed = [...heights].filter(([mid, height]) => (this.#told.get(mid) ?? null) !== height);
    if (changed.length === 0) return;
    this.#told = heights;
    this.tell(changed.map(([mid, height]) => ({ mid, height })));
  }
}

function devicePixels(rows: number): number {
  return Math.min(Math.ceil((rows * (globalThis.devicePixelRatio || 1)) / STEP) * STEP, 4320);
}
