/** The figures of a test, from two readings of what both of its clients counted. */

import type { Measured } from './results';
import type { Way } from './ways';

/** Of fewer packets, one that is lost says nothing. */
const FEWEST_PACKETS = 25;

/** What is read of `getStats`; not every browser has everything. */
interface Counters extends RTCStats {
  kind?: 'audio' | 'video';
  bytesSent?: number;
  bytesReceived?: number;
  packetsSent?: number;
  packetsReceived?: number;
  packetsLost?: number;
  /** In seconds. */
  jitter?: number;
  roundTripTime?: number;
  totalRoundTripTime?: number;
  responsesReceived?: number;
  availableOutgoingBitrate?: number;
  nominated?: boolean;
}

export interface Reading {
  /** In milliseconds. */
  at: number;
  /** Of the client that sends. */
  sender: RTCStats[];
  /** Of the client that receives. */
  receiver: RTCStats[];
}

function ofType(stats: RTCStats[], type: string): Counters[] {
  return stats.filter((one) => (one.type as string) === type) as Counters[];
}

type Count = 'bytesSent' | 'bytesReceived' | 'packetsSent' | 'packetsReceived' | 'packetsLost' | 'totalRoundTripTime' | 'responsesReceived';

function total(counters: Counters[], count: Count): number {
  return counters.reduce((sum, one) => sum + (one[count] ?? 0), 0);
}

function since(begin: Counters[], end: Counters[], count: Count): number {
  return Math.max(0, total(end, count) - total(begin, count));
}

function percent(lost: number, all: number): number | null {
  if (all < FEWEST_PACKETS) return null;
  return Math.round(Math.min(1, lost / all) * 1000) / 10;
}

/** Of the sound: packets of a picture come in bursts. */
function jitter(counters: Counters[]): number | null {
  const seconds = counters.find((one) => one.kind === 'audio')?.jitter;
  return seconds === undefined ? null : Math.round(seconds * 1000);
}

function roundTrip(begin: Counters[], end: Counters[], reports: Counters[]): number | null {
  const responses = since(begin, end, 'responsesReceived');
  if (responses > 0) return Math.round((since(begin, end, 'totalRoundTripTime') / responses) * 1000);
  // Firefox counts no responses of ICE.
  const known = reports.map((one) => one.roundTripTime).filter((seconds) => seconds !== undefined);
  return known.length > 0 ? Math.round(Math.max(...known) * 1000) : null;
}

export function measured(way: Way, begin: Reading, end: Reading): Measured {
  const both = (who: 'sender' | 'receiver', type: string) => [ofType(begin[who], type), ofType(end[who], type)] as const;
  const sent = both('sender', 'outbound-rtp');
  const reports = both('sender', 'remote-inbound-rtp');
  const received = both('receiver', 'inbound-rtp');
  const pairs = both('sender', 'candidate-pair');
  const sound = received.map((counters) => counters.filter((one) => one.kind === 'audio')) as [Counters[], Counters[]];
  const kbps = (bytes: number): number => Math.round((bytes * 8) / Math.max(1, end.at - begin.at));
  const estimates = pairs[1].map((pair) => pair.availableOutgoingBitrate).filter((bits) => bits !== undefined);
  const lost = since(...received, 'packetsLost');
  return {
    way,
    rtt_ms: roundTrip(...pairs, reports[1]),
    loss_up_percent: reports[1].length > 0 ? percent(since(...reports, 'packetsLost'), since(...sent, 'packetsSent')) : null,
    loss_down_percent: percent(lost, lost + since(...received, 'packetsReceived')),
    jitter_up_ms: jitter(reports[1]),
    jitter_down_ms: jitter(received[1]),
    available_up_kbps: estimates.length > 0 ? Math.round(Math.max(...estimates) / 1000) : null,
    sent_kbps: kbps(since(...sent, 'bytesSent')),
    received_kbps: kbps(since(...received, 'bytesReceived')),
    heard: since(...sound, 'packetsReceived') > 0,
  };
}
