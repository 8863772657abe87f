import { expect, test } from 'vitest';
import { answerFor, configuration, waysOf } from './ways';

const SERVERS = [
  {
    urls: ['turn:turn.example:3478?transport=udp', 'turn:turn.example:3478?transport=tcp', 'turns:turn.example:443?transport=tcp'],
    username: 'u',
    credential: 'c',
  },
];

test('there is always a way to the media port, and those round it that there are', () => {
  expect(waysOf([])).toEqual(['udp', 'tcp']);
  expect(waysOf(SERVERS)).toEqual(['udp', 'tcp', 'turn_udp', 'turn_tcp', 'turn_tls']);
  expect(waysOf([{ urls: 'turn:turn.example' }])).toEqual(['udp', 'tcp', 'turn_udp']);
});

test('a connection knows only the servers of its way', () => {
  expect(configuration('tcp', SERVERS)).toEqual({ bundlePolicy: 'max-bundle' });
  expect(configuration('turn_tls', SERVERS)).toEqual({
    bundlePolicy: 'max-bundle',
    iceTransportPolicy: 'relay',
    iceServers: [{ urls: ['turns:turn.example:443?transport=tcp'], username: 'u', credential: 'c' }],
  });
});

test('an answer keeps the candidates of its way and everything else', () => {
  const udp = 'a=candidate:1 1 udp 2130706175 192.0.2.1 10000 typ host';
  const tcp = 'a=candidate:2 1 TCP 1694498815 192.0.2.1 10000 typ host tcptype passive';
  const sdp = ['v=0', 'm=audio 9 UDP/TLS/RTP/SAVPF 111', udp, tcp, 'a=end-of-candidates', ''].join('\r\n');
  expect(answerFor('udp', sdp)).toBe(sdp.replace(`${tcp}\r\n`, ''));
  expect(answerFor('turn_tcp', sdp)).toBe(sdp.replace(`${tcp}\r\n`, ''));
  expect(answerFor('tcp', sdp)).toBe(sdp.replace(`${udp}\r\n`, ''));
  expect(answerFor('tcp', sdp.replace(`${tcp}\r\n`, ''))).toBeNull();
});
