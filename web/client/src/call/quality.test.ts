import { describe, expect, test } from 'vitest';
import { Listener } from './quality';

const audio = (id: string, counts: object) => ({ type: 'inbound-rtp', kind: 'audio', id, timestamp: 0, ...counts });
const video = (id: string, counts: object) => ({ type: 'inbound-rtp', kind: 'video', id, timestamp: 0, ...counts });
const camera = (counts: object) => ({ type: 'outbound-rtp', kind: 'video', id: 'o', timestamp: 0, ...counts });

function told(first: object[], second: object[], seconds = 5) {
  const listener = new Listener();
  expect(listener.read(first as RTCStats[], 's', 1_000)).toBeNull();
  return listener.read(second as RTCStats[], 's', 1_000 + seconds * 1000);
}

describe('what is heard and seen', () => {
  test('is of the time since the last reading, of the stream that fared worst', () => {
    const report = told(
      [
        audio('a', { packetsReceived: 100, totalSamplesReceived: 96_000, concealedSamples: 50_000, silentConcealedSamples: 0 }),
        video('v', { packetsReceived: 10, totalFreezesDuration: 3 }),
      ],
      [
        audio('a', { packetsReceived: 350, totalSamplesReceived: 336_000, concealedSamples: 64_400, silentConcealedSamples: 2_400 }),
        audio('b', { packetsReceived: 250, totalSamplesReceived: 240_000, concealedSamples: 2_400 }),
        video('v', { packetsReceived: 900, totalFreezesDuration: 3.5, framesPerSecond: 24, frameWidth: 640, frameHeight: 360 }),
        video('w', { packetsReceived: 900, totalFreezesDuration: 0, framesPerSecond: 30, frameWidth: 1280, frameHeight: 720 }),
        camera({ mid: '3', frameWidth: 320, frameHeight: 180 }),
      ],
    );
    expect(report?.vdx?.concealed).toBeCloseTo(0.05);
    expect(report?.vdx?.frozen).toBeCloseTo(0.1);
    expect(report?.video).toEqual({ rx_fps: 30, rx_resolution: '1280x720', tx_resolution: '320x180' });
  });

  test('leaves out empty slots and slides', () => {
    const empty = audio('a', { packetsReceived: 7, totalSamplesReceived: 240_000, concealedSamples: 240_000 });
    const slides = { mid: 's', framesPerSecond: 1, frameWidth: 1920, frameHeight: 1080, totalFreezesDuration: 4 };
    const report = told(
      [audio('a', { packetsReceived: 7 })],
      [empty, video('v', { packetsReceived: 9, ...slides }), camera({ mid: 's', frameWidth: 9, frameHeight: 9 })],
    );
    expect(report).toEqual({ vdx: {}, video: {} });
  });
});
