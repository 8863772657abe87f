/**
 * One stay in a room: token, events and media connection, kept alive and
 * mended when they break. Knows nothing of pages; tells its state whole.
 */

import {
  type Admission,
  type Credentials,
  type Refusal,
  RoomApi,
  type SelfAction,
  type ShownPicture,
  TokenRefused,
  Unreachable,
} from './api';
import { type Directions, isFull } from './callType';
import { AUDIO_SLOTS, Connection, type ConnectionState, VIDEO_SLOTS } from './connection';
import { DirectCall } from './directCall';
import { EventStream, type RoomEvent, type RoomEvents } from './events';
import { Moment, networkInformation } from './moment';
import { type Rating, TELL_MS } from './quality';
import { RosterBook } from './roster';
import { ShownPictures } from './shown';
import { ANY_VIEW, readView, type SlotRow, type Stage, stage } from './tiles';

export type Ending = 'left' | 'ended' | 'removed' | 'lost';

export interface MeetingState {
  host: boolean;
  /** A guest before the host has come. */
  waiting: boolean;
  /** The way to the hub is broken and being mended. */
  trouble: boolean;
  /** Media has flowed at least once, or waits for another to flow to. */
  connected: boolean;
  /** Media goes from browser to browser, encrypted from end to end. */
  direct: boolean;
  stage: Stage;
  /** Everybody in the room with this participant. */
  count: number;
  /** How good connections are, by participant; hosts alone are told. */
  ratings: ReadonlyMap<string, Rating>;
  /** Sharing the own screen. */
  presenting: boolean;
  ended: Ending | null;
}

export interface Tracks {
  audio: MediaStreamTrack | null;
  camera: MediaStreamTrack | null;
}

export interface MeetingOptions {
  address: string;
  name: string;
  credentials: Credentials;
  directions: Directions;
  preferH264: boolean;
  /** The tracks of the moment, asked for at each new connection. */
  tracks: () => Tracks;
  changed: (state: MeetingState) => void;
}

const EMPTY: Stage = { tiles: [], slides: null, sounds: [] };
/** Pauses between attempts to mend; after the last one the stay is lost. */
const MEND_PAUSES_MS = [0, 500, 1_000, 2_000, 4_000, 8_000, 8_000, 15_000, 15_000, 30_000];
/** How long another path may take to come about, until one is looked for again. */
const SEEK_MS = 4_000;
/** How often; then the connection is made anew. */
const SEEK_TIMES = 6;
/** How long a new connection may take to come about. */
const CONNECT_MS = 15_000;

export class Meeting {
  readonly #api: RoomApi;
  readonly #options: MeetingOptions;
  readonly #roster = new RosterBook();
  #admission: Admission;
  #events: EventStream | null = null;
  #connection: Connection | null = null;
  /** The call from browser to browser, also while it makes way for one through the hub. */
  #direct: DirectCall | null = null;
  /** Whether the next call may be direct. */
  #mayBeDirect: boolean;
  /** The last direct call that the hub said is over. */
  #movedCall: string | null = null;
  #call: string | null = null;
  #slots: SlotRow[] = [];
  #view = ANY_VIEW;
  readonly #shown = new ShownPictures((pictures) => this.#tellShown(pictures));
  #speaking: ReadonlySet<string> = new Set();
  #codec: 'VP8' | 'H264' | null = null;
  #refresh: ReturnType<typeof setTimeout> | undefined;
  readonly #telling: ReturnType<typeof setInterval>;
  #watchdog: ReturnType<typeof setTimeout> | undefined;
  #mending = false;
  /** Ends the pause before the next attempt to mend. */
  #hurry: (() => void) | null = null;
  #seeking = false;
  #eventsUp = true;
  /** Events have been heard: what is said to this browser arrives. */
  #listening = new Moment();
  #slides: MediaStreamTrack | null = null;
  #said = new Map<string, SelfAction>();
  readonly #saying = new Map<string, Promise<void>>();
  #state: MeetingState;

  /** Goes in; a refusal is returned and nothing is left behind. */
  static async enter(options: MeetingOptions): Promise<Meeting | Refusal> {
    const api = new RoomApi(options.address);
    const admission = await api.requestToken(options.name, options.credentials, isFull(options.directions));
    return 'kind' in admission ? admission : new Meeting(api, options, admission);
  }

