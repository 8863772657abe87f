/**
 * The browser's own button for camera and microphone (`<usermedia>`, Media Capture and Streams
 * Extensions; Chromium from 151). Pressing it asks again also where the page was refused before,
 * which no script can do.
 */

interface UserMediaElement extends HTMLElement {
  readonly stream: MediaStream | null;
  setConstraints(constraints: MediaStreamConstraints): void;
}

export const hasUserMedia = (): boolean => 'HTMLUserMediaElement' in window;

export interface Wish {
  constraints: MediaStreamConstraints;
  /** Of the button's text, which is the browser's. */
  lang: string;
  got: (stream: MediaStream) => void;
}

/** Puts the button into `place`. */
export function userMedia(place: HTMLElement, wish: Wish): { update(next: Wish): void } {
  const button = document.createElement('usermedia') as UserMediaElement;
  let current = wish;
  button.lang = wish.lang;
  button.setConstraints(wish.constraints);
  button.addEventListener('stream', () => button.stream && current.got(button.stream));
  place.append(button);
  return {
    update(next) {
      current = next;
      button.lang = next.lang;
    },
  };
}
