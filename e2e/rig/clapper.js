// A camera and a microphone that flash and beep at the same moment, once a second, and somebody who
// watches how far apart the two arrive: what a clapperboard is for.

/** Runs in the sender's page, before its own scripts. */
export function clap() {
  const EVERY_MS = 1_000
  const LONG_MS = 200
  /** @type {{ video: MediaStreamTrack, audio: MediaStreamTrack } | undefined} */
  let made

  function make() {
    const canvas = Object.assign(document.createElement('canvas'), { width: 640, height: 360 })
    const paint = /** @type {CanvasRenderingContext2D} */ (canvas.getContext('2d'))
    const context = new AudioContext()
    const tone = new OscillatorNode(context, { frequency: 900 })
    const gain = new GainNode(context, { gain: 0 })
    const out = new MediaStreamAudioDestinationNode(context)
    tone.connect(gain).connect(out)
    tone.start()
    // Both from one timer; the picture is painted at each step, as a canvas that stands still sends nothing.
    setInterval(() => {
      const on = performance.now() % EVERY_MS < LONG_MS
      paint.fillStyle = on ? '#fff' : '#222'
      paint.fillRect(0, 0, canvas.width, canvas.height)
      gain.gain.value = on ? 0.5 : 0
    }, 15)
    return { video: canvas.captureStream(30).getVideoTracks()[0], audio: out.stream.getAudioTracks()[0] }
  }

  navigator.mediaDevices.getUserMedia = async ({ video, audio } = {}) => {
    made ??= make()
    return new MediaStream([...(video ? [made.video.clone()] : []), ...(audio ? [made.audio.clone()] : [])])
  }
}

/**
 * Runs in the page of somebody who sees and hears it: how far the picture is behind the sound, in
 * milliseconds, for each clap within `ms`.
 *
 * @param {number} ms
 */
export async function watch(ms) {
  /** @type {number[]} */
  const flashes = []
  /** @type {number[]} */
  const beeps = []
  const video = /** @type {HTMLVideoElement | null} */ (document.querySelector('[data-participant] video'))
  const sounds = [...document.querySelectorAll('audio')].flatMap(({ srcObject }) => (srcObject instanceof MediaStream ? [srcObject] : []))
  if (!video || sounds.length === 0) return []

  const paint = /** @type {CanvasRenderingContext2D} */ (Object.assign(document.createElement('canvas'), { width: 1, height: 1 }).getContext('2d', { willReadFrequently: true }))
  let [bright, loud, watching] = [true, true, true]
  const look = (/** @type {number} */ _, /** @type {VideoFrameCallbackMetadata} */ { expectedDisplayTime }) => {
    paint.drawImage(video, video.videoWidth / 2, video.videoHeight / 2, 1, 1, 0, 0, 1, 1)
    const now = paint.getImageData(0, 0, 1, 1).data[0] > 128
    if (now && !bright) flashes.push(expectedDisplayTime)
    bright = now
    if (watching) video.requestVideoFrameCallback(look)
  }
  video.requestVideoFrameCallback(look)

  const context = new AudioContext()
  const ear = new AnalyserNode(context, { fftSize: 256 })
  for (const stream of sounds) context.createMediaStreamSource(stream).connect(ear)
  const wave = new Float32Array(ear.fftSize)
  const timer = setInterval(() => {
    ear.getFloatTimeDomainData(wave)
    const now = wave.some((value) => Math.abs(value) > 0.05)
    if (now && !loud) beeps.push(performance.now())
    loud = now
  }, 4)

  await new Promise((resolve) => setTimeout(resolve, ms))
  watching = false
  clearInterval(timer)
  await context.close()
  // Claps are a second apart: the beep of a flash is the one within half of that.
  return flashes.flatMap((flash) => beeps.filter((beep) => Math.abs(flash - beep) < 500).map((beep) => flash - beep))
}
