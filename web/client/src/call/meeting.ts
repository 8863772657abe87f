/**
 * One stay in a room: token, events and call, kept alive together. Knows nothing
 * of pages; tells its state whole.
 */

import { Acts } from './acts';
import { type Admission, type Credentials, type Refusal, RoomApi, type SelfAction, TokenRefused, Unreachable } from './api';
import { Call } from './call';
import { type Directions, isFull } from './callType';
import { ChatLog, type ChatMessage } from './chat';
import { type ConferenceEvent, EventStream, type RoomEvent, type RoomEvents } from './events';
import type { Rating } from './quality';
import { type Participant, RosterBook } from './roster';
import { ANY_VIEW, readView, type SlotRow, type Stage, stage } from './tiles';

/** `unhosted`: nobody came to let the visitor in, for as long as the room waits. */
export type Ending = 'left' | 'ended' | 'removed' | 'denied' | 'unhosted' | 'lost';

export interface MeetingState {
  host: boolean;
  /** Before the host has come, or at a locked door. */
  waiting: boolean;
  /** The way to the hub is broken and being mended. */
  trouble: boolean;
  /** Media has not flowed for long: the visitor may need help. */
  stuck: boolean;
  /** Media has flowed at least once, or waits for another to flow to. */
  connected: boolean;
  /** Media goes from browser to browser, encrypted from end to end. */
  direct: boolean;
  stage: Stage;
  /** The visitor, once the hub has told. */
  me: Participant | null;
  /** Who waits at the door, the first first; hosts alone are told. */
  atTheDoor: readonly Participant[];
  /** Everybody in the room with this participant. */
  count: number;
  /** How good connections are, by participant; hosts alone are told. */
  ratings: ReadonlyMap<string, Rating>;
  /** Sharing the own screen. */
  presenting: boolean;
  locked: boolean;
  guestsMuted: boolean;
  /** Whether this participant may share a screen. */
  mayPresent: boolean;
  /** Whether people may write to each other. */
  chat: boolean;
  messages: readonly ChatMessage[];
  /** The view of guests or hosts, as this participant has it: `1:7`. */
  view: string;
  /** When the meeting is over in the calendar, in milliseconds since the epoch. */
  endsAt: number | null;
  /** Whether everybody is put out then. */
  endsForAll: boolean;
  /** The seconds left of which the hub has warned. */
  endingWithin: number | null;
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
  /** The seat, and each time its token is another. */
  seated: (admission: Admission) => void;
  /** A host sends this participant to another room, whose door the ticket opens. */
  referred: (address: string, ticket: string) => void;
}

const EMPTY: Stage = { tiles: [], slides: null, sounds: [] };

/** The state at the door. */
export function entered(admission: Pick<Admission, 'host' | 'waiting' | 'chat'>): MeetingState {
  return {
    host: admission.host,
    waiting: admission.waiting,
    trouble: false,
    stuck: false,
    connected: false,
    direct: false,
    stage: EMPTY,
    me: null,
    atTheDoor: [],
    count: 1,
    ratings: new Map(),
    presenting: false,
    locked: false,
    guestsMuted: false,
    mayPresent: true,
    chat: admission.chat,
    messages: [],
    view: '',
    endsAt: null,
    endsForAll: false,
    endingWithin: null,
    ended: null,
  };
}

export class Meeting {
  /** What the participant does to others and to the meeting. */
  readonly acts: Acts;
  readonly #api: RoomApi;
  readonly #options: MeetingOptions;
  readonly #roster = new RosterBook();
  readonly #chat = new ChatLog();
  readonly #call: Call;
  #admission: Admission;
  #events: EventStream | null = null;
  #eventsUp = true;
  #slots: SlotRow[] = [];
  #view = ANY_VIEW;
  #speaking: ReadonlySet<string> = new Set();
  #refresh: ReturnType<typeof setTimeout> | undefined;
  #slides: MediaStreamTrack | null = null;
  #said = new Map<string, SelfAction>();
  readonly #saying = new Map<string, Promise<void>>();
  /** What did not reach the hub. */
  readonly #unsaid = new Map<string, SelfAction>();
  #state: MeetingState;

