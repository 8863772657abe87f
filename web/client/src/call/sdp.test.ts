import { expect, test } from 'vitest';
import { markSlides, slidesOf } from './sdp';

const OFFER = ['v=0', 'm=audio 9 UDP/TLS/RTP/SAVPF 111', 'a=mid:1', 'm=video 9 UDP/TLS/RTP/SAVPF 96', 'a=mid:11', ''].join(
  '\r\n',
);

test('only the named section is marked', () => {
  expect(markSlides(OFFER, '11')).toBe(OFFER.replace('a=mid:11', 'a=mid:11\r\na=content:slides'));
});

test('a section that does not exist changes nothing', () => {
  expect(markSlides(OFFER, '7')).toBe(OFFER);
});

test('the section marked as slides is found', () => {
  const sdp = ['v=0', 'm=video 9 X 96', 'a=mid:1', 'm=video 9 X 96', 'a=sendrecv', 'a=mid:2', ''].join('\r\n');
  expect(slidesOf(sdp)).toBe(null);
  expect(slidesOf(markSlides(sdp, '2'))).toBe('2');
  expect(slidesOf('')).toBe(null);
});
