/** Sounds measured and made: microphone level, test tone, the call of "you are let in". */

let context: AudioContext | null = null;

function resume(): void {
  if (context?.state !== 'running') void context?.resume().catch(() => undefined);
}

/** One context for the page; browsers keep it still until a tap or a key. */
function audio(): AudioContext {
  if (!context) {
    context = new AudioContext();
    for (const gesture of ['pointerup', 'keydown'] as const) addEventListener(gesture, resume, { capture: true });
  }
  resume();
  return context;
}

/**
 * Measures a microphone about ten times a second: 0 (silence) to 1, and in decibels below full
 * scale. The track is copied, so that it is measured while it is switched off for others. Nothing
 * is told while the browser keeps all sound of the page still.
 */
export function measure(track: MediaStreamTrack, tell: (level: number, decibel: number) => void): () => void {
  const copy = track.clone();
  copy.enabled = true;
  const source = audio().createMediaStreamSource(new MediaStream([copy]));
  const analyser = audio().createAnalyser();
  analyser.fftSize = 1024;
  source.connect(analyser);
  const samples = new Float32Array(analyser.fftSize);
  const timer = setInterval(() => {
    if (analyser.context.state !== 'running') return;
    analyser.getFloatTimeDomainData(samples);
    const power = samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length;
    // -55 dB, a quiet room, is nothing; -10 dB, loud speech, is all.
    const decibel = 10 * Math.log10(power + 1e-10);
    tell(Math.min(1, Math.max(0, (decibel + 55) / 45)), decibel);
  }, 100);
  return () => {
    clearInterval(timer);
    source.disconnect();
    copy.stop();
  };
}

/** Plays notes (in hertz) softly one after the other, on the chosen loudspeaker where that can be chosen. */
export async function play(notes: readonly number[], speakerId = ''): Promise<void> {
  const sound = audio();
  const length = 0.32;
  const out = sound.createMediaStreamDestination();
  notes.forEach((hertz, index) => {
    const start = sound.currentTime + 0.05 + index * length;
    const tone = sound.createOscillator();
    const volume = sound.createGain();
    tone.frequency.value = hertz;
    volume.gain.setValueAtTime(0, start);
    volume.gain.linearRampToValueAtTime(0.25, start + 0.03);
    volume.gain.exponentialRampToValueAtTime(0.001, start + length + 0.25);
    tone.connect(volume).connect(out);
    tone.start(start);
    tone.stop(start + length + 0.3);
  });
  const player = new Audio();
  player.srcObject = out.stream;
  if (speakerId && 'setSinkId' in player) await player.setSinkId(speakerId).catch(() => undefined);
  await player.play().catch(() => undefined);
  await new Promise((resolve) => setTimeout(resolve, (notes.length * length + 0.5) * 1000));
  player.srcObject = null;
}

export const TEST_TONE = [523.25, 659.25, 783.99, 659.25, 523.25] as const;
export const LET_IN = [587.33, 880] as const;
export const KNOCK = [392, 392] as const;