  private constructor(api: RoomApi, options: MeetingOptions, admission: Admission) {
    this.#api = api;
    this.#options = options;
    this.#admission = admission;
    this.#mayBeDirect = admission.directMedia;
    this.#state = {
      host: admission.host,
      waiting: admission.waiting,
      trouble: false,
      connected: false,
      direct: false,
      stage: EMPTY,
      count: 1,
      ratings: new Map(),
      presenting: false,
      ended: null,
    };
    this.#settle(admission.expiresSeconds);
    this.#telling = setInterval(() => void this.#tellQuality(), TELL_MS);
    void this.#connect().catch(() => this.#mend());
    // The phone changed from one network to another.
    window.addEventListener('online', this.#networkChanged);
    networkInformation()?.addEventListener('change', this.#networkChanged);
  }

  readonly #networkChanged = (): void => void this.#seek();

  get state(): MeetingState {
    return this.#state;
  }

  /** The stream in a receive slot. */
  track(mid: string): MediaStreamTrack | null {
    return this.#direct?.connection?.track(mid) ?? this.#connection?.track(mid) ?? null;
  }

  /** The page shows what is in a receive slot with so many rows of CSS pixels, or no more with 0. */
  show(mid: string, rows: number): void {
    this.#shown.show(mid, rows);
  }

  /** The page is before the visitor's eyes, or behind another. */
  setVisible(visible: boolean): void {
    this.#shown.setVisible(visible);
  }

  setAudio(track: MediaStreamTrack | null, on: boolean): void {
    void this.#connection?.setAudio(track);
    void this.#direct?.connection?.setAudio(track);
    this.#say('microphone', on ? 'client_unmute' : 'client_mute');
    // Muted by the room or a host: whether that may be lifted is the hub's to say.
    const { token, participant } = this.#admission;
    if (on && this.#roster.roster.get(participant)?.muted)
      void this.#api.say(token, participant, 'unmute').catch(() => undefined);
  }

  setCamera(track: MediaStreamTrack | null): void {
    void this.#connection?.setCamera(track);
    void this.#direct?.connection?.setCamera(track);
    this.#say('camera', track ? 'video_unmuted' : 'video_muted');
  }

  /** Shares a screen, or stops with null. */
  async present(track: MediaStreamTrack | null): Promise<void> {
    this.#slides?.stop();
    this.#slides = track;
    await this.#setSlides(track);
    this.#say('slides', track ? 'take_floor' : 'release_floor');
    this.#update({ presenting: track !== null });
  }

  leave(): void {
    if (this.#state.ended) return;
    this.#api.leave(this.#admission.token);
    this.#end('left');
  }

  /** The page is going away. */
  leaveWithPage(): void {
    if (this.#state.ended) return;
    this.#api.leaveByBeacon(this.#admission.token);
    this.#end('left');
  }

  /** Listens to events and keeps the token fresh. */
  #settle(expiresSeconds: number): void {
    this.#events?.close();
    this.#events = new EventStream(
      (last) => this.#api.eventsUrl(this.#admission.token, last),
      (event) => this.#heard(event),
      (up) => this.#eventsChanged(up),
    );
    this.#planRefresh(expiresSeconds);
  }

  #planRefresh(expiresSeconds: number): void {
    clearTimeout(this.#refresh);
    this.#refresh = setTimeout(() => void this.#refreshNow(), (expiresSeconds * 1000) / 3);
  }

  async #refreshNow(): Promise<void> {
    try {
      const fresh = await this.#api.refreshToken(this.#admission.token);
      this.#admission.token = fresh.token;
      this.#planRefresh(fresh.expiresSeconds);
    } catch (error) {
      if (this.#state.ended) return;
      if (error instanceof TokenRefused) this.#mend(true);
      else this.#planRefresh(15);
    }
  }

  #eventsChanged(up: boolean): void {
    if (up) this.#listening.come();
    const back = up && !this.#eventsUp;
    this.#eventsUp = up;
    if (!up) void this.#refreshNow(); // tells a refused token from a broken line
    if (back && this.#mending) this.#hurry?.();
    else if (back) void this.#checkCall();
    this.#update({ trouble: !up || this.#mending });
  }

  /** A hub that was restarted knows its participants, and not their calls. */
  async #checkCall(): Promise<void> {
    const { token, participant } = this.#admission;
    if (this.#call === null) return;
    try {
      await this.#api.ack(token, participant, this.#call);
    } catch (error) {
      if (error instanceof TokenRefused) this.#mend();
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
    const direct = new DirectCall({
      api: this.#api,
      who: () => this.#admission,
      tracks: () => ({ ...this.#options.tracks(), slides: this.#slides }),
      iceServers: this.#admission.stunServers,
      up: () => this.#restage(),
      over: () => this.#leaveDirect(),
    });
    this.#direct = direct;
    // Who does not listen cannot be offered to. If the events do not come, the call is refused.
    await this.#listening.within(CONNECT_MS);
    const opened = await direct.open();
    if (direct !== this.#direct || this.#state.ended) return true;
    if (!opened || direct.call === this.#movedCall) {
      direct.close();
      this.#direct = null;
      this.#mayBeDirect = false;
      return false;
    }
    this.#call = direct.call;
    this.#shown.end();
    this.#tellOfOneself();
    this.#update({ connected: true, trouble: !this.#eventsUp });
    return true;
  }

  /** Goes on through the hub; what the direct call still carries is shown until that is up. */
  #leaveDirect(): void {
    this.#mayBeDirect = false;
    if (this.#connection || this.#mending || this.#state.ended) return;
    const me = this.#roster.roster.get(this.#admission.participant);
    // What the hub is to hold back must not go on past it.
    if (me?.muted) void this.#direct?.connection?.setAudio(null);
    if (me?.cameraOff) void this.#direct?.connection?.setCamera(null);
    void this.#connectToHub().catch(() => this.#mend());
  }

  /** The hub says that a direct call is over. */
  #moved({ call_uuid: call, vdx_direct: again }: RoomEvents['peer_disconnect']): void {
    this.#movedCall = call ?? null;
    if (!this.#direct || this.#connection || call !== this.#call) return;
    if (again) void this.#connect().catch(() => this.#mend());
    else this.#leaveDirect();
  }

  async #connectToHub(): Promise<void> {
    clearTimeout(this.#watchdog);
    this.#connection?.close();
    const { directions, preferH264 } = this.#options;
    const connection = new Connection(directions, this.#options.tracks(), (state) => {
      if (connection === this.#connection) this.#connectionChanged(state);
    }, this.#admission.iceServers);
    this.#connection = connection;
    void connection.setSlides(this.#slides);
    const { token, participant } = this.#admission;
    const slots = {
      video_slots: VIDEO_SLOTS,
      audio_slots: AUDIO_SLOTS,
      ...(preferH264 ? { prefer_h264: true } : {}),
    };
    const made = await this.#api.call(token, participant, await connection.offer(), slots);
    if (connection !== this.#connection || this.#state.ended) return;
    this.#call = made.call;
    this.#watch(CONNECT_MS);
    await connection.answer(made.sdp);
    await this.#api.ack(token, participant, made.call);
    this.#shown.begin();
    if (this.#codec) connection.useCodec(this.#codec);
    this.#tellOfOneself();
    this.#restage();
  }

  #tellOfOneself(): void {
    const { audio, camera } = this.#options.tracks();
    this.#say('microphone', audio?.enabled ? 'client_unmute' : 'client_mute');
    this.#say('camera', camera ? 'video_unmuted' : 'video_muted');
    if (this.#slides) this.#say('slides', 'take_floor');
  }

  #connectionChanged(state: ConnectionState): void {
    if (state === 'connected') {
      clearTimeout(this.#watchdog);
      this.#direct?.close();
      this.#direct = null;
      this.#restage();
      this.#update({ connected: true, trouble: this.#mending || !this.#eventsUp });
    } else if (state === 'failed' && !this.#state.connected) {
      this.#mend();
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
    const call = this.#call;
    if (this.#direct?.isUp && !connection) return this.#leaveDirect();
    if (!connection || !call || this.#seeking || this.#mending || this.#state.ended) return;
    if (!this.#state.connected) return; // the first one is being made
    this.#seeking = true;
    this.#update({ trouble: true });
    const givenUp = () => connection !== this.#connection || this.#mending || this.#state.ended !== null;
    try {
      for (let time = 0; time < SEEK_TIMES && !givenUp(); time++) {
        if (!(await this.#restart(connection, call))) break;
        for (const end = Date.now() + SEEK_MS; Date.now() < end && !givenUp(); ) {
          await new Promise((resolve) => setTimeout(resolve, 100));
          if (connection.isUp) return;
        }
      }
    } finally {
      this.#seeking = false;
      this.#update({ trouble: this.#mending || !this.#eventsUp });
    }
    if (!givenUp()) this.#mend();
  }

  /** Restarts ICE; false when the hub does not know the call any more. */
  async #restart(connection: Connection, call: string): Promise<boolean> {
    try {
      const { token, participant } = this.#admission;
      const offer = await connection.offer({ iceRestart: true });
      await connection.answer(await this.#api.update(token, participant, call, offer));
      return true;
    } catch (error) {
      // Without an answer it is tried again: the way to the hub may be broken for both.
      return error instanceof Unreachable;
    }
  }

  /** Tells the hub what is heard and seen; it is a courtesy, so failures pass. */
  async #tellQuality(): Promise<void> {
    const connection = this.#connection ?? this.#direct;
    const call = this.#call;
    if (!connection || !call || !this.#state.connected) return;
    const { token, participant } = this.#admission;
    try {
      const told = await connection.perceived();
      if (told && call === this.#call) await this.#api.tell(token, participant, call, told);
    } catch {
      // The next one tells more.
    }
  }

  #watch(limit: number): void {
    clearTimeout(this.#watchdog);
    this.#watchdog = setTimeout(() => this.#mend(), limit);
  }

  /** Tries until media can flow again, first with the same seat, else with a new one. */
  #mend(newSeat = false): void {
    if (this.#mending || this.#state.ended) return;
    this.#mending = true;
    this.#update({ trouble: true });
    void this.#mendUntilDone(newSeat);
  }

  async #mendUntilDone(newSeat: boolean): Promise<void> {
    for (const pause of MEND_PAUSES_MS) {
      await new Promise<void>((resolve) => {
        this.#hurry = resolve;
        setTimeout(resolve, pause);
      });
      if (this.#state.ended) return;
      try {
        if (newSeat && !(await this.#reseat())) return;
        // The hub may have forgotten what it was told of us.
        this.#said.clear();
        await this.#connect();
        this.#mending = false;
        this.#update({ trouble: !this.#eventsUp });
        return;
      } catch (error) {
        newSeat = error instanceof TokenRefused;
      }
    }
    this.#end('lost');
  }

  /** Asks to be let in again; false when the room is closed to us now. */
  async #reseat(): Promise<boolean> {
    const { name, credentials, directions } = this.#options;
    const again = await this.#api.requestToken(name, credentials, isFull(directions));
    if ('kind' in again) {
      this.#end('ended');
      return false;
    }
    this.#admission = again;
    this.#mayBeDirect = again.directMedia;
    this.#listening = new Moment();
    this.#said.clear();
    this.#update({ waiting: again.waiting, host: again.host });
    this.#settle(again.expiresSeconds);
    return true;
  }

  #heard(event: RoomEvent): void {
    switch (event.name) {
      case 'participant_sync_begin':
        return this.#roster.syncBegin();
      case 'participant_sync_end':
        this.#roster.syncEnd();
        return this.#restage();
      case 'participant_create':
      case 'participant_update':
        this.#roster.put(event.data);
        return this.#restage();
      case 'participant_delete':
        this.#roster.remove(event.data.uuid);
        return this.#restage();
      case 'stage':
        this.#speaking = new Set(event.data.filter((one) => one.vad > 0).map((one) => one.participant_uuid));
        return this.#restage();
      case 'vdx_slots':
        this.#slots = event.data.slots;
        return this.#restage();
      case 'vdx_video_codec':
        this.#codec = event.data.codec;
        this.#connection?.useCodec(event.data.codec);
        return;
      case 'vdx_layers':
        if (event.data.call_uuid === this.#call) this.#connection?.useLayers(event.data.rids);
        return;
      case 'layout':
        this.#view = readView(event.data.view ?? '');
        return this.#restage();
      case 'vdx_quality':
        return this.#rated(event.data.participants);
      case 'presentation_start':
        if (this.#slides && event.data.presenter_uuid !== this.#admission.participant) void this.#yieldFloor();
        return;
      case 'new_offer':
      case 'update_sdp':
        return void this.#direct?.offered(event.data.sdp);
      case 'new_candidate':
        return this.#direct?.add(event.data);
      case 'peer_disconnect':
        return this.#moved(event.data);
      case 'call_disconnected':
        if (event.data.call_uuid === this.#call) this.#mend();
        return;
      case 'disconnect':
        return this.#disconnected(ending(event.data.reason ?? ''));
      case 'conference_update':
      case 'presentation_stop':
        return;
    }
  }

  #rated(rows: RoomEvents['vdx_quality']['participants']): void {
    const ratings = new Map(this.#state.ratings);
    for (const { participant_uuid, quality } of rows) {
      if (quality.rating) ratings.set(participant_uuid, quality.rating);
      else ratings.delete(participant_uuid);
    }
    this.#update({ ratings });
  }

  #disconnected(why: Ending | null): void {
    if (why) this.#end(why);
    else this.#mend(true);
  }

  /** Somebody else presents now: the floor is theirs already. */
  async #yieldFloor(): Promise<void> {
    this.#slides?.stop();
    this.#slides = null;
    this.#said.delete('slides');
    await this.#setSlides(null);
    this.#update({ presenting: false });
  }

  async #setSlides(track: MediaStreamTrack | null): Promise<void> {
    await Promise.all([this.#connection?.setSlides(track), this.#direct?.connection?.setSlides(track)]);
  }

  /** Who is in which receive slot: the hub's, or those of the direct call. */
  #places(): SlotRow[] {
    const direct = this.#direct?.connection;
    if (!direct?.isUp) return this.#slots;
    const others = [...this.#roster.roster.values()].filter((one) => one.uuid !== this.#admission.participant && !one.waiting);
    // Where a third is there already, the picture is of the one who was first.
    const [other] = others;
    return other ? direct.slots(other.uuid, other.presenting) : [];
  }

  #restage(): void {
    const roster = this.#roster.roster;
    const me = roster.get(this.#admission.participant);
    const slots = this.#places();
    const next = stage(roster, slots, this.#admission.participant, this.#speaking, this.#view);
    this.#shown.expect(slots, next);
    this.#update({
      stage: next,
      direct: this.#direct?.isUp === true && this.#connection === null,
      count: next.tiles.length + 1,
      ...(me ? { waiting: me.waiting, host: me.host } : {}),
    });
  }

  /** Tells the others about oneself, once for each change; it is a courtesy, so failures pass. */
  #say(topic: string, action: SelfAction): void {
    if (this.#said.get(topic) === action) return;
    const first = !this.#said.has(topic);
    this.#said.set(topic, action);
    // Everybody comes in with both on and without the floor.
    if (first && ['client_unmute', 'video_unmuted', 'release_floor'].includes(action)) return;
    const { token, participant } = this.#admission;
    // The last word must be the last to arrive.
    const before = this.#saying.get(topic) ?? Promise.resolve();
    this.#saying.set(topic, before.then(() => this.#api.say(token, participant, action)).catch(() => undefined));
  }

  /** A courtesy as well: the hub has a guess of its own, and the next change tells it again. */
  #tellShown(pictures: ShownPicture[]): void {
    const { token, participant } = this.#admission;
    if (this.#call) void this.#api.shown(token, participant, this.#call, pictures).catch(() => this.#shown.forget());
  }

  #end(why: Ending): void {
    if (this.#state.ended) return;
    this.#shown.end();
    clearTimeout(this.#refresh);
    clearTimeout(this.#watchdog);
    window.removeEventListener('online', this.#networkChanged);
    networkInformation()?.removeEventListener('change', this.#networkChanged);
    clearInterval(this.#telling);
    this.#events?.close();
    this.#slides?.stop();
    this.#connection?.close();
    this.#direct?.close();
    this.#update({ ended: why, stage: EMPTY, direct: false, presenting: false });
  }

  #update(change: Partial<MeetingState>): void {
    this.#state = { ...this.#state, ...change };
    this.#options.changed(this.#state);
  }
}

/**
 * What the hub's word for a disconnection means for the visitor; null when the
 * hub lost sight of them, and they can go in again by themselves.
 */
export function ending(reason: string): Ending | null {
  if (/participant disconnect/i.test(reason)) return 'removed';
  if (/user initiated/i.test(reason)) return 'left';
  if (/timer expired|media process|signaling node/i.test(reason)) return null;
  return 'ended';
}
