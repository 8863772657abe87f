/** What a test finds, in the words of the hub's API. */

import type { Verdict } from './verdict';
import type { Way } from './ways';

export interface WayTried {
  way: Way;
  /** Until media could flow; null when it could not. */
  connected_ms: number | null;
}

/** *Up* is to the hub, *down* is from it; null is what the browser does not tell. */
export interface Figures {
  way: Way;
  rtt_ms: number | null;
  loss_up_percent: number | null;
  loss_down_percent: number | null;
  jitter_up_ms: number | null;
  jitter_down_ms: number | null;
  available_up_kbps: number | null;
  sent_kbps: number;
  received_kbps: number;
}

export interface Measured extends Figures {
  /** Sound came through at all. */
  heard: boolean;
}

export interface Found {
  verdict: Verdict;
  ways: WayTried[];
  events: boolean;
  measured: Measured | null;
}
