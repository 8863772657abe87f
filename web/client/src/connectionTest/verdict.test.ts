import { describe, expect, test } from 'vitest';
import type { Measured } from './results';
import { verdict } from './verdict';

const GOOD: Measured = {
  way: 'udp',
  rtt_ms: 20,
  loss_up_percent: 0,
  loss_down_percent: 0,
  jitter_up_ms: 2,
  jitter_down_ms: 3,
  available_up_kbps: 2500,
  sent_kbps: 1800,
  received_kbps: 1200,
  heard: true,
};
const WAYS = [
  { way: 'udp' as const, connected_ms: 80 },
  { way: 'tcp' as const, connected_ms: null },
];

const of = (measured: Partial<Measured>) => verdict({ ways: WAYS, events: true, measured: { ...GOOD, ...measured } });

describe('the verdict', () => {
  test('is good where everything is', () => {
    expect(of({})).toBe('good');
    expect(of({ available_up_kbps: null, rtt_ms: null, loss_up_percent: null })).toBe('good');
  });

  test.each([
    [{ received_kbps: 450 }, 'good'],
    [{ received_kbps: 449 }, 'ok'],
    [{ received_kbps: 120 }, 'ok'],
    [{ received_kbps: 119 }, 'sound'],
    [{ available_up_kbps: 449 }, 'ok'],
    [{ available_up_kbps: 100 }, 'sound'],
    [{ available_up_kbps: null, sent_kbps: 449 }, 'ok'],
    [{ sent_kbps: 10 }, 'good'],
    [{ loss_up_percent: 0.9 }, 'good'],
    [{ loss_up_percent: 1 }, 'ok'],
    [{ loss_down_percent: 9.9 }, 'ok'],
    [{ loss_down_percent: 10 }, 'sound'],
    [{ rtt_ms: 399 }, 'good'],
    [{ rtt_ms: 400 }, 'ok'],
    [{ jitter_down_ms: 500 }, 'good'],
  ] as const)('of %o is %s', (measured, expected) => {
    expect(of(measured)).toBe(expected);
  });

  test('is none without a way, without events, and without sound', () => {
    expect(verdict({ ways: WAYS, events: false, measured: GOOD })).toBe('none');
    expect(verdict({ ways: WAYS, events: true, measured: null })).toBe('none');
    expect(of({ heard: false })).toBe('none');
    const blocked = WAYS.map(({ way }) => ({ way, connected_ms: null }));
    expect(verdict({ ways: blocked, events: true, measured: null })).toBe('none');
  });
});
