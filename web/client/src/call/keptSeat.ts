/**
 * The seat of a meeting across a reload of the page, in the tab's own storage. It
 * holds a token that ends within two minutes, and no PIN.
 */

import { after } from '../../../shared/after';
import { recall, remember } from '../../../shared/storage';
import type { Admission } from './api';

const KEPT = 'vdx.seat';
/** A page that is loaded anew gives its seat up within this. */
const GIVEN_UP_WITHIN_MS = 1_000;

export interface KeptSeat {
  /** The page's own address: another link in the same tab is another meeting. */
  page: string;
  address: string;
  name: string;
  admission: Admission;
  microphoneOn: boolean;
  cameraOn: boolean;
}

/** The lock of a seat that is taken, released with the page or by `dropSeat`. */
let release: (() => void) | null = null;
let held: string | null = null;

export function keepSeat(seat: KeptSeat): void {
  remember(KEPT, JSON.stringify(seat), 'tab');
  void hold(seat.admission.participant);
}

/** Given once: a page that fails with it asks again. A tab that was copied has the seat of the other, who sits in it. */
export async function takeSeat(page: string): Promise<KeptSeat | null> {
  const kept = read();
  dropSeat();
  return kept?.page === page && (await hold(kept.admission.participant)) ? kept : null;
}

export function dropSeat(): void {
  remember(KEPT, null, 'tab');
  release?.();
  release = held = null;
}

function read(): KeptSeat | null {
  try {
    return JSON.parse(recall(KEPT, 'tab') ?? 'null') as KeptSeat | null;
  } catch {
    return null;
  }
}

/** Holds the seat against other tabs; false when one has it. */
async function hold(participant: string): Promise<boolean> {
  if (held === participant || !navigator.locks) return true;
  release?.();
  held = participant;
  return new Promise((resolve) => {
    navigator.locks
      .request(`${KEPT}.${participant}`, { signal: after(GIVEN_UP_WITHIN_MS) }, () => {
        resolve(true);
        return new Promise<void>((done) => (release = done));
      })
      .catch(() => resolve(false));
  });
}
