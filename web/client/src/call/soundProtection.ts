/**
 * When sound is worth sending twice (RED, RFC 2198): while the way to the hub
 * loses packets, and there is room. The hub does the same on the way back.
 */

export const SOUND_CHECK_MS = 2_000;

/** Above this share of lost packets each piece is sent twice. */
const LOSSY = 0.01;
/** For so many checks in a row the loss must be below it until that ends. */
const CALM_CHECKS = 8;
/** Bits a second below which there is room for one copy only. */
const ROOM = 200_000;

/** The way to the hub, as far as the browser knows. */
export interface WayOut {
  /** Share of sound packets lost, 0 to 1. */
  loss: number | null;
  /** Bits a second that fit. */
  room: number | null;
}

export class SoundProtection {
  #on = false;
  #calm = 0;

  /** What to change: true = send twice, false = once, null = nothing. */
  decide({ loss, room }: WayOut): boolean | null {
    if (loss === null) return null;
    const tight = room !== null && room < ROOM;
    const lossy = loss > LOSSY && !tight;
    this.#calm = lossy ? 0 : this.#calm + 1;
    const on = lossy || (this.#on && !tight && this.#calm < CALM_CHECKS);
    if (on === this.#on) return null;
    this.#on = on;
    return on;
  }
}

/** Reads what the hub reported of the sound, and what the browser believes to fit. */
export async function wayOut(pc: RTCPeerConnection, sender: RTCRtpSender): Promise<WayOut> {
  const found: WayOut = { loss: null, room: null };
  try {
    for (const one of (await sender.getStats()).values()) {
      if (one.type === 'remote-inbound-rtp') found.loss = one.fractionLost ?? null;
    }
    for (const one of (await pc.getStats()).values()) {
      if (one.type === 'candidate-pair' && one.nominated) found.room = one.availableOutgoingBitrate ?? found.room;
    }
  } catch {
    // A connection that was closed meanwhile has nothing to tell.
  }
  return found;
}
