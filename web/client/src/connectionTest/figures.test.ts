import { expect, test } from 'vitest';
import { measured, type Reading } from './figures';

const stat = (type: string, values: object) => ({ type, id: type, timestamp: 0, ...values }) as unknown as RTCStats;

const BEGIN: Reading = {
  at: 1_000,
  sender: [
    stat('outbound-rtp', { kind: 'audio', bytesSent: 1_000, packetsSent: 10 }),
    stat('outbound-rtp', { kind: 'video', bytesSent: 100_000, packetsSent: 100 }),
    stat('remote-inbound-rtp', { kind: 'audio', packetsLost: 0, jitter: 0.001 }),
    stat('candidate-pair', { totalRoundTripTime: 1, responsesReceived: 5, availableOutgoingBitrate: 300_000 }),
  ],
  receiver: [
    stat('inbound-rtp', { kind: 'audio', bytesReceived: 1_000, packetsReceived: 10, packetsLost: 0 }),
    stat('inbound-rtp', { kind: 'video', bytesReceived: 50_000, packetsReceived: 50, packetsLost: 40 }),
  ],
};

const END: Reading = {
  at: 7_000,
  sender: [
    stat('outbound-rtp', { kind: 'audio', bytesSent: 31_000, packetsSent: 310, timestamp: 7_000 }),
    stat('outbound-rtp', { kind: 'video', bytesSent: 820_000, packetsSent: 800, timestamp: 7_000 }),
    stat('remote-inbound-rtp', { kind: 'audio', packetsLost: 5, jitter: 0.004, roundTripTime: 0.05, timestamp: 5_000 }),
    stat('remote-inbound-rtp', { kind: 'video', packetsLost: 15, jitter: 0.04, roundTripTime: 0.06, timestamp: 7_000 }),
    stat('candidate-pair', { totalRoundTripTime: 1.24, responsesReceived: 9, availableOutgoingBitrate: 1_800_000 }),
  ],
  receiver: [
    stat('inbound-rtp', { kind: 'audio', bytesReceived: 31_000, packetsReceived: 307, packetsLost: 3, jitter: 0.006 }),
    stat('inbound-rtp', { kind: 'video', bytesReceived: 470_000, packetsReceived: 540, packetsLost: 50 }),
  ],
};

test('the figures are of the time between two readings', () => {
  expect(measured('tcp', BEGIN, END)).toEqual({
    way: 'tcp',
    rtt_ms: 60,
    // 5 of the 210 packets of sound that were sent when the hub last reported.
    loss_up_percent: 2.4,
    loss_down_percent: 2,
    jitter_up_ms: 4,
    jitter_down_ms: 6,
    available_up_kbps: 1_800,
    sent_kbps: 1_000,
    received_kbps: 600,
    heard: true,
  });
});

test('what a browser does not tell is not known', () => {
  const without = (reading: Reading, ...types: string[]): Reading => ({
    ...reading,
    sender: reading.sender.filter((one) => !types.includes(one.type)),
  });
  const told = measured('udp', without(BEGIN, 'candidate-pair'), without(END, 'candidate-pair'));
  expect(told).toMatchObject({ rtt_ms: 60, available_up_kbps: null });
  const types = ['candidate-pair', 'remote-inbound-rtp'];
  expect(measured('udp', without(BEGIN, ...types), without(END, ...types))).toMatchObject({
    rtt_ms: null,
    loss_up_percent: null,
    jitter_up_ms: null,
  });
  const silent = measured('udp', { ...BEGIN, receiver: [] }, { ...END, receiver: [] });
  expect(silent).toMatchObject({ received_kbps: 0, loss_down_percent: null, heard: false });
});
