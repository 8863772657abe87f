/**
 * A participant's call: its media, through the hub or from browser to browser. Made,
 * watched, mended, and made anew when it breaks; the seat in the room outlives it.
 */

import { type Admission, type RoomApi, type ShownPicture, TokenRefused, Unreachable } from './api';
import type { Directions } from './callType';
import { AUDIO_SLOTS, Connection, type ConnectionState, VIDEO_SLOTS } from './connection';
import { DirectCall } from './directCall';
import type { CandidateEvent, DirectTracks } from './directConnection';
import type { RoomEvents } from './events';
import { Moment } from './moment';
import { NetworkChange } from './networkChange';
import { TELL_MS } from './quality';
import { ShownPictures } from './shown';
import type { SlotRow, Stage } from './tiles';

/** Pauses between attempts to mend; the last one is repeated. */
const MEND_PAUSES_MS = [0, 500, 1_000, 2_000, 4_000, 8_000];
/** How often a hub is tried that gives no answer: for five minutes at least. Then the stay is lost. */
const MEND_TIMES = 40;
/** How long media may not flow until the visitor is told more than that it is being mended. */
const STUCK_MS = 20_000;
/** What is over within this, nobody has to be told. */
const TOLD_AFTER_MS = 1_000;
/** How long another path may take to come about, until one is looked for again. */
const SEEK_MS = 4_000;
/** How often; then the connection is made anew. */
const SEEK_TIMES = 6;
/** How long a new connection may take to come about. */
const CONNECT_MS = 15_000;

export interface CallOptions {
  api: RoomApi;
  /** The seat of the moment. */
  seat: () => Admission;
  directions: Directions;
  preferH264: boolean;
  /** What is sent, asked for at each new connection. */
  tracks: () => DirectTracks;
  /** What the hub is to keep from the others, and so must not go past it. */
  heldBack: () => { audio: boolean; camera: boolean };
  /** Asks for a new seat; false when the room is closed to us now. */
  reseat: () => Promise<boolean>;
  /** A connection was made: the hub is to hear about microphone, camera and screen. */
  made: () => void;
  /** What this tells has changed, or its streams have. */
  changed: () => void;
  /** All attempts to mend have failed. */
  lost: () => void;
}

