/**
 * A call from browser to browser: finding the other through the hub, and noticing
 * when that does not come about or ends. It never mends itself: the hub is there.
 */

import { type RoomApi, NoDirectMedia } from './api';
import type { Told } from './quality';
import { type CandidateEvent, DirectConnection, type DirectTracks } from './directConnection';
import { Pulse, PULSE_MS } from './pulse';

/** How long a path may take to come about; then it is the hub's. */
const FIND_MS = 5_000;

export interface DirectCallOptions {
  api: RoomApi;
  /** Token and participant, of the moment. */
  who: () => { token: string; participant: string };
  tracks: () => DirectTracks;
  iceServers: RTCIceServer[];
  /** It came up. */
  up: () => void;
  /** There is no direct path, or none any more. */
  over: () => void;
}

export class DirectCall {
  readonly #options: DirectCallOptions;
  #connection: DirectConnection | null = null;
  #call: string | null = null;
  /** Candidates found and not told yet: before the hub has given the call its name. */
  #found: CandidateEvent[] = [];
  #telling = false;
  /** An offer that came before the hub's answer that one is to be waited for. */
  #early: string | null = null;
  #watchdog: ReturnType<typeof setTimeout> | undefined;
  #beat: ReturnType<typeof setInterval> | undefined;
  #ended = false;
  #closed = false;

  constructor(options: DirectCallOptions) {
    this.#options = options;
  }

  /** The hub's name of the call. */
  get call(): string | null {
    return this.#call;
  }

  /** The connection, once there is another to have it with. */
  get connection(): DirectConnection | null {
    return this.#connection;
  }

  get isUp(): boolean {
    return this.#connection?.isUp ?? false;
  }

  /**
   * Offers the call: the other answers, or there is nobody yet and it waits to be
   * offered to. False where there is no direct media.
   */
  async open(): Promise<boolean> {
    const { api, who } = this.#options;
    const connection = this.#connect();
    try {
      const offer = await connection.offer();
      const { token, participant } = who();
      const made = await api.callDirect(token, participant, offer);
      if (this.#closed) return true;
      this.#call = made.call;
      if (made.sdp === '') {
        connection.close();
        this.#connection = null;
        this.#found = [];
        if (this.#early !== null) await this.offered(this.#early);
        return true;
      }
      this.#watch();
      await connection.answered(made.sdp);
      await this.#tellFound();
      await api.ack(token, participant, made.call);
      return true;
    } catch (error) {
      if (error instanceof NoDirectMedia) return false;
      throw error;
    }
  }

  /** Another offers, first or anew. */
  async offered(sdp: string): Promise<void> {
    const { api, who } = this.#options;
    if (this.#closed) return;
    if (this.#call === null) {
      this.#early = sdp;
      return;
    }
    const first = this.#connection === null;
    const connection = this.#connection ?? this.#connect();
    if (first) this.#watch();
    try {
      const answer = await connection.answer(sdp);
      const { token, participant } = who();
      await api.answer(token, participant, this.#call, answer);
      await this.#tellFound();
    } catch {
      this.#end();
    }
  }

  /** Where the other may be reached. */
  add(candidate: CandidateEvent): void {
    void this.#connection?.add(candidate);
  }

  /** What is heard and seen, when there is anything. */
  async perceived(): Promise<Told | null> {
    return this.isUp ? ((await this.#connection?.perceived()) ?? null) : null;
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#watchdog);
    clearInterval(this.#beat);
    this.#connection?.close();
  }

  #connect(): DirectConnection {
    const { tracks, iceServers } = this.#options;
    const connection = new DirectConnection(
      tracks(),
      iceServers,
      (state) => {
        if (connection !== this.#connection) return;
        if (state === 'connected') this.#cameUp(connection);
        else if (state !== 'connecting') this.#end();
      },
      (candidate) => {
        if (connection !== this.#connection) return;
        this.#found.push(candidate);
        if (this.#call !== null) void this.#tellFound();
      },
    );
    this.#connection = connection;
    return connection;
  }

  #cameUp(connection: DirectConnection): void {
    clearTimeout(this.#watchdog);
    clearInterval(this.#beat);
    const pulse = new Pulse();
    this.#beat = setInterval(() => {
      const read = (count: number) => {
        if (pulse.isGone(count, performance.now())) this.#end();
      };
      void connection.arrived().then(read, () => this.#end());
    }, PULSE_MS);
    this.#options.up();
  }

  #watch(): void {
    clearTimeout(this.#watchdog);
    this.#watchdog = setTimeout(() => this.#end(), FIND_MS);
  }

  /** Tells the other where this browser may be reached, in the order it was found. */
  async #tellFound(): Promise<void> {
    const { api, who } = this.#options;
    if (this.#telling) return;
    this.#telling = true;
    for (let next = this.#found.shift(); next && !this.#closed && this.#call !== null; next = this.#found.shift()) {
      const { token, participant } = who();
      // One that does not arrive is one of many.
      await api.candidate(token, participant, this.#call, next).catch(() => undefined);
    }
    this.#telling = false;
  }

  /** Tells once that it is over; what follows closes it. */
  #end(): void {
    if (this.#closed || this.#ended) return;
    this.#ended = true;
    clearTimeout(this.#watchdog);
    clearInterval(this.#beat);
    const { over } = this.#options;
    over();
  }
}
