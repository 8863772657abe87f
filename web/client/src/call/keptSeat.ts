/**
 * The seat of a meeting across a reload of the page, in the tab's own storage. It
 * holds a token that ends within two minutes, and no PIN.
 */

import type { Admission } from './api';

const KEPT = 'vdx.seat';

export interface KeptSeat {
  /** The page's own address: another link in the same tab is another meeting. */
  page: string;
  address: string;
  name: string;
  admission: Admission;
  microphoneOn: boolean;
  cameraOn: boolean;
}

export function keepSeat(seat: KeptSeat): void {
  try {
    sessionStorage.setItem(KEPT, JSON.stringify(seat));
  } catch {
    // Without storage a reload asks again.
  }
}

/** Given once: a page that fails with it asks again. */
export function takeSeat(page: string): KeptSeat | null {
  try {
    const kept = JSON.parse(sessionStorage.getItem(KEPT) ?? 'null') as KeptSeat | null;
    sessionStorage.removeItem(KEPT);
    return kept?.page === page ? kept : null;
  } catch {
    return null;
  }
}

export function dropSeat(): void {
  try {
    sessionStorage.removeItem(KEPT);
  } catch {
    // Nothing is kept, then.
  }
}
