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

/** The counters of a type in both readings. */
type Both = readonly [Counters[], Counters[]];

const KINDS = ['audio', 'video'] as const;

function only(kind: (typeof KINDS)[number], [begin, end]: Both): Both {
  const is = (one: Counters): boolean => one.kind === kind;
  return [begin.filter(is), end.filter(is)];
}

/** Of the content that lost most. What is sent again counts as arrived, and sound is not sent again. */
function worstLoss(countsOf: (kind: (typeof KINDS)[number]) => { lost: number; all: number }): number | null {
  const enough = KINDS.map(countsOf).filter(({ all }) => all >= FEWEST_PACKETS);
  const shares = enough.map(({ lost, all }) => Math.min(1, lost / all));
  return shares.length > 0 ? Math.round(Math.max(...shares) * 1000) / 10 : null;
}

function latest(counters: Counters[]): number {
  return Math.max(...counters.map((one) => one.timestamp));
}

/**
 * Packets sent from the beginning until `time`. The hub reports sound every few seconds, so its
 * last report is of some time ago, and there may be no other to compare it with.
 */
function sentUntil(time: number, sent: Both, readingsApart: number): number {
  const rate = since(...sent, 'packetsSent') / Math.max(1, readingsApart);
  return total(sent[1], 'packetsSent') - rate * Math.max(0, latest(sent[1]) - time);
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
  const both = (who: 'sender' | 'receiver', type: string): Both => [ofType(begin[who], type), ofType(end[who], type)];
  const sent = both('sender', 'outbound-rtp');
  const reports = both('sender', 'remote-inbound-rtp');
  const received = both('receiver', 'inbound-rtp');
  const pairs = both('sender', 'candidate-pair');
  const kbps = (bytes: number): number => Math.round((bytes * 8) / Math.max(1, end.at - begin.at));
  const estimates = pairs[1].map((pair) => pair.availableOutgoingBitrate).filter((bits) => bits !== undefined);
  const up = worstLoss((kind) => {
    const told = only(kind, reports)[1];
    const all = told.length > 0 ? sentUntil(latest(told), only(kind, sent), end.at - begin.at) : 0;
    return { lost: total(told, 'packetsLost'), all };
  });
  const down = worstLoss((kind) => {
    const counters = only(kind, received);
    const lost = since(...counters, 'packetsLost');
    return { lost, all: lost + since(...counters, 'packetsReceived') };
  });
  return {
    way,
    rtt_ms: roundTrip(...pairs, reports[1]),
    loss_up_percent: up,
    loss_down_percent: down,
    jitter_up_ms: jitter(reports[1]),
    jitter_down_ms: jitter(received[1]),
    available_up_kbps: estimates.length > 0 ? Math.round(Math.max(...estimates) / 1000) : null,
    sent_kbps: kbps(since(...sent, 'bytesSent')),
    received_kbps: kbps(since(...received, 'bytesReceived')),
    heard: since(...only('audio', received), 'packetsReceived') > 0,
  };
}
