/** What the visitor is told, by the rule that docs/connection-test.md gives reasons for. */

import type { Measured, WayTried } from './results';

export type Verdict = 'good' | 'ok' | 'sound' | 'none';

/** What the smallest picture takes, with sound. */
const SMALL_PICTURE_KBPS = 120;
/** What the middle picture takes, with sound. */
const GOOD_PICTURE_KBPS = 450;
const LITTLE_LOSS_PERCENT = 1;
const TERRIBLE_LOSS_PERCENT = 10;
/** From here on people talk at the same time. */
const LATE_MS = 400;

export function verdict(found: { ways: WayTried[]; events: boolean; measured: Measured | null }): Verdict {
  const { ways, events, measured } = found;
  if (!events || !measured?.heard || ways.every((way) => way.connected_ms === null)) return 'none';
  const narrowest = Math.min(measured.available_up_kbps ?? measured.sent_kbps, measured.received_kbps);
  const loss = Math.max(measured.loss_up_percent ?? 0, measured.loss_down_percent ?? 0);
  if (narrowest < SMALL_PICTURE_KBPS || loss >= TERRIBLE_LOSS_PERCENT) return 'sound';
  const late = (measured.rtt_ms ?? 0) >= LATE_MS;
  return narrowest < GOOD_PICTURE_KBPS || loss >= LITTLE_LOSS_PERCENT || late ? 'ok' : 'good';
}
