/** Which media a call sends and receives. */

export interface Directions {
  sendAudio: boolean;
  receiveAudio: boolean;
  sendVideo: boolean;
  receiveVideo: boolean;
  sendSlides: boolean;
  receiveSlides: boolean;
}

function part(name: string, kind: string): { send: boolean; receive: boolean } {
  const found = new RegExp(`${kind}(SendRecv|SendOnly|RecvOnly)?(?![a-z])`).exec(name);
  if (!found) return { send: false, receive: false };
  return { send: found[1] !== 'RecvOnly', receive: found[1] !== 'SendOnly' };
}

/**
 * Reads a call type as the booking API stores it: kinds with their directions
 * written together, such as `AudioSendRecvVideoSendRecvPresentationRecvOnly`.
 * What is missing or unreadable means everything both ways.
 */
export function directions(callType: string | null): Directions {
  const audio = part(callType ?? '', 'Audio');
  const video = part(callType ?? '', 'Video');
  const slides = part(callType ?? '', 'Presentation');
  const none = ![audio, video, slides].some((one) => one.send || one.receive);
  return {
    sendAudio: none || audio.send,
    receiveAudio: none || audio.receive,
    sendVideo: none || video.send,
    receiveVideo: none || video.receive,
    sendSlides: none || slides.send,
    receiveSlides: none || slides.receive,
  };
}

/** Everything goes both ways: what direct media needs. */
export function isFull(wanted: Directions): boolean {
  return Object.values(wanted).every(Boolean);
}
