/**
 * The media connection to one other browser: microphone, camera and slides, each
 * way, encrypted from end to end. Nothing of it passes through the hub.
 */

import { type ConnectionState, replace } from './connection';
import { Listener, packets, type Told } from './quality';
import { markSlides, slidesOf } from './sdp';
import type { SlotRow } from './tiles';

/** Media sections as the page names them: no name of the hub's sections. */
type Section = 'direct-audio' | 'direct-main' | 'direct-slides';

/** A candidate on its way between two clients, in the hub's words. */
export interface CandidateEvent {
  candidate: string;
  mid: string;
  ufrag?: string;
}

export interface DirectTracks {
  audio: MediaStreamTrack | null;
  camera: MediaStreamTrack | null;
  slides: MediaStreamTrack | null;
}

export class DirectConnection {
  readonly #pc: RTCPeerConnection;
  readonly #tracks: DirectTracks;
  readonly #listener = new Listener();
  /** Microphone and camera are shown together, and clients tell them by their stream. */
  readonly #stream = new MediaStream();
  #sections: Partial<Record<Section, RTCRtpTransceiver>> = {};
  /** Candidates that came before the description they belong to. */
  #early: RTCIceCandidateInit[] = [];
  #closed = false;

  constructor(
    tracks: DirectTracks,
    iceServers: RTCIceServer[],
    stateChanged: (state: ConnectionState) => void,
    found: (candidate: CandidateEvent) => void,
  ) {
    this.#tracks = tracks;
    this.#pc = new RTCPeerConnection({ bundlePolicy: 'max-bundle', iceServers });
    this.#pc.addEventListener('connectionstatechange', () => {
      if (this.#closed) return;
      const states: Partial<Record<RTCPeerConnectionState, ConnectionState>> = {
        connected: 'connected',
        disconnected: 'shaky',
        failed: 'failed',
      };
      stateChanged(states[this.#pc.connectionState] ?? 'connecting');
    });
    this.#pc.addEventListener('icecandidate', ({ candidate }) => {
      if (this.#closed) return;
      found({
        candidate: candidate?.candidate ?? '',
        mid: candidate?.sdpMid ?? '0',
        ...(candidate?.usernameFragment ? { ufrag: candidate.usernameFragment } : {}),
      });
    });
  }

  /** The offer for the other browser. */
  async offer(): Promise<string> {
    const { audio, camera, slides } = this.#tracks;
    this.#sections = {
      'direct-audio': this.#pc.addTransceiver(audio ?? 'audio', { streams: [this.#stream] }),
      'direct-main': this.#pc.addTransceiver(camera ?? 'video', { streams: [this.#stream] }),
      'direct-slides': this.#pc.addTransceiver(slides ?? 'video'),
    };
    await this.#pc.setLocalDescription();
    return this.#described();
  }

  /** Takes the other's answer. */
  async answered(sdp: string): Promise<void> {
    await this.#pc.setRemoteDescription({ type: 'answer', sdp });
    await this.#addEarly();
  }

  /** Takes an offer of the other, the first or a further one, and gives the answer. */
  async answer(sdp: string): Promise<string> {
    await this.#pc.setRemoteDescription({ type: 'offer', sdp });
    await this.#addEarly();
    await this.#fill(slidesOf(sdp));
    await this.#pc.setLocalDescription();
    return this.#described();
  }

  /** Where the other may be reached. One that the browser cannot use is passed over. */
  async add({ candidate, mid, ufrag }: CandidateEvent): Promise<void> {
    const init = candidate ? { candidate, sdpMid: mid, usernameFragment: ufrag ?? null } : { candidate: '' };
    if (this.#pc.remoteDescription === null) this.#early.push(init);
    else await this.#pc.addIceCandidate(init).catch(() => undefined);
  }

  /** The stream of a section. */
  track(section: string): MediaStreamTrack | null {
    return this.#sections[section as Section]?.receiver.track ?? null;
  }

  /** Who is in which section: the other in all, with slides while presenting. */
  slots(other: string, presents: boolean): SlotRow[] {
    return [
      { mid: 'direct-audio', content: 'audio', index: 0, participant_uuid: other },
      { mid: 'direct-main', content: 'main', index: 0, participant_uuid: other, large: true },
      { mid: 'direct-slides', content: 'slides', index: 0, participant_uuid: presents ? other : null },
    ];
  }

  async setAudio(track: MediaStreamTrack | null): Promise<void> {
    this.#tracks.audio = track;
    await this.#send('direct-audio', track);
  }

  async setCamera(track: MediaStreamTrack | null): Promise<void> {
    this.#tracks.camera = track;
    await this.#send('direct-main', track);
  }

  async setSlides(track: MediaStreamTrack | null): Promise<void> {
    this.#tracks.slides = track;
    await this.#send('direct-slides', track);
  }

  get isUp(): boolean {
    return this.#pc.connectionState === 'connected';
  }

  /** How many packets of any kind have come from the other. */
  async arrived(): Promise<number> {
    let arrived = 0;
    for (const one of (await this.#pc.getStats()).values()) {
      if (one.type === 'inbound-rtp') arrived += (one as RTCInboundRtpStreamStats).packetsReceived ?? 0;
    }
    return arrived;
  }

  /** What is heard and seen, and that anything comes: the hub sees nothing of it. */
  async perceived(): Promise<Told> {
    const stats = [...(await this.#pc.getStats()).values()] as RTCStats[];
    const told = this.#listener.read(stats, this.#sections['direct-slides']?.mid ?? null, performance.now());
    const came = packets(stats);
    return { ...told, audio: came.audio, video: { ...told?.video, ...came.video } };
  }

  close(): void {
    this.#closed = true;
    this.#pc.close();
  }

  /** Puts the own tracks into the sections that the other offered. */
  async #fill(slides: string | null): Promise<void> {
    for (const one of this.#pc.getTransceivers()) {
      if (Object.values(this.#sections).includes(one)) continue;
      const main = one.receiver.track.kind === 'audio' ? 'direct-audio' : 'direct-main';
      const section = one.mid === slides ? 'direct-slides' : main;
      // A client may offer more than there is to send.
      if (this.#sections[section]) continue;
      this.#sections[section] = one;
      one.direction = 'sendrecv';
      if (section !== 'direct-slides') one.sender.setStreams?.(this.#stream);
    }
    const { audio, camera, slides: screen } = this.#tracks;
    await this.#send('direct-audio', audio);
    await this.#send('direct-main', camera);
    await this.#send('direct-slides', screen);
  }

  async #send(section: Section, track: MediaStreamTrack | null): Promise<void> {
    const transceiver = this.#sections[section];
    if (transceiver && transceiver.sender.track !== track) await replace(transceiver, track);
  }

  async #addEarly(): Promise<void> {
    const early = this.#early;
    this.#early = [];
    for (const one of early) await this.#pc.addIceCandidate(one).catch(() => undefined);
  }

  #described(): string {
    const sdp = this.#pc.localDescription?.sdp ?? '';
    const slides = this.#sections['direct-slides']?.mid;
    return slides ? markSlides(sdp, slides) : sdp;
  }
}
