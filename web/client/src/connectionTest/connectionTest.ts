/**
 * A test of the connection: the page joins a room of its own, with itself, on each way there is,
 * and measures the best of them. It knows no page and asks for no devices.
 */

import { RoomApi } from '../call/api';
import { layers } from '../call/connection';
import { type BegunTest, begin, tell } from './api';
import { PATIENCE_MS, TestClient } from './client';
import { measured, type Reading } from './figures';
import { platform } from './platform';
import type { Found, Measured, WayTried } from './results';
import { HEIGHT, TestSignal } from './testSignal';
import { verdict } from './verdict';
import { type Way, waysOf } from './ways';

/** How long media flows, and how long at first it does not count: estimates have to climb. */
const MEASURE_MS = 10_000;
const CLIMB_MS = 4_000;

export type Phase = 'ways' | 'measuring' | 'telling';

/** How long a phase takes at most, or about. */
export const PHASE_MS: Record<Phase, number> = { ways: PATIENCE_MS, measuring: MEASURE_MS, telling: 1_000 };

export interface Report extends Found {
  /** What the test is looked up by; null when nobody can. */
  reference: string | null;
}

/** The page was not on the screen, where browsers let nothing move: nothing can be said. */
export class Interrupted extends Error {}

/** The browser has no calls. */
export class Unsupported extends Error {}

export function isSupported(): boolean {
  return 'RTCPeerConnection' in window && 'AudioContext' in window && 'captureStream' in HTMLCanvasElement.prototype;
}

export class ConnectionTest {
  readonly #clients = new Set<TestClient>();
  readonly #phaseChanged: (phase: Phase) => void;
  #signal: TestSignal | null = null;
  #stopped: Error | null = null;

  constructor(phaseChanged: (phase: Phase) => void) {
    this.#phaseChanged = phaseChanged;
  }

  /** To be called while a tap is being answered. */
  async run(): Promise<Report> {
    if (!isSupported()) throw new Unsupported();
    const hidden = () => document.visibilityState === 'hidden' && this.stop(new Interrupted());
    document.addEventListener('visibilitychange', hidden);
    try {
      this.#signal = new TestSignal();
      const test = await begin();
      const found = await this.#find(test);
      this.#phase('telling');
      const told = await tell(test, found, platform(navigator.userAgent, navigator.maxTouchPoints));
      return { ...found, reference: told ? test.reference : null };
    } catch (error) {
      throw this.#stopped ?? error;
    } finally {
      document.removeEventListener('visibilitychange', hidden);
      this.#end();
    }
  }

  /** Ends the test: nobody waits for it any more, or it can find nothing. */
  stop(why = new Error('stopped')): void {
    this.#stopped ??= why;
    this.#end();
  }

  async #find(test: BegunTest): Promise<Found> {
    this.#phase('ways');
    const room = new RoomApi(test.address);
    const listener = await this.#enter(room);
    const [events, ...ways] = await Promise.all([
      listener.hears(),
      ...waysOf(listener.admission.iceServers).map((way) => this.#try(room, way)),
    ]);
    const best = ways.find(({ connected_ms }) => connected_ms !== null);
    let figures: Measured | null = null;
    if (best) {
      this.#phase('measuring');
      figures = await this.#measure(room, best.way);
    }
    this.#leave(listener);
    const found = { ways, events, measured: figures };
    return { ...found, verdict: verdict(found) };
  }

  /** Whether media could flow this way. */
  async #try(room: RoomApi, way: Way): Promise<WayTried> {
    const client = await this.#enter(room);
    const connected_ms = await client.call(way, (connection) => connection.addTransceiver('audio', { direction: 'recvonly' }));
    this.#leave(client);
    return { way, connected_ms };
  }

  /** Sends from one client to another; null when they do not connect after all. */
  async #measure(room: RoomApi, way: Way): Promise<Measured | null> {
    const [sender, receiver] = await Promise.all([this.#enter(room), this.#enter(room)]);
    const connected = await Promise.all([
      sender.call(way, (connection) => this.#send(connection)),
      receiver.call(way, (connection) => {
        connection.addTransceiver('audio', { direction: 'recvonly' });
        connection.addTransceiver('video', { direction: 'recvonly' });
      }),
    ]);
    if (connected.includes(null)) return null;
    await this.#pause(CLIMB_MS);
    const first = await read(sender, receiver);
    await this.#pause(MEASURE_MS - CLIMB_MS);
    const figures = measured(way, first, await read(sender, receiver));
    this.#leave(sender);
    this.#leave(receiver);
    return figures;
  }

  #send(connection: RTCPeerConnection): void {
    if (!this.#signal) throw new Error('there is nothing to send');
    const { sound, picture } = this.#signal;
    connection.addTransceiver(sound, { direction: 'sendonly' });
    connection.addTransceiver(picture, { direction: 'sendonly', sendEncodings: layers(HEIGHT) });
  }

  async #enter(room: RoomApi): Promise<TestClient> {
    const client = await TestClient.enter(room);
    this.#clients.add(client);
    if (this.#stopped) this.#end();
    this.#goOn();
    return client;
  }

  #leave(client: TestClient): void {
    this.#clients.delete(client);
    client.close();
  }

  async #pause(ms: number): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, ms));
    this.#goOn();
  }

  #phase(phase: Phase): void {
    this.#goOn();
    this.#phaseChanged(phase);
  }

  #goOn(): void {
    if (this.#stopped) throw this.#stopped;
  }

  #end(): void {
    for (const client of this.#clients) this.#leave(client);
    this.#signal?.stop();
    this.#signal = null;
  }
}

async function read(sender: TestClient, receiver: TestClient): Promise<Reading> {
  const [sent, received] = await Promise.all([sender.stats(), receiver.stats()]);
  return { at: performance.now(), sender: sent, receiver: received };
}
