/** A moving picture and a tone to send: a test asks for no camera and no microphone. */

const WIDTH = 960;
/** Of the picture, in rows. */
export const HEIGHT = 540;
const FRAME_MS = 66;
/** Blocks of noise cannot be compressed, so a picture of them takes what it is given. */
const BLOCKS = { width: 96, height: 54 };
const HERTZ = 440;

export class TestSignal {
  readonly sound: MediaStreamTrack;
  readonly picture: MediaStreamTrack;
  readonly #context = new AudioContext();
  readonly #timer: ReturnType<typeof setInterval>;

  /** To be made while a tap is being answered, or some browsers keep the tone silent. */
  constructor() {
    const tone = this.#context.createOscillator();
    tone.frequency.value = HERTZ;
    const out = this.#context.createMediaStreamDestination();
    tone.connect(out);
    tone.start();
    const canvas = document.createElement('canvas');
    canvas.width = WIDTH;
    canvas.height = HEIGHT;
    const paint = painter(canvas);
    paint();
    this.#timer = setInterval(paint, FRAME_MS);
    const [sound] = out.stream.getAudioTracks();
    const [picture] = canvas.captureStream(1000 / FRAME_MS).getVideoTracks();
    if (!sound || !picture) throw new Error('the browser makes no test signal');
    this.sound = sound;
    this.picture = picture;
  }

  stop(): void {
    clearInterval(this.#timer);
    this.sound.stop();
    this.picture.stop();
    void this.#context.close();
  }
}

function painter(canvas: HTMLCanvasElement): () => void {
  const context = canvas.getContext('2d');
  const small = document.createElement('canvas');
  small.width = BLOCKS.width;
  small.height = BLOCKS.height;
  const blocks = small.getContext('2d');
  if (!context || !blocks) throw new Error('the browser makes no test picture');
  const noise = blocks.createImageData(BLOCKS.width, BLOCKS.height);
  context.imageSmoothingEnabled = false;
  return () => {
    for (let i = 0; i < noise.data.length; i++) noise.data[i] = i % 4 === 3 ? 255 : Math.random() * 256;
    blocks.putImageData(noise, 0, 0);
    context.drawImage(small, 0, 0, WIDTH, HEIGHT);
  };
}
