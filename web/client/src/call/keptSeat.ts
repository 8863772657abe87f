/**
 * The seat of a meeting across a reload of the page, in the tab's own storage. It
 * holds a token that ends within two minutes, and no PIN.
 */

import { recall, remember } from '../../../shared/storage';
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
  remember(KEPT, JSON.stringify(seat), 'tab');
}

/** Given once: a page that fails with it asks again. */
export function takeSeat(page: string): KeptSeat | null {
  const kept = JSON.parse(recall(KEPT, 'tab') ?? 'null') as KeptSeat | null;
  dropSeat();
  return kept?.page === page ? kept : null;
}

export function dropSeat(): void {
  remember(KEPT, null, 'tab');
}
