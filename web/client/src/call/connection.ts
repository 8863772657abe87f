/**
 * The media connection: one RTCPeerConnection whose sections are fixed when it
 * is made. Who comes, goes, speaks or shares only changes what is in them.
 */

import type { Directions } from './callType';
import { Listener, type Told } from './quality';
import { markSlides } from './sdp';
import { SOUND_CHECK_MS, SoundProtection, wayOut } from './soundProtection';

/** Receive slots asked for. */
export const VIDEO_SLOTS = 9;
export const AUDIO_SLOTS = 3;

const SLIDES_BITRATE = 1_500_000;

/** The camera's layers, smallest first: the hub picks one for each receiver. */
export function layers(cameraHeight: number): RTCRtpEncodingParameters[] {
  const small = { rid: 'l', scaleResolutionDownBy: 4, maxBitrate: 150_000 };
  const middle = { rid: 'm', scaleResolutionDownBy: 2, maxBitrate: 500_000 };
  const large = { rid: 'h', scaleResolutionDownBy: 1, maxBitrate: 1_200_000 };
  if (cameraHeight > 0 && cameraHeight <= 360) {
    return [
      { ...small, scaleResolutionDownBy: 2 },
      { ...middle, scaleResolutionDownBy: 1 },
    ];
  }
  return [small, middle, large];
}

/** What the hub forwards, and the repair packets that go with it. */
function forwarded({ mimeType, sdpFmtpLine = '' }: RTCRtpCodec): boolean {
  const name = mimeType.toLowerCase();
  // Constrained baseline in packetization mode 1 is what everybody with H.264 has.
  if (name === 'video/h264') return /packetization-mode=1/.test(sdpFmtpLine) && /profile-level-id=42e0/i.test(sdpFmtpLine);
  return ['audio/opus', 'audio/red', 'video/vp8', 'video/rtx'].includes(name);
}

/** Leaves out what the hub would refuse: with a dozen sections that is most of the offer. */
function offerOnly(transceiver: RTCRtpTransceiver, kind: 'audio' | 'video'): void {
  const codecs = RTCRtpReceiver.getCapabilities?.(kind)?.codecs.filter(forwarded);
  try {
    if (codecs && codecs.length > 0) transceiver.setCodecPreferences?.(codecs);
  } catch {
    // All of them, then.
  }
}

function direction(send: boolean, receive: boolean): RTCRtpTransceiverDirection {
  if (send) return receive ? 'sendrecv' : 'sendonly';
  return receive ? 'recvonly' : 'inactive';
}

export type ConnectionState = 'connecting' | 'connected' | 'shaky' | 'failed';

export class Connection {
  readonly #pc: RTCPeerConnection;
  readonly #audio: RTCRtpTransceiver;
  readonly #camera: RTCRtpTransceiver;
  readonly #slides: RTCRtpTransceiver;
  readonly #soundCheck: ReturnType<typeof setInterval>;
  readonly #protection = new SoundProtection();
  readonly #listener = new Listener();
  #closed = false;
  /** Changes of what is sent, one after the other: a browser forgets parameters it gave out before another change. */
  #changes = Promise.resolve();

