/** The room's server-sent events, with reconnection. */

import type { CandidateEvent } from './directConnection';
import type { Rating } from './quality';
import type { SlotRow } from './tiles';
import type { ParticipantEvent } from './roster';

/** The meeting as a whole; times are seconds since the epoch. */
export interface ConferenceEvent {
  started?: boolean;
  locked?: boolean;
  guests_muted?: boolean;
  guests_can_unmute?: boolean;
  presentation_allowed?: boolean;
  /** When everybody is put out. */
  end_time?: number;
  /** When the meeting is over in the calendar. */
  vdx_ends_at?: number;
}

/** What the hub tells; the names are those on the wire. */
export interface RoomEvents {
  participant_sync_begin: null;
  participant_sync_end: null;
  participant_create: ParticipantEvent;
  participant_update: ParticipantEvent;
  participant_delete: { uuid: string };
  conference_update: ConferenceEvent;
  stage: { participant_uuid: string; vad: number }[];
  presentation_start: { presenter_uuid?: string; presenter_name?: string };
  presentation_stop: null;
  disconnect: { reason?: string };
  call_disconnected: { call_uuid?: string; reason?: string };
  vdx_slots: { slots: SlotRow[] };
  vdx_video_codec: { codec: 'VP8' | 'H264' };
  vdx_layers: { call_uuid: string; rids: string[] };
  layout: {
    view?: string;
    requested_layout?: { primary_screen?: { chair_layout?: string; guest_layout?: string } };
    overlay_text_enabled?: boolean;
  };
  message_received: { type: string; payload: string; origin: string; uuid: string; direct?: boolean };
  /** Go to that room, with that token. */
  refer: { alias: string; token: string };
  vdx_ending: { end_time: number; within_seconds: number };
  new_offer: { sdp: string };
  update_sdp: { sdp: string };
  new_candidate: CandidateEvent;
  /** A direct call is over; the next may be direct, or has to be the hub's. */
  peer_disconnect: { call_uuid?: string; vdx_direct?: boolean };
  /** To hosts: whose connection changed, or is not good. */
  vdx_quality: { participants: { participant_uuid: string; quality: { rating: Rating | null } }[] };
}

const NAMES = [
  'participant_sync_begin',
  'participant_sync_end',
  'participant_create',
  'participant_update',
  'participant_delete',
  'conference_update',
  'stage',
  'presentation_start',
  'presentation_stop',
  'disconnect',
  'call_disconnected',
  'vdx_slots',
  'vdx_video_codec',
  'vdx_layers',
  'layout',
  'message_received',
  'refer',
  'vdx_ending',
  'new_offer',
  'update_sdp',
  'new_candidate',
  'peer_disconnect',
  'vdx_quality',
] as const satisfies readonly (keyof RoomEvents)[];

export type RoomEvent = { [K in keyof RoomEvents]: { name: K; data: RoomEvents[K] } }[keyof RoomEvents];

const FIRST_PAUSE_MS = 250;
/** A hub that restarts is back within seconds, and its meetings shall go on at once. */
const LONGEST_PAUSE_AT_FIRST_MS = 1_000;
const AT_FIRST_MS = 60_000;
const LONGEST_PAUSE_MS = 8_000;

/**
 * How long to wait before listening again: `last` was the pause before, `down`
 * how long nothing has come, both in milliseconds. `chance`, from 0 to 1, keeps
 * the clients of a hub that restarts from coming all at once.
 */
export function nextPause(last: number, down: number, chance: number): number {
  const longest = down < AT_FIRST_MS ? LONGEST_PAUSE_AT_FIRST_MS : LONGEST_PAUSE_MS;
  const pause = last === 0 ? FIRST_PAUSE_MS : Math.min(last * 2, longest);
  return pause * (0.75 + 0.25 * chance);
}

/**
 * Listens until closed. Reconnecting is done here and not by EventSource: its
 * address holds the token, and the token changes.
 */
export class EventStream {
  #source: EventSource | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #pause = 0;
  #downSince = 0;
  #closed = false;
  /** The last event heard: a new stream goes on behind it. */
  #last = '';

  constructor(
    private readonly url: (last: string) => string,
    private readonly heard: (event: RoomEvent) => void,
    /** Told at each change; a lost stream is being reconnected. */
    private readonly connected: (yes: boolean) => void,
  ) {
    this.#open();
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
    this.#source?.close();
  }

  #open(): void {
    if (this.#closed) return;
    const source = new EventSource(this.url(this.#last));
    this.#source = source;
    source.onopen = () => {
      this.#pause = 0;
      this.connected(true);
    };
    source.onerror = () => {
      source.close();
      if (this.#closed || this.#source !== source) return;
      if (this.#pause === 0) this.#downSince = Date.now();
      this.connected(false);
      this.#pause = nextPause(this.#pause, Date.now() - this.#downSince, Math.random());
      this.#timer = setTimeout(() => this.#open(), this.#pause);
    };
    for (const name of NAMES) {
      source.addEventListener(name, (message: MessageEvent<string>) => {
        this.#last = message.lastEventId;
        const data = parse(message.data);
        if (data !== undefined && !this.#closed) this.heard({ name, data } as RoomEvent);
      });
    }
  }
}

function parse(text: string): unknown {
  try {
    return text === '' ? null : JSON.parse(text);
  } catch {
    return undefined;
  }
}
