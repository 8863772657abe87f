import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { NoDirectMedia, type RoomApi } from './api';
import { DirectCall } from './directCall';

/** As much of a peer connection as a negotiation needs. */
class FakeConnection extends EventTarget {
  static made: FakeConnection[] = [];
  connectionState: RTCPeerConnectionState = 'new';
  localDescription: { sdp: string } | null = null;
  remoteDescription: { type: string; sdp: string } | null = null;
  candidates: RTCIceCandidateInit[] = [];
  packets = 0;

  constructor() {
    super();
    FakeConnection.made.push(this);
  }

  addTransceiver(kind: string) {
    return { mid: kind, sender: { track: null, replaceTrack: () => Promise.resolve() }, receiver: { track: { kind } } };
  }

  getTransceivers() {
    return [];
  }

  setLocalDescription() {
    this.localDescription = { sdp: this.remoteDescription ? 'my answer' : 'my offer' };
    return Promise.resolve();
  }

  setRemoteDescription(description: { type: string; sdp: string }) {
    this.remoteDescription = description;
    return Promise.resolve();
  }

  addIceCandidate(candidate: RTCIceCandidateInit) {
    this.candidates.push(candidate);
    return Promise.resolve();
  }

  getStats() {
    return Promise.resolve(new Map([['in', { type: 'inbound-rtp', kind: 'audio', packetsReceived: this.packets }]]));
  }

  is(state: RTCPeerConnectionState) {
    this.connectionState = state;
    this.dispatchEvent(new Event('connectionstatechange'));
  }

  finds(candidate: string) {
    this.dispatchEvent(Object.assign(new Event('icecandidate'), { candidate: { candidate, sdpMid: '0', usernameFragment: 'u' } }));
  }

  close() {
    this.connectionState = 'closed';
  }
}

const CANDIDATE = { candidate: 'candidate:1', mid: '0', ufrag: 'u' };

function newest(): FakeConnection {
  const connection = FakeConnection.made.at(-1);
  if (!connection) throw new Error('no connection was made');
  return connection;
}

/** A call and what it said to the hub, whose answer to the offer is `sdp`. */
function call(sdp: () => Promise<string>) {
  const said: unknown[] = [];
  const api = {
    callDirect: async (_token: string, _who: string, offer: string) => {
      said.push(['offer', offer]);
      return { call: 'c', sdp: await sdp() };
    },
    answer: (_token: string, _who: string, _call: string, answer: string) => Promise.resolve(void said.push(['answer', answer])),
    candidate: (_token: string, _who: string, _call: string, found: unknown) => Promise.resolve(void said.push(found)),
    ack: () => Promise.resolve(),
  } as unknown as RoomApi;
  const [up, over] = [vi.fn(), vi.fn()];
  const tracks = () => ({ audio: null, camera: null, slides: null });
  const direct = new DirectCall({ api, who: () => ({ token: 't', participant: 'p' }), tracks, iceServers: [], up, over });
  return { direct, said, up, over };
}

describe('a call from browser to browser', () => {
  beforeEach(() => {
    FakeConnection.made = [];
    vi.useFakeTimers();
    vi.stubGlobal('RTCPeerConnection', FakeConnection);
    vi.stubGlobal('MediaStream', class {});
  });
  afterEach(() => {
    vi.useRealTimers();
    vi.unstubAllGlobals();
  });

  test('the other answers; candidates of before are told once the call has a name', async () => {
    let answer!: (sdp: string) => void;
    const { direct, said, up } = call(() => new Promise((resolve) => (answer = resolve)));
    const opened = direct.open();
    await vi.advanceTimersByTimeAsync(0);
    newest().finds('candidate:1');
    direct.add({ candidate: 'candidate:9', mid: '1' });
    expect(newest().candidates).toEqual([]);
    answer('their answer');
    expect(await opened).toBe(true);
    expect(said).toEqual([['offer', 'my offer'], CANDIDATE]);
    expect(newest().remoteDescription).toEqual({ type: 'answer', sdp: 'their answer' });
    expect(newest().candidates.map(({ candidate }) => candidate)).toEqual(['candidate:9']);
    newest().is('connected');
    expect(up).toHaveBeenCalledOnce();
    expect(direct.isUp).toBe(true);
    direct.close();
  });

  test('set aside, it waits to be offered to, also when that comes first', async () => {
    const { direct, said } = call(() => Promise.resolve(''));
    const opened = direct.open();
    void direct.offered('their offer');
    expect(await opened).toBe(true);
    expect(FakeConnection.made).toHaveLength(2);
    expect(said).toEqual([['offer', 'my offer'], ['answer', 'my answer']]);
    await direct.offered('their further offer');
    expect(FakeConnection.made).toHaveLength(2);
    expect(newest().remoteDescription?.sdp).toBe('their further offer');
    direct.close();
  });

  test('where there is none, it says so', async () => {
    const { direct } = call(() => Promise.reject(new NoDirectMedia()));
    expect(await direct.open()).toBe(false);
    const broken = call(() => Promise.reject(new Error('no answer')));
    await expect(broken.direct.open()).rejects.toThrow('no answer');
  });

  test('it is over, once, when no path comes about, or it fails', async () => {
    const slow = call(() => Promise.resolve('their answer'));
    await slow.direct.open();
    await vi.advanceTimersByTimeAsync(4_999);
    expect(slow.over).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(1);
    newest().is('failed');
    expect(slow.over).toHaveBeenCalledOnce();

    const closed = call(() => Promise.resolve('their answer'));
    await closed.direct.open();
    closed.direct.close();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(closed.over).not.toHaveBeenCalled();
  });

  test('it is over when what came all the time stops coming', async () => {
    const { direct, over } = call(() => Promise.resolve('their answer'));
    await direct.open();
    newest().is('connected');
    for (let n = 0; n < 20; n++) {
      newest().packets += 12;
      await vi.advanceTimersByTimeAsync(250);
    }
    expect(over).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(1_750);
    expect(over).toHaveBeenCalledOnce();
    direct.close();
  });

  test('it tells what came, when it is up', async () => {
    const { direct } = call(() => Promise.resolve('their answer'));
    await direct.open();
    expect(await direct.perceived()).toBe(null);
    newest().is('connected');
    newest().packets = 7;
    expect((await direct.perceived())?.audio).toEqual({ rx_packets_received: 7 });
    direct.close();
  });
});
