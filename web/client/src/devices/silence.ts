/** A microphone that is on and gives nothing, and speech into one that is off. */

import { measure } from './sound';

/** Quieter than speech, in decibels below full scale: for whoever was asked to say something. */
export const NO_SPEECH_DB = -50;
/** No sound at all, not even of a room: for whoever may just be listening. */
export const NO_SOUND_DB = -90;
const SILENT_AFTER_MS = 8_000;

/**
 * Silence that has lasted, of a microphone that was never heard. One that was heard may be silent:
 * systems that isolate voices give nothing at all while somebody listens.
 */
export class Silence {
  readonly #floor: number;
  #since: number | null = null;
  #heard = false;

  constructor(floor: number) {
    this.#floor = floor;
  }

  /** Takes a level in decibels; answers whether it has been silent for long. */
  heard(decibel: number, now: number): boolean {
    this.#heard ||= decibel > this.#floor;
    if (this.#heard) return false;
    this.#since ??= now;
    return now - this.#since >= SILENT_AFTER_MS;
  }

  /** The microphone is off, or held back by the system: that is no silence. */
  reset(): void {
    this.#since = null;
  }
}

/**
 * Tells when a microphone that is on has given nothing for eight seconds, and when it first gives
 * something. `each` is told every level, 0 to 1, on the way.
 */
export function watchSilence(
  track: MediaStreamTrack,
  tell: (silent: boolean) => void,
  floor = NO_SOUND_DB,
  each: (level: number) => void = () => undefined,
): () => void {
  const silence = new Silence(floor);
  let told = false;
  return measure(track, (level, decibel) => {
    each(level);
    if (!track.enabled || track.muted) silence.reset();
    const silent = track.enabled && !track.muted && silence.heard(decibel, performance.now());
    if (silent !== told) tell((told = silent));
  });
}

/** Speech, told from a door or a cough: loud most of the time, for more than half a second. */
export class Speech {
  #loud = 0;

  /** Takes a level from 0 to 1, ten times a second; answers whether somebody speaks. */
  heard(level: number): boolean {
    this.#loud = level > 0.45 ? this.#loud + 1 : Math.max(0, this.#loud - 0.5);
    return this.#loud > 5;
  }
}

/** Tells once that somebody speaks into a microphone that is off. */
export function watchTalking(track: MediaStreamTrack, tell: () => void): () => void {
  const speech = new Speech();
  let told = false;
  return measure(track, (level) => {
    if (told || !speech.heard(level)) return;
    told = true;
    tell();
  });
}
