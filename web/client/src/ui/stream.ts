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

  show(what);
  return {
    update: show,
    destroy() {
      element.srcObject = null;
    },
  };
}
