/**
 * Whether anything still arrives on a direct path: pure. A browser takes up to
 * fifteen seconds to call a path failed; who talks notices after one.
 */

export const PULSE_MS = 250;

/** So long nothing may arrive where something did all the time. */
const SILENCE_MS = 1_500;
/** Readings in a row in which something arrived, before silence means anything. */
const STEADY = 4;

export class Pulse {
  #count = 0;
  #steady = 0;
  #heardAt = 0;

  /** Takes how many packets have arrived in all, and says whether the path is dead. */
  isGone(count: number, now: number): boolean {
    if (count !== this.#count) {
      this.#count = count;
      this.#steady += 1;
      this.#heardAt = now;
      return false;
    }
    if (this.#steady >= STEADY) return now - this.#heardAt >= SILENCE_MS;
    // What comes now and then is no talk: the other sends neither sound nor picture.
    this.#steady = 0;
    return false;
  }
}
