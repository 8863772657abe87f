/** Puts a track into a media element, and starts it. */

export interface Playing {
  track: MediaStreamTrack | null;
  /** Loudspeaker; empty is the browser's own. */
  speakerId?: string;
  /** The browser wants a tap before it plays sound. */
  blocked?: () => void;
}

export function playing(element: HTMLMediaElement, what: Playing): { update(next: Playing): void; destroy(): void } {
  let speaker = '';
  let now = what;

  function show({ track, speakerId = '', blocked }: Playing): void {
    const shown = (element.srcObject as MediaStream | null)?.getTracks()[0] ?? null;
    if (shown !== track) element.srcObject = track ? new MediaStream([track]) : null;
    if (speakerId !== speaker && 'setSinkId' in element) {
      speaker = speakerId;
      void element.setSinkId(speakerId).catch(() => undefined);
    }
    if (!track || !element.paused) return;
    element.play().catch((error: unknown) => {
      if (error instanceof DOMException && error.name === 'NotAllowedError') blocked?.();
    });
  }

  // A system that put the page to sleep has stopped what played, and starts none of it again.
  const woken = ({ type }: Event): void => {
    if (type === 'resume' || !document.hidden) show(now);
  };
  document.addEventListener('resume', woken);
  document.addEventListener('visibilitychange', woken);

  show(now);
  return {
    update(next: Playing) {
      now = next;
      show(now);
    },
    destroy() {
      document.removeEventListener('resume', woken);
      document.removeEventListener('visibilitychange', woken);
      element.srcObject = null;
    },
  };
}