  constructor(
    wanted: Directions,
    tracks: { audio: MediaStreamTrack | null; camera: MediaStreamTrack | null },
    stateChanged: (state: ConnectionState) => void,
    iceServers: RTCIceServer[] = [],
  ) {
    this.#pc = new RTCPeerConnection({ bundlePolicy: 'max-bundle', iceServers });
    this.#audio = this.#pc.addTransceiver('audio', { direction: direction(wanted.sendAudio, wanted.receiveAudio) });
    if (wanted.receiveAudio) this.#receive('audio', AUDIO_SLOTS - 1);

    // The camera has a section of its own: an answer that takes layers names no
    // SSRC for the way back, and Chromium would not know whose picture comes.
    const height = tracks.camera?.getSettings().height ?? 0;
    this.#camera = this.#pc.addTransceiver('video', {
      direction: direction(wanted.sendVideo, false),
      ...(wanted.sendVideo ? { sendEncodings: layers(height) } : {}),
    });
    if (wanted.receiveVideo) this.#receive('video', VIDEO_SLOTS);

    this.#slides = this.#pc.addTransceiver('video', {
      direction: direction(wanted.sendSlides, wanted.receiveSlides),
      ...(wanted.sendSlides ? { sendEncodings: [{ maxBitrate: SLIDES_BITRATE }] } : {}),
    });

    this.#pc.addEventListener('connectionstatechange', () => {
      if (this.#closed) return;
      const states: Partial<Record<RTCPeerConnectionState, ConnectionState>> = {
        connected: 'connected',
        disconnected: 'shaky',
        failed: 'failed',
      };
      stateChanged(states[this.#pc.connectionState] ?? 'connecting');
    });
    for (const one of this.#pc.getTransceivers()) offerOnly(one, one.receiver.track.kind as 'audio' | 'video');
    void this.setAudio(tracks.audio);
    void this.setCamera(tracks.camera);
    this.#soundCheck = setInterval(() => void this.#protectSound(), SOUND_CHECK_MS);
  }

  /** Sends each piece of sound twice while the way to the hub loses packets. */
  async #protectSound(): Promise<void> {
    const { sender } = this.#audio;
    const change = this.#protection.decide(await wayOut(this.#pc, sender));
    if (change !== null) this.#useCodec(sender, change ? 'audio/red' : 'audio/opus');
  }

  /**
   * The offer for the hub, with the slides' section named. With `iceRestart` it looks for
   * another path (RFC 8445 section 9), and what flows goes on flowing meanwhile.
   */
  async offer({ iceRestart = false } = {}): Promise<string> {
    await this.#pc.setLocalDescription(await this.#pc.createOffer({ iceRestart }));
    // The hub is ICE-lite and learns where the browser is from its checks, so
    // nothing is gained by waiting for candidates.
    return markSlides(this.#pc.localDescription?.sdp ?? '', this.#slides.mid ?? '');
  }

  async answer(sdp: string): Promise<void> {
    await this.#pc.setRemoteDescription({ type: 'answer', sdp });
  }

  /** The unbroken stream of a receive slot. */
  track(mid: string): MediaStreamTrack | null {
    return this.#pc.getTransceivers().find((one) => one.mid === mid)?.receiver.track ?? null;
  }

  /** Sends this microphone, or nothing. */
  async setAudio(track: MediaStreamTrack | null): Promise<void> {
    await replace(this.#audio, track);
  }

  /** Sends this camera, or nothing. */
  async setCamera(track: MediaStreamTrack | null): Promise<void> {
    await replace(this.#camera, track);
  }

  /** Sends this screen, or nothing. */
  async setSlides(track: MediaStreamTrack | null): Promise<void> {
    await replace(this.#slides, track);
  }

  /** Sends video in this codec where the browser can be told; otherwise it keeps the one agreed on. */
  useCodec(name: 'VP8' | 'H264'): void {
    for (const { sender } of [this.#camera, this.#slides]) this.#useCodec(sender, `video/${name}`);
  }

  #useCodec(sender: RTCRtpSender, mimeType: string): void {
    this.#change(sender, (parameters) => {
      const codec = parameters.codecs.find((one) => one.mimeType.toLowerCase() === mimeType.toLowerCase());
      if (!codec) return false;
      for (const encoding of parameters.encodings as (RTCRtpEncodingParameters & { codec?: RTCRtpCodec })[]) {
        encoding.codec = {
          mimeType: codec.mimeType,
          clockRate: codec.clockRate,
          ...(codec.channels === undefined ? {} : { channels: codec.channels }),
          ...(codec.sdpFmtpLine === undefined ? {} : { sdpFmtpLine: codec.sdpFmtpLine }),
        };
      }
      return true;
    });
  }

  get isUp(): boolean {
    return this.#pc.connectionState === 'connected';
  }

  /** Sends these layers of the camera and lets the others rest: nobody would receive them. */
  useLayers(rids: readonly string[]): void {
    this.#change(this.#camera.sender, (parameters) => {
      let changed = false;
      for (const encoding of parameters.encodings) {
        const active = encoding.rid === undefined || rids.includes(encoding.rid);
        changed ||= encoding.active !== active;
        encoding.active = active;
      }
      return changed;
    });
  }

  /** What is heard and seen since this was last asked; null the first time. */
  async perceived(): Promise<Told | null> {
    const stats = await this.#pc.getStats();
    return this.#listener.read(stats.values(), this.#slides.mid, performance.now());
  }

  close(): void {
    this.#closed = true;
    clearInterval(this.#soundCheck);
    this.#pc.close();
  }

  #change(sender: RTCRtpSender, edit: (parameters: RTCRtpSendParameters) => boolean): void {
    this.#changes = this.#changes.then(async () => {
      if (this.#closed) return;
      const parameters = sender.getParameters();
      if (parameters.encodings.length === 0 || !edit(parameters)) return;
      try {
        await sender.setParameters(parameters);
      } catch {
        // A browser that cannot be told goes on as it was; the hub makes the best of what comes.
      }
    });
  }

  #receive(kind: 'audio' | 'video', count: number): void {
    for (let i = 0; i < count; i++) this.#pc.addTransceiver(kind, { direction: 'recvonly' });
  }
}

export async function replace(transceiver: RTCRtpTransceiver, track: MediaStreamTrack | null): Promise<void> {
  try {
    await transceiver.sender.replaceTrack(track);
  } catch {
    // The connection was closed meanwhile, or does not send this kind.
  }
}