  /** Goes in; a refusal is returned and nothing is left behind. */
  static async enter(options: MeetingOptions): Promise<Meeting | Refusal> {
    const api = new RoomApi(options.address);
    const admission = await api.requestToken(options.name, options.credentials, isFull(options.directions));
    return 'kind' in admission ? admission : new Meeting(api, options, admission);
  }

  /** Takes a seat up again that another page had; null when it is gone. */
  static async resume(options: MeetingOptions, admission: Admission): Promise<Meeting | null> {
    const api = new RoomApi(options.address);
    try {
      const fresh = await api.refreshToken(admission.token);
      return new Meeting(api, options, { ...admission, ...fresh });
    } catch (error) {
      if (error instanceof TokenRefused) return null;
      throw error;
    }
  }

  private constructor(api: RoomApi, options: MeetingOptions, admission: Admission) {
    this.#api = api;
    this.#options = options;
    this.#admission = admission;
    this.#state = entered(admission);
    const seat = () => this.#admission;
    this.acts = new Acts(api, seat);
    this.#call = new Call({
      api,
      seat,
      directions: options.directions,
      preferH264: options.preferH264,
      tracks: () => ({ ...options.tracks(), slides: this.#slides }),
      heldBack: () => ({ audio: this.#me?.muted === true, camera: this.#me?.cameraOff === true }),
      reseat: () => this.#reseat(),
      made: () => this.#tellOfOneself(),
      changed: () => this.#restage(),
      lost: () => this.#end('lost'),
    });
    this.#settle(admission.expiresSeconds);
    this.#call.open();
  }

  get state(): MeetingState {
    return this.#state;
  }

  /** The stream in a receive slot. */
  track(mid: string): MediaStreamTrack | null {
    return this.#call.track(mid);
  }

  /** The page shows what is in a receive slot with so many rows of CSS pixels, or no more with 0. */
  show(mid: string, rows: number): void {
    this.#call.show(mid, rows);
  }

  /** The page is before the visitor's eyes, or behind another. */
  setVisible(visible: boolean): void {
    this.#call.setVisible(visible);
  }

  setAudio(track: MediaStreamTrack | null, on: boolean): void {
    this.#call.setAudio(track);
    this.#say('microphone', on ? 'client_unmute' : 'client_mute');
    // Muted by the room or a host: whether that may be lifted is the hub's to say.
    const { token, participant } = this.#admission;
    if (on && this.#me?.muted) void this.#api.say(token, participant, 'unmute').catch(() => undefined);
  }

  setCamera(track: MediaStreamTrack | null): void {
    this.#call.setCamera(track);
    this.#say('camera', track ? 'video_unmuted' : 'video_muted');
  }

  /** Shares a screen, or stops with null. */
  async present(track: MediaStreamTrack | null): Promise<void> {
    this.#slides?.stop();
    this.#slides = track;
    await this.#call.setSlides(track);
    this.#say('slides', track ? 'take_floor' : 'release_floor');
    this.#update({ presenting: track !== null });
  }

  /** Writes to everybody inside, or to one. */
  async write(text: string, to: Participant | null = null): Promise<void> {
    await this.acts.write(text, to?.uuid ?? null);
    this.#chat.written(text, to?.name ?? null, Date.now());
    this.#update({ messages: this.#chat.messages });
  }

  leave(): void {
    if (this.#state.ended) return;
    this.#api.leave(this.#admission.token);
    this.#end('left');
  }

  /** The page is going away, perhaps to be loaded anew. */
  leaveWithPage(): void {
    if (this.#state.ended) return;
    this.#api.stepOutByBeacon(this.#admission.token);
    this.#end('left');
  }

  get #me(): Participant | undefined {
    return this.#roster.roster.get(this.#admission.participant);
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
    this.#options.seated(this.#admission);
  }

  #planRefresh(expiresSeconds: number): void {
    clearTimeout(this.#refresh);
    this.#refresh = setTimeout(() => void this.#refreshNow(), (expiresSeconds * 1000) / 3);
  }

  async #refreshNow(): Promise<void> {
    const seat = this.#admission;
    const overtaken = () => this.#state.ended !== null || seat !== this.#admission;
    try {
      const fresh = await this.#api.refreshToken(seat.token);
      if (overtaken()) return;
      seat.token = fresh.token;
      this.#options.seated(seat);
      this.#planRefresh(fresh.expiresSeconds);
    } catch (error) {
      if (overtaken()) return;
      if (error instanceof TokenRefused) this.#call.mend(true);
      else this.#planRefresh(15);
    }
  }

  #eventsChanged(up: boolean): void {
    if (up) this.#call.heard();
    const back = up && !this.#eventsUp;
    this.#eventsUp = up;
    if (!up) void this.#refreshNow(); // tells a refused token from a broken line
    if (back) {
      this.#call.eventsBack();
      for (const [topic, action] of this.#unsaid) this.#send(topic, action);
    }
    this.#restage();
  }

  /** Asks to be let in again; false when the room is closed to us now. */
  async #reseat(): Promise<boolean> {
    const { name, credentials, directions } = this.#options;
    const again = await this.#api.requestToken(name, credentials, isFull(directions));
    if ('kind' in again) {
      // A page that was loaded anew has no PIN any more, and a full room may have a place again: the
      // visitor goes the way in once more.
      this.#end(again.kind === 'unknown_room' ? 'ended' : 'lost');
      return false;
    }
    this.#admission = again;
    this.#said.clear();
    this.#call.seated();
    this.#update({ waiting: again.waiting, host: again.host, chat: again.chat });
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
      case 'conference_update':
        return this.#conferenceChanged(event.data);
      case 'vdx_ending':
        return this.#update({ endingWithin: event.data.within_seconds });
      case 'message_received':
        if (this.#chat.received(event.data, Date.now())) this.#update({ messages: this.#chat.messages });
        return;
      case 'refer':
        return this.#options.referred(event.data.alias, event.data.token);
      case 'stage':
        this.#speaking = new Set(event.data.filter((one) => one.vad > 0).map((one) => one.participant_uuid));
        return this.#restage();
      case 'vdx_slots':
        this.#slots = event.data.slots;
        return this.#restage();
      case 'layout':
        this.#view = readView(event.data.view ?? '');
        this.#update({ view: event.data.view ?? '' });
        return this.#restage();
      case 'vdx_quality':
        return this.#rated(event.data.participants);
      case 'presentation_start':
        if (this.#slides && event.data.presenter_uuid !== this.#admission.participant) void this.#yieldFloor();
        return;
      case 'presentation_stop':
        return;
      case 'disconnect':
        return this.#disconnected(event.data.reason ?? '');
      default:
        return this.#heardOfCall(event);
    }
  }

  #heardOfCall(event: RoomEvent): void {
    switch (event.name) {
      case 'vdx_video_codec':
        return this.#call.useCodec(event.data.codec);
      case 'vdx_layers':
        return this.#call.useLayers(event.data);
      case 'new_offer':
      case 'update_sdp':
        return this.#call.offered(event.data.sdp);
      case 'new_candidate':
        return this.#call.addCandidate(event.data);
      case 'peer_disconnect':
        return this.#call.moved(event.data);
      case 'call_disconnected':
        return this.#call.givenUp(event.data.call_uuid);
    }
  }

  #conferenceChanged(told: ConferenceEvent): void {
    const ends = told.end_time ?? told.vdx_ends_at;
    const endsAt = ends === undefined ? null : ends * 1000;
    this.#update({
      locked: told.locked === true,
      guestsMuted: told.guests_muted === true,
      mayPresent: told.presentation_allowed !== false,
      endsAt,
      endsForAll: told.end_time !== undefined,
      // An end that was moved was not warned of.
      ...(endsAt === this.#state.endsAt ? {} : { endingWithin: null }),
    });
  }

