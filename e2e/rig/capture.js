// Files that Chromium uses as camera and microphone: a picture of one colour with a moving bar,
// and a beeping tone. With a colour and a tone of its own, a participant can be told from another.
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'

/** @typedef {{ name: string, rgb: [number, number, number], hertz: number }} Look */

/**
 * Colours that survive a lossy codec as themselves, and tones of which none is near a multiple of
 * another. All tones are whole bins of the analyser's spectrum, away from its neighbours.
 *
 * @type {Record<'red' | 'green' | 'blue' | 'yellow', Look>}
 */
export const LOOKS = {
  red: { name: 'red', rgb: [200, 30, 30], hertz: 500 },
  green: { name: 'green', rgb: [30, 160, 40], hertz: 700 },
  blue: { name: 'blue', rgb: [30, 50, 200], hertz: 900 },
  yellow: { name: 'yellow', rgb: [210, 200, 30], hertz: 1100 },
}

const FRAMES_PER_SECOND = 15

/**
 * Two seconds of video in YUV4MPEG2, which Chromium repeats.
 *
 * @param {Look} look
 * @param {number} width even
 * @param {number} height even
 * @param {boolean} figure with somebody in the middle, for pictures that people look at
 */
function video({ rgb: [r, g, b] }, width, height, figure) {
  // ITU-R BT.601, limited range.
  const colour = [
    16 + (65.481 * r + 128.553 * g + 24.966 * b) / 255,
    128 + (-37.797 * r - 74.203 * g + 112 * b) / 255,
    128 + (112 * r - 93.786 * g - 18.214 * b) / 255,
  ].map(Math.round)
  const frames = 2 * FRAMES_PER_SECOND
  const parts = [Buffer.from(`YUV4MPEG2 W${width} H${height} F${FRAMES_PER_SECOND}:1 Ip A1:1 C420jpeg\n`)]
  for (let frame = 0; frame < frames; frame++) {
    const y = Buffer.alloc(width * height, colour[0])
    // The bar moves along the lower quarter, so the middle of the picture stays the pure colour.
    const left = Math.floor((frame / frames) * width * 0.9)
    for (let row = Math.floor(height * 0.75); row < height; row++)
      y.fill(235, row * width + left, row * width + left + Math.floor(width * 0.1))
    if (figure) paintFigure(y, width, height, colour[0], Math.sin((2 * Math.PI * frame) / frames))
    const chroma = (width * height) / 4
    parts.push(Buffer.from('FRAME\n'), y, Buffer.alloc(chroma, colour[1]), Buffer.alloc(chroma, colour[2]))
  }
  return Buffer.concat(parts)
}

/**
 * Head and shoulders in a lighter shade, nodding a little.
 *
 * @param {Buffer} y
 * @param {number} width
 * @param {number} height
 * @param {number} shade of the ground
 * @param {number} nod from -1 to 1
 */
function paintFigure(y, width, height, shade, nod) {
  for (let row = 0; row < height; row++)
    for (let column = 0; column < width; column++) {
      const [x, at] = [(column - width / 2) / height, row / height]
      const head = Math.hypot(x, at - 0.4 - 0.01 * nod) < 0.17
      const shoulders = Math.hypot(x / 0.36, (at - 1.02) / 0.4) < 1
      if (head || shoulders) y[row * width + column] = Math.min(235, shade + (head ? 70 : 45))
      else y[row * width + column] = shade
    }
}

/**
 * A WAV file of beeps, which Chromium repeats. It beeps because a browser's noise suppression takes
 * a steady tone for noise and removes it.
 *
 * @param {number} hertz
 */
function beeps(hertz) {
  const rate = 48_000
  const [on, total] = [0.4 * rate, 0.6 * rate]
  const samples = Buffer.alloc(2 * total)
  for (let i = 0; i < on; i++) {
    // 20 ms of fading at both ends: a click would spread over all frequencies.
    const fade = Math.min(1, i / 960, (on - i) / 960)
    samples.writeInt16LE(Math.round(9_000 * fade * Math.sin((2 * Math.PI * hertz * i) / rate)), 2 * i)
  }
  const header = Buffer.alloc(44)
  header.write('RIFF', 0)
  header.writeUInt32LE(36 + samples.length, 4)
  header.write('WAVEfmt ', 8)
  header.writeUInt32LE(16, 16)
  header.writeUInt16LE(1, 20) // PCM
  header.writeUInt16LE(1, 22) // one channel
  header.writeUInt32LE(rate, 24)
  header.writeUInt32LE(2 * rate, 28)
  header.writeUInt16LE(2, 32)
  header.writeUInt16LE(16, 34)
  header.write('data', 36)
  header.writeUInt32LE(samples.length, 40)
  return Buffer.concat([header, samples])
}

/**
 * Writes both files into `folder` and returns Chromium's flags for them.
 *
 * @param {Look} look
 * @param {string} folder
 * @param {{ width?: number, height?: number, silent?: boolean, figure?: boolean }} [options]
 */
export async function captureFlags(look, folder, { width = 320, height = 180, silent = false, figure = false } = {}) {
  const [picture, sound] = [join(folder, 'camera.y4m'), join(folder, 'microphone.wav')]
  await writeFile(picture, video(look, width, height, figure))
  await writeFile(sound, beeps(silent ? 0 : look.hertz))
  return [`--use-file-for-fake-video-capture=${picture}`, `--use-file-for-fake-audio-capture=${sound}`]
}