export class Call {
  readonly #options: CallOptions;
  #connection: Connection | null = null;
  /** The call from browser to browser, also while it makes way for one through the hub. */
  #direct: DirectCall | null = null;
  /** Whether the next call may be direct. */
  #mayBeDirect = false;
  /** The last direct call that the hub said is over. */
  #movedCall: string | null = null;
  /** The hub's name of the call. */
  #id: string | null = null;
  #codec: 'VP8' | 'H264' | null = null;
  /** Events have been heard: what is said to this browser arrives. */
  #listening = new Moment();
  readonly #shown = new ShownPictures((pictures) => this.#tellShown(pictures));
  readonly #telling: ReturnType<typeof setInterval>;
  #watchdog: ReturnType<typeof setTimeout> | undefined;
  /** Media does not flow, and that is told. */
  #broken = false;
  /** It has not for long. */
  #stuck = false;
  #stuckTimer: ReturnType<typeof setTimeout> | undefined;
  #mending = false;
  /** Ends the pause before the next attempt to mend. */
  #hurry: (() => void) | null = null;
  #seeking = false;
  #connected = false;
  #ended = false;
  readonly #network = new NetworkChange(
    () => this.#networkChanged(),
    () => this.#break(),
  );

  constructor(options: CallOptions) {
    this.#options = options;
    this.#telling = setInterval(() => void this.#tellQuality(), TELL_MS);
    this.seated();
  }

  #networkChanged(): void {
    if (this.#mending) this.#hurry?.();
    else void this.#seek();
  }

  /** Makes the first connection. */
  open(): void {
    this.#awaitFlow();
    void this.#connect().catch(() => this.mend());
  }

  /** The seat is a new one: nobody is heard yet, and direct media may be possible again. */
  seated(): void {
    this.#mayBeDirect = this.#options.seat().directMedia;
    this.#listening = new Moment();
  }

  /** Events come again. */
  heard(): void {
    this.#listening.come();
  }

  /** Events come again after they did not: a hub that was restarted knows nothing of the call. */
  eventsBack(): void {
    if (this.#mending) this.#hurry?.();
    else void this.#check();
  }

  /** Media has flowed at least once, or waits for another to flow to. */
  get connected(): boolean {
    return this.#connected;
  }

  /** The way of media is broken and being mended. */
  get broken(): boolean {
    return this.#broken;
  }

  /** It has been for long, or never came about: the visitor may need help. */
  get stuck(): boolean {
    return this.#stuck;
  }

  /** Media goes from browser to browser. */
  get direct(): boolean {
    return this.#direct?.isUp === true && this.#connection === null;
  }

  /** The stream in a receive slot. */
  track(mid: string): MediaStreamTrack | null {
    return this.#direct?.connection?.track(mid) ?? this.#connection?.track(mid) ?? null;
  }

  /** Who is in which slot of a direct call; null when the call is the hub's. */
  directSlots(other: { uuid: string; presenting: boolean } | undefined): SlotRow[] | null {
    const direct = this.#direct?.connection;
    if (!direct?.isUp) return null;
    return other ? direct.slots(other.uuid, other.presenting) : [];
  }

  setAudio(track: MediaStreamTrack | null): void {
    void this.#connection?.setAudio(track);
    void this.#direct?.connection?.setAudio(track);
  }

  setCamera(track: MediaStreamTrack | null): void {
    void this.#connection?.setCamera(track);
    void this.#direct?.connection?.setCamera(track);
  }

  async setSlides(track: MediaStreamTrack | null): Promise<void> {
    await Promise.all([this.#connection?.setSlides(track), this.#direct?.connection?.setSlides(track)]);
  }

  /** The page shows what is in a receive slot with so many rows of CSS pixels, or no more with 0. */
  show(mid: string, rows: number): void {
    this.#shown.show(mid, rows);
  }

  /** The page is before the visitor's eyes, or behind another. */
  setVisible(visible: boolean): void {
    this.#shown.setVisible(visible);
  }

  /** What can be shown now. */
  expect(slots: readonly SlotRow[], stage: Stage): void {
    this.#shown.expect(slots, stage);
  }

  useCodec(codec: 'VP8' | 'H264'): void {
    this.#codec = codec;
    this.#connection?.useCodec(codec);
  }

  useLayers({ call_uuid: call, rids }: RoomEvents['vdx_layers']): void {
    if (call === this.#id) this.#connection?.useLayers(rids);
  }

  /** Another browser offers its media. */
  offered(sdp: string): void {
    void this.#direct?.offered(sdp);
  }

  /** Where another browser may be reached. */
  addCandidate(candidate: CandidateEvent): void {
    this.#direct?.add(candidate);
  }

  /** The hub says that a direct call is over. */
  moved({ call_uuid: call, vdx_direct: again }: RoomEvents['peer_disconnect']): void {
    this.#movedCall = call ?? null;
    if (!this.#direct || this.#connection || call !== this.#id) return;
    if (again) void this.#connect().catch(() => this.mend());
    else this.#leaveDirect();
  }

  /** The hub has given a call up. */
  givenUp(call: string | undefined): void {
    if (call === this.#id) this.mend();
  }

  /** Tries until media can flow again, first with the same seat, else with a new one. */
  mend(newSeat = false): void {
    if (this.#mending || this.#ended) return;
    this.#mending = true;
    this.#break();
    void this.#mendUntilDone(newSeat);
  }

  close(): void {
    this.#ended = true;
    this.#shown.end();
    clearTimeout(this.#watchdog);
    clearTimeout(this.#stuckTimer);
    clearInterval(this.#telling);
    this.#network.end();
    this.#connection?.close();
    this.#direct?.close();
  }

  #break(): void {
    this.#broken = true;
    this.#awaitFlow();
    this.#options.changed();
  }

  #awaitFlow(): void {
    this.#stuckTimer ??= setTimeout(() => {
      this.#stuck = true;
      this.#options.changed();
    }, STUCK_MS);
  }

  /** Media flows, or waits for another to flow to. */
  #flows(): void {
    clearTimeout(this.#stuckTimer);
    this.#stuckTimer = undefined;
    this.#broken = this.#stuck = false;
    this.#connected = true;
    this.#options.changed();
  }

  /** Asks the hub whether it still knows the call. */
  async #check(): Promise<void> {
    const { api, seat } = this.#options;
    if (this.#id === null) return;
    try {
      await api.ack(seat().token, seat().participant, this.#id);
    } catch (error) {
      if (error instanceof TokenRefused) this.mend();
    }
  }

  /** Makes the media connection anew: to the other browser where that may be, else to the hub. */
  async #connect(): Promise<void> {
    if (!this.#mayBeDirect || !(await this.#connectDirectly())) await this.#connectToHub();
  }

  /** False where there is no direct media. */
  async #connectDirectly(): Promise<boolean> {
    clearTimeout(this.#watchdog);
    this.#connection?.close();
    this.#connection = null;
    this.#direct?.close();
    const { api, seat, tracks, changed, made } = this.#options;
    const direct = new DirectCall({
      api,
      who: seat,
      tracks,
      iceServers: seat().stunServers,
      up: changed,
      over: () => this.#leaveDirect(),
    });
    this.#direct = direct;
    // Who does not listen cannot be offered to. If the events do not come, the call is refused.
    await this.#listening.within(CONNECT_MS);
    const opened = await direct.open();
    if (direct !== this.#direct || this.#ended) return true;
    if (!opened || direct.call === this.#movedCall) {
      direct.close();
      this.#direct = null;
      this.#mayBeDirect = false;
      return false;
    }
    this.#id = direct.call;
    this.#shown.end();
    made();
    this.#flows();
    return true;
  }

  /** Goes on through the hub; what the direct call still carries is shown until that is up. */
  #leaveDirect(): void {
    this.#mayBeDirect = false;
    if (this.#connection || this.#mending || this.#ended) return;
    const { audio, camera } = this.#options.heldBack();
    if (audio) void this.#direct?.connection?.setAudio(null);
    if (camera) void this.#direct?.connection?.setCamera(null);
    void this.#connectToHub().catch(() => this.mend());
  }

  async #connectToHub(): Promise<void> {
    clearTimeout(this.#watchdog);
    this.#connection?.close();
    const { api, seat, directions, preferH264, tracks } = this.#options;
    const connection = new Connection(directions, tracks(), (state) => {
      if (connection === this.#connection) this.#connectionChanged(state);
    }, seat().iceServers);
    this.#connection = connection;
    void connection.setSlides(tracks().slides);
    const { token, participant } = seat();
    const slots = {
      video_slots: VIDEO_SLOTS,
      audio_slots: AUDIO_SLOTS,
      ...(preferH264 ? { prefer_h264: true } : {}),
    };
    const made = await api.call(token, participant, await connection.offer(), slots);
    if (connection !== this.#connection || this.#ended) return;
    this.#id = made.call;
    clearTimeout(this.#watchdog);
    this.#watchdog = setTimeout(() => this.mend(), CONNECT_MS);
    await connection.answer(made.sdp);
    await api.ack(token, participant, made.call);
    this.#shown.begin();
    if (this.#codec) connection.useCodec(this.#codec);
    this.#options.made();
    this.#options.changed();
  }

  #connectionChanged(state: ConnectionState): void {
    if (state === 'connected') {
      clearTimeout(this.#watchdog);
      this.#direct?.close();
      this.#direct = null;
      this.#flows();
    } else if (state === 'failed' && !this.#connected) {
      this.mend();
    } else if (state === 'shaky' || state === 'failed') {
      void this.#seek();
    }
  }

  /**
   * Looks for another path for the connection there is, which keeps its keys and
   * pictures; when none comes about, or the hub has given the call up, makes a new one.
   */
  async #seek(): Promise<void> {
    const connection = this.#connection;
    const call = this.#id;
    if (this.#direct?.isUp && !connection) return this.#leaveDirect();
    if (!connection || !call || this.#mending || this.#seeking || this.#ended) return;
    if (!this.#connected) return; // the first one is being made
    this.#seeking = true;
    const told = setTimeout(() => this.#break(), TOLD_AFTER_MS);
    const overtaken = () => connection !== this.#connection || this.#mending || this.#ended;
    try {
      for (let time = 0; time < SEEK_TIMES && !overtaken(); time++) {
        if (!(await this.#restart(connection, call))) break;
        for (const end = Date.now() + SEEK_MS; Date.now() < end && !overtaken(); ) {
          await new Promise((resolve) => setTimeout(resolve, 100));
          if (connection.isUp && !overtaken()) return this.#flows();
        }
      }
    } finally {
      clearTimeout(told);
      this.#seeking = false;
    }
    if (!overtaken()) this.mend();
  }

  /** Restarts ICE; false when the hub does not know the call any more. */
  async #restart(connection: Connection, call: string): Promise<boolean> {
    const { api, seat } = this.#options;
    try {
      const offer = await connection.offer({ iceRestart: true });
      await connection.answer(await api.update(seat().token, seat().participant, call, offer));
      return true;
    } catch (error) {
      // Without an answer it is tried again: the way to the hub may be broken for both.
      return error instanceof Unreachable;
    }
  }

  async #mendUntilDone(newSeat: boolean): Promise<void> {
    for (let time = 0; time < MEND_TIMES; time++) {
      await new Promise<void>((resolve) => {
        this.#hurry = resolve;
        setTimeout(resolve, MEND_PAUSES_MS[time] ?? MEND_PAUSES_MS.at(-1));
      });
      if (this.#ended) return;
      try {
        if (newSeat && !(await this.#options.reseat())) return;
        newSeat = false;
        await this.#connect();
        this.#mending = false;
        this.#options.changed();
        return;
      } catch (error) {
        newSeat ||= error instanceof TokenRefused;
      }
    }
    this.#options.lost();
  }

  /** Tells the hub what is heard and seen; it is a courtesy, so failures pass. */
  async #tellQuality(): Promise<void> {
    const connection = this.#connection ?? this.#direct;
    const call = this.#id;
    if (!connection || !call || !this.#connected) return;
    const { api, seat } = this.#options;
    try {
      const told = await connection.perceived();
      if (told && call === this.#id) await api.tell(seat().token, seat().participant, call, told);
    } catch {
      // The next one tells more.
    }
  }

  /** A courtesy as well: the hub has a guess of its own, and the next change tells it again. */
  #tellShown(pictures: ShownPicture[]): void {
    const { api, seat } = this.#options;
    if (!this.#id) return;
    void api.shown(seat().token, seat().participant, this.#id, pictures).catch(() => this.#shown.forget());
  }
}