  #rated(rows: RoomEvents['vdx_quality']['participants']): void {
    const ratings = new Map(this.#state.ratings);
    for (const { participant_uuid, quality } of rows) {
      if (quality.rating) ratings.set(participant_uuid, quality.rating);
      else ratings.delete(participant_uuid);
    }
    this.#update({ ratings });
  }

  #disconnected(reason: string): void {
    const why = ending(reason);
    if (why === 'removed' && this.#state.waiting) this.#end('denied');
    else if (why) this.#end(why);
    else this.#call.mend(true);
  }

  /** Somebody else presents now: the floor is theirs already. */
  async #yieldFloor(): Promise<void> {
    this.#slides?.stop();
    this.#slides = null;
    this.#said.delete('slides');
    await this.#call.setSlides(null);
    this.#update({ presenting: false });
  }

  #restage(): void {
    const roster = this.#roster.roster;
    const me = this.#me;
    const everybody = [...roster.values()];
    // Where a third is there already, a direct picture is of the one who was first.
    const other = everybody.find((one) => one.uuid !== this.#admission.participant && !one.waiting);
    const slots = this.#call.directSlots(other) ?? this.#slots;
    const next = stage(roster, slots, this.#admission.participant, this.#speaking, this.#view);
    this.#call.expect(slots, next);
    this.#update({
      stage: next,
      connected: this.#call.connected,
      direct: this.#call.direct,
      trouble: this.#call.broken || !this.#eventsUp,
      stuck: this.#call.stuck,
      count: next.tiles.length + 1,
      atTheDoor: everybody
        .filter((one) => one.waiting && one.uuid !== this.#admission.participant)
        .sort((a, b) => a.since - b.since),
      ...(me ? { me, waiting: me.waiting, host: me.host } : {}),
    });
  }

  #tellOfOneself(): void {
    this.#unsaid.clear();
    const { audio, camera } = this.#options.tracks();
    // The hub may have forgotten that something is off. That it is on is said only where the
    // hub was told otherwise: a host may have switched it off meanwhile.
    this.#say('microphone', audio?.enabled ? 'client_unmute' : 'client_mute', { again: !audio?.enabled });
    this.#say('camera', camera ? 'video_unmuted' : 'video_muted', { again: !camera });
    // The floor went with the call before.
    this.#said.delete('slides');
    if (this.#slides) this.#say('slides', 'take_floor');
  }

  /** Tells the others about oneself, once for each change unless `again`. */
  #say(topic: string, action: SelfAction, { again = false } = {}): void {
    const said = this.#said.get(topic);
    if (said === action && !again) return;
    this.#said.set(topic, action);
    // Everybody comes in with both on and without the floor.
    if (!said && ['client_unmute', 'video_unmuted', 'release_floor'].includes(action)) return;
    this.#send(topic, action);
  }

  #send(topic: string, action: SelfAction): void {
    this.#unsaid.delete(topic);
    const { token, participant } = this.#admission;
    // The last word must be the last to arrive.
    const before = this.#saying.get(topic) ?? Promise.resolve();
    const now = before.then(() => this.#api.say(token, participant, action));
    const failed = (error: unknown) => {
      // Said again when the hub is there again, unless something else has been said since.
      if (error instanceof Unreachable && this.#said.get(topic) === action) this.#unsaid.set(topic, action);
    };
    this.#saying.set(topic, now.catch(failed));
  }

  #end(why: Ending): void {
    if (this.#state.ended) return;
    clearTimeout(this.#refresh);
    this.#events?.close();
    this.#slides?.stop();
    this.#call.close();
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
  if (/timeout waiting for conference host/i.test(reason)) return 'unhosted';
  if (/timer expired|media process|signaling node/i.test(reason)) return null;
  return 'ended';
}
