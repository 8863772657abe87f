/** One client of a test: a participant of its room, whose call goes one way only. */

import { type Admission, RoomApi, Unreachable } from '../call/api';
import { answerFor, configuration, type Way } from './ways';

/** How long a way may take to connect, and the first event to come. */
export const PATIENCE_MS = 10_000;

/** Nobody else reads it. */
const NAME = 'Test';

export class TestClient {
  readonly #room: RoomApi;
  readonly admission: Admission;
  #connection: RTCPeerConnection | null = null;
  #source: EventSource | null = null;

  private constructor(room: RoomApi, admission: Admission) {
    this.#room = room;
    this.admission = admission;
  }

  static async enter(room: RoomApi): Promise<TestClient> {
    const entered = await room.requestToken(NAME, {});
    if (!('token' in entered)) throw new Unreachable(`not let in: ${entered.kind}`);
    return new TestClient(room, entered);
  }

  /** Whether the room's events come as they happen. */
  hears(): Promise<boolean> {
    const source = new EventSource(this.#room.eventsUrl(this.admission.token, ''));
    this.#source = source;
    return new Promise((resolve) => {
      const timer = setTimeout(() => resolve(false), PATIENCE_MS);
      const settle = (heard: boolean): void => {
        clearTimeout(timer);
        resolve(heard);
      };
      source.addEventListener('participant_sync_begin', () => settle(true));
      source.onerror = () => source.readyState === EventSource.CLOSED && settle(false);
    });
  }

  /**
   * Opens the call, with what `prepare` puts into it. Answers how many milliseconds it took from
   * the hub's answer until media could flow; null when it cannot.
   */
  async call(way: Way, prepare: (connection: RTCPeerConnection) => void): Promise<number | null> {
    const { token, participant, iceServers } = this.admission;
    const connection = new RTCPeerConnection(configuration(way, iceServers));
    this.#connection = connection;
    prepare(connection);
    await connection.setLocalDescription(await connection.createOffer());
    const offer = connection.localDescription?.sdp ?? '';
    const { sdp } = await this.#room.call(token, participant, offer, { video_slots: 1, audio_slots: 1 });
    const answer = answerFor(way, sdp);
    if (answer === null) return null;
    const begin = performance.now();
    const connected = isConnected(connection);
    await connection.setRemoteDescription({ type: 'answer', sdp: answer });
    return (await connected) ? Math.round(performance.now() - begin) : null;
  }

  async stats(): Promise<RTCStats[]> {
    const report = await this.#connection?.getStats();
    return report ? [...report.values()] : [];
  }

  close(): void {
    this.#source?.close();
    this.#connection?.close();
    this.#room.leave(this.admission.token);
  }
}

/** `connected` is when ICE and DTLS are through. */
function isConnected(connection: RTCPeerConnection): Promise<boolean> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(false), PATIENCE_MS);
    connection.addEventListener('connectionstatechange', () => {
      const { connectionState } = connection;
      if (connectionState === 'connecting' || connectionState === 'disconnected') return;
      clearTimeout(timer);
      resolve(connectionState === 'connected');
    });
  });
}
