/** One's own voice, recorded and played back. It stays in this page. */

export const ECHO_MS = 4_000;

export const canRecord = (): boolean => 'MediaRecorder' in window;

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener('abort', () => (clearTimeout(timer), resolve()), { once: true });
  });
}

/** Records also a microphone that is switched off for others. */
export async function record(track: MediaStreamTrack, signal: AbortSignal): Promise<Blob> {
  const copy = track.clone();
  copy.enabled = true;
  try {
    const recorder = new MediaRecorder(new MediaStream([copy]));
    const parts: Blob[] = [];
    recorder.addEventListener('dataavailable', ({ data }) => parts.push(data));
    const ended = new Promise<void>((resolve, reject) => {
      recorder.addEventListener('stop', () => resolve());
      recorder.addEventListener('error', () => reject(new Error('the recorder failed')));
    });
    recorder.start();
    await Promise.race([pause(ECHO_MS, signal), ended]);
    if (recorder.state !== 'inactive') recorder.stop();
    await ended;
    return new Blob(parts, { type: recorder.mimeType });
  } finally {
    copy.stop();
  }
}

export async function playBack(recording: Blob, speakerId: string, signal: AbortSignal): Promise<void> {
  const url = URL.createObjectURL(recording);
  const player = new Audio(url);
  try {
    if (speakerId && 'setSinkId' in player) await player.setSinkId(speakerId).catch(() => undefined);
    const ended = new Promise<void>((resolve, reject) => {
      player.addEventListener('ended', () => resolve());
      player.addEventListener('error', () => reject(new Error('the recording cannot be played')));
    });
    await player.play();
    // A recording may not say how long it is, and then never ends by itself.
    await Promise.race([ended, pause(ECHO_MS + 1_500, signal)]);
  } finally {
    player.pause();
    URL.revokeObjectURL(url);
  }
}
