import { expect, test } from 'vitest';
import { directions } from './callType';

const ALL = {
  sendAudio: true,
  receiveAudio: true,
  sendVideo: true,
  receiveVideo: true,
  sendSlides: true,
  receiveSlides: true,
};

test('nothing said, or nothing understood, is everything', () => {
  expect(directions(null)).toEqual(ALL);
  expect(directions('video')).toEqual(ALL);
  expect(directions('AudioSendRecvVideoSendRecvPresentationSendRecv')).toEqual(ALL);
});

test('one-way video: the guest sends a picture and hears', () => {
  expect(directions('AudioRecvOnlyVideoSendOnly')).toEqual({
    ...ALL,
    sendAudio: false,
    receiveVideo: false,
    sendSlides: false,
    receiveSlides: false,
  });
});

test('a kind without a direction goes both ways', () => {
  expect(directions('AudioPresentationRecvOnly')).toEqual({
    ...ALL,
    sendVideo: false,
    receiveVideo: false,
    sendSlides: false,
  });
});
