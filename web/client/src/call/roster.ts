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
  start_time?: number;
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
