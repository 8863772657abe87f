/** What this browser hears and sees, told to the hub: only it knows. */

/** How often; the hub samples as often. */
export const TELL_MS = 5_000;

/** How good a connection is, as the hub rates it. */
export type Rating = 'good' | 'ok' | 'bad';

/** Body of `POST calls/{call}/statistics`. */
export interface Told {
  /** Packets received since the call began: what a direct path carries only its ends know. */
  audio?: { rx_packets_received: number };
  video?: { rx_packets_received?: number; rx_fps?: number; rx_resolution?: string; tx_resolution?: string };
  vdx?: { concealed?: number; frozen?: number };
}

/** The numbers of one stream that a report is made of. */
type Counts = Partial<
  Record<'totalSamplesReceived' | 'concealedSamples' | 'silentConcealedSamples' | 'totalFreezesDuration' | 'packetsReceived', number>
>;

/** What a stream counted since the last time; a stream that is new counted nothing before. */
function since(now: Counts, before: Counts | undefined, what: keyof Counts): number {
  return Math.max(0, (now[what] ?? 0) - (before?.[what] ?? 0));
}

function largest(values: number[]): number | undefined {
  return values.length > 0 ? Math.max(...values) : undefined;
}

/** How many packets of sound and of pictures came in all. */
export function packets(stats: Iterable<RTCStats>): { audio: { rx_packets_received: number }; video: { rx_packets_received: number } } {
  const came = { audio: 0, video: 0 };
  for (const one of stats) {
    if (one.type !== 'inbound-rtp') continue;
    const { kind, packetsReceived = 0 } = one as RTCInboundRtpStreamStats;
    came[kind === 'audio' ? 'audio' : 'video'] += packetsReceived;
  }
  return { audio: { rx_packets_received: came.audio }, video: { rx_packets_received: came.video } };
}

/** Makes a report of the time between two readings of `getStats`. */
export class Listener {
  #before = new Map<string, Counts>();
  #at: number | null = null;

  /** The report, or null after the first reading. `slides` is the section that is no camera. */
  read(stats: Iterable<RTCStats>, slides: string | null, now: number): Told | null {
    const seconds = this.#at === null ? null : (now - this.#at) / 1000;
    const before = this.#before;
    this.#before = new Map();
    this.#at = now;
    const concealed: number[] = [];
    const frozen: number[] = [];
    const received: RTCInboundRtpStreamStats[] = [];
    const sent: RTCOutboundRtpStreamStats[] = [];
    for (const one of stats) {
      if (one.type === 'outbound-rtp') sent.push(one as RTCOutboundRtpStreamStats);
      if (one.type !== 'inbound-rtp') continue;
      const stream = one as RTCInboundRtpStreamStats;
      this.#before.set(one.id, stream as Counts);
      const counted = (what: keyof Counts) => since(stream as Counts, before.get(one.id), what);
      // A slot in which nobody is makes no sound and shows nothing.
      if (counted('packetsReceived') === 0) continue;
      const samples = counted('totalSamplesReceived');
      if (stream.kind === 'audio' && samples > 0) {
        concealed.push(Math.max(0, counted('concealedSamples') - counted('silentConcealedSamples')) / samples);
      } else if (stream.kind === 'video' && stream.mid !== slides) {
        received.push(stream);
        if (seconds) frozen.push(Math.min(1, counted('totalFreezesDuration') / seconds));
      }
    }
    if (!seconds) return null;
    return report(received, sent, slides, largest(concealed), largest(frozen));
  }
}

function report(
  received: RTCInboundRtpStreamStats[],
  sent: RTCOutboundRtpStreamStats[],
  slides: string | null,
  concealed: number | undefined,
  frozen: number | undefined,
): Told {
  const own = sent.filter((one) => one.kind === 'video' && one.mid !== slides);
  const told: Told = { vdx: { ...(concealed === undefined ? {} : { concealed }), ...(frozen === undefined ? {} : { frozen }) } };
  const fps = largest(received.map((one) => one.framesPerSecond ?? 0));
  const shown = resolution(received);
  const camera = resolution(own);
  told.video = {
    ...(fps === undefined ? {} : { rx_fps: fps }),
    ...(shown ? { rx_resolution: shown } : {}),
    ...(camera ? { tx_resolution: camera } : {}),
  };
  return told;
}

/** Of the highest picture, as `width` x `height`. */
function resolution(streams: { frameWidth?: number; frameHeight?: number }[]): string | undefined {
  const sized = streams.filter((one) => (one.frameWidth ?? 0) > 0 && (one.frameHeight ?? 0) > 0);
  const [highest] = sized.sort((a, b) => (b.frameHeight ?? 0) - (a.frameHeight ?? 0));
  return highest ? `${String(highest.frameWidth)}x${String(highest.frameHeight)}` : undefined;
}
