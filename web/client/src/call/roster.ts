/** Who is in the room, as told by the hub's events. */

/** A participant as the events describe it; members the client does not use are left out. */
export interface ParticipantEvent {
  uuid: string;
  display_name: string;
  overlay_text?: string;
  role: 'chair' | 'guest';
  service_type?: string;
  is_muted?: 'YES' | 'NO';
  is_client_muted?: boolean;
  is_video_muted?: boolean;
  is_presenting?: 'YES' | 'NO';
  has_media?: boolean;
  /** Since when somebody is here or waits; as all times, seconds since the epoch. */
  start_time?: number;
  /** When the hand was raised, and since when everybody is to see this one; 0 for not. */
  buzz_time?: number;
  spotlight?: number;
  /** `NO` for those who have no voice here. */
  mute_supported?: 'YES' | 'NO';
  supports_direct_chat?: boolean;
}

export interface Participant {
  uuid: string;
  name: string;
  host: boolean;
  /** Still in the waiting room: neither seen nor heard. */
  waiting: boolean;
  micOff: boolean;
  /** The hub does not pass the microphone on. */
  muted: boolean;
  cameraOff: boolean;
  presenting: boolean;
  /** Nobody can have this one heard. */
  voiceless: boolean;
  /** Since when here, or waiting; as all times, milliseconds since the epoch. */
  since: number;
  /** When the hand was raised; null when it is down. */
  handSince: number | null;
  spotlit: boolean;
  /** May be written to alone. */
  canChat: boolean;
}

export type Roster = ReadonlyMap<string, Participant>;

export function participant(event: ParticipantEvent): Participant {
  return {
    uuid: event.uuid,
    name: event.overlay_text || event.display_name,
    host: event.role === 'chair',
    waiting: event.service_type === 'waiting_room',
    muted: event.is_muted === 'YES',
    micOff: event.is_muted === 'YES' || event.is_client_muted === true,
    cameraOff: event.is_video_muted === true,
    presenting: event.is_presenting === 'YES',
    voiceless: event.mute_supported === 'NO',
    since: (event.start_time ?? 0) * 1000,
    handSince: event.buzz_time ? event.buzz_time * 1000 : null,
    spotlit: (event.spotlight ?? 0) > 0,
    canChat: event.supports_direct_chat === true,
  };
}

/**
 * Collects the roster. Between sync_begin and sync_end the hub tells everybody
 * anew; until the end the old roster stands, so that nobody flickers.
 */
export class RosterBook {
  #current = new Map<string, Participant>();
  #incoming: Map<string, Participant> | null = null;

  /** The roster as of now; a new object after each change. */
  get roster(): Roster {
    return this.#current;
  }

  syncBegin(): void {
    this.#incoming = new Map();
  }

  syncEnd(): void {
    if (this.#incoming) this.#current = this.#incoming;
    this.#incoming = null;
  }

  put(event: ParticipantEvent): void {
    this.#change((map) => map.set(event.uuid, participant(event)));
  }

  remove(uuid: string): void {
    this.#change((map) => map.delete(uuid));
  }

  #change(apply: (map: Map<string, Participant>) => void): void {
    if (this.#incoming) {
      apply(this.#incoming);
      return;
    }
    const next = new Map(this.#current);
    apply(next);
    this.#current = next;
  }
}
