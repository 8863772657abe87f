// What a page shows and plays, measured inside the page. `install` is sent into it before its own
// scripts run, and adds `window.senses`; it changes nothing that the page can notice.

/** Runs in the page: it can use nothing from outside. */
export function install() {
  /** @type {WeakMap<MediaStream, AnalyserNode>} */
  const ears = new WeakMap()
  /** @type {AudioContext | undefined} */
  let context

  /** @param {HTMLMediaElement} element */
  function ear(element) {
    const stream = element.srcObject
    if (!(stream instanceof MediaStream) || element.muted || element.paused || element.volume === 0) return
    if (!stream.getAudioTracks().some((track) => track.enabled && track.readyState === 'live')) return
    context ??= new AudioContext()
    let analyser = ears.get(stream)
    if (!analyser) {
      analyser = new AnalyserNode(context, { fftSize: 8192, smoothingTimeConstant: 0 })
      context.createMediaStreamSource(stream).connect(analyser)
      ears.set(stream, analyser)
    }
    return analyser
  }

  const canvas = document.createElement('canvas')
  canvas.width = canvas.height = 1

  /** @type {RTCPeerConnection[]} */
  const connections = []
  const Native = window.RTCPeerConnection
  window.RTCPeerConnection = class extends Native {
    /** @param {RTCConfiguration} [configuration] */
    constructor(configuration) {
      super(configuration)
      connections.push(this)
    }
  }

  /** When the first picture of somebody else was shown, as `performance.now()` counts. */
  let firstFrame = 0
  /** When things happened, in milliseconds since the epoch: pages on one machine share a clock. @type {Record<string, number>} */
  const moments = {}
  const note = (/** @type {string} */ what, at = performance.now()) => { moments[what] ??= performance.timeOrigin + at }
  const watched = new WeakSet()
  /** Notes the first picture in each video that matches. @param {string} which @param {(video: HTMLVideoElement, now: number) => string} name */
  const watch = (which, name) => {
    for (const video of /** @type {NodeListOf<HTMLVideoElement>} */ (document.querySelectorAll(which))) {
      if (watched.has(video)) continue
      watched.add(video)
      video.requestVideoFrameCallback((now) => note(name(video, now), now))
    }
  }
  new MutationObserver(() => {
    watch('[data-participant] video', (video, now) => {
      firstFrame ||= now
      return `picture of ${video.closest('[data-participant]')?.getAttribute('data-name')}`
    })
    watch('[data-kind=slides] video', () => 'slides')
    if (document.querySelector('[data-testid=waiting]')) note('waiting')
    if (document.querySelector('main .button')) note('first button')
    for (const one of document.querySelectorAll('[data-testid=door] li')) note(`${one.getAttribute('data-name')} at the door`)
  }).observe(document, { subtree: true, childList: true, attributes: true, attributeFilter: ['data-participant', 'data-name'] })
  document.addEventListener('click', (event) => {
    const button = event.target instanceof Element ? event.target.closest('[data-testid]') : null
    if (button) moments[`press of ${button.getAttribute('data-testid')}`] = performance.timeOrigin + event.timeStamp
  }, { capture: true })

  const senses = {
    /** Milliseconds from the request for a token to the first picture of somebody else; 0 before. */
    joinTime() {
      const request = performance.getEntriesByType('resource').findLast(({ name }) => name.endsWith('/request_token'))
      return firstFrame && request ? firstFrame - request.startTime : 0
    },

    /** When a thing happened first, in milliseconds since the epoch; a press: last. */
    moments() {
      return moments
    },

    /** The number of the newest connection, and what was decoded of it: pictures, and sound. */
    async received() {
      const connection = connections.length - 1
      let [frames, samples] = [0, 0]
      const stats = await connections[connection]?.getStats()
      for (const stream of stats?.values() ?? []) {
        if (stream.type !== 'inbound-rtp') continue
        frames += stream.framesDecoded ?? 0
        samples += (stream.totalSamplesReceived ?? 0) - (stream.concealedSamples ?? 0)
      }
      return { connection, frames, samples }
    },

    /** The MIME types of the video codecs that are being sent now. */
    async sentCodecs() {
      const codecs = new Set()
      for (const connection of connections.filter(({ connectionState }) => connectionState === 'connected')) {
        const stats = await connection.getStats()
        for (const stream of stats.values())
          if (stream.type === 'outbound-rtp' && stream.kind === 'video' && stream.active !== false && stream.framesPerSecond > 0)
            codecs.add(stats.get(stream.codecId)?.mimeType)
      }
      return [...codecs]
    },

    /**
     * The MIME type of the codec that a picture arrives in.
     *
     * @param {HTMLVideoElement} video
     */
    async receivedCodec(video) {
      const [track] = video.srcObject instanceof MediaStream ? video.srcObject.getVideoTracks() : []
      for (const connection of connections) {
        const stats = await connection.getStats()
        for (const stream of stats.values())
          if (stream.type === 'inbound-rtp' && stream.trackIdentifier === track?.id)
            return stats.get(stream.codecId)?.mimeType
      }
    },

    /**
     * The rows of the picture that arrives, and its bytes so far; 0 rows before the first frame.
     *
     * @param {HTMLVideoElement} video
     */
    async receivedPicture(video) {
      const [track] = video.srcObject instanceof MediaStream ? video.srcObject.getVideoTracks() : []
      for (const connection of connections) {
        const stats = await connection.getStats()
        for (const stream of stats.values())
          if (stream.type === 'inbound-rtp' && stream.trackIdentifier === track?.id)
            return { height: stream.frameHeight ?? 0, bytes: stream.bytesReceived ?? 0 }
      }
    },

    /** The bytes sent so far of each layer of the camera, by its name. */
    async sentLayers() {
      /** @type {Record<string, number>} */
      const layers = {}
      for (const connection of connections.filter(({ connectionState }) => connectionState === 'connected')) {
        const stats = await connection.getStats()
        for (const stream of stats.values())
          if (stream.type === 'outbound-rtp' && stream.kind === 'video' && stream.rid) layers[stream.rid] = stream.bytesSent
      }
      return layers
    },

    /**
     * What has been received since the page was opened, over all connections there were: samples of
     * sound that were played and those among them that the browser made up, and frames decoded.
     */
    async totals() {
      const sum = { samples: 0, concealed: 0, frames: 0, packets: 0, lost: 0 }
      for (const connection of connections) {
        for (const stream of (await connection.getStats()).values()) {
          if (stream.type !== 'inbound-rtp' || !stream.packetsReceived) continue
          sum.packets += stream.packetsReceived
          sum.lost += stream.packetsLost
          sum.frames += stream.framesDecoded ?? 0
          sum.samples += stream.totalSamplesReceived ?? 0
          sum.concealed += stream.concealedSamples ?? 0
        }
      }
      return sum
    },

    /** The path that media takes now: `udp`, `tcp`, or `relay` and how the relay is reached. */
    async path() {
      const connection = connections.findLast(({ connectionState }) => connectionState === 'connected')
      if (!connection) return
      const stats = await connection.getStats()
      for (const transport of stats.values()) {
        if (transport.type !== 'transport') continue
        const local = stats.get(stats.get(transport.selectedCandidatePairId)?.localCandidateId)
        if (local) return local.candidateType === 'relay' ? `relay ${local.relayProtocol}` : local.protocol
      }
    },

    /** Where the newest connection that is up sends its media to, and what it sends from. */
    async ends() {
      const connection = connections.findLast(({ connectionState }) => connectionState === 'connected')
      const stats = await connection?.getStats()
      for (const transport of stats?.values() ?? []) {
        if (transport.type !== 'transport') continue
        const pair = stats?.get(transport.selectedCandidatePairId)
        const [local, remote] = [stats?.get(pair?.localCandidateId), stats?.get(pair?.remoteCandidateId)]
        if (local && remote) return { local: local.port, remote: remote.port }
      }
    },

    /** Cuts the connections that are up: nothing goes by them any more, and the page is not told. */
    cut() {
      for (const connection of connections.filter(({ connectionState }) => connectionState === 'connected')) connection.close()
    },

    /** How often the page asked to be let in. */
    entries() {
      const requests = performance.getEntriesByType('resource')
      return requests.filter(({ name }) => name.endsWith('/request_token')).length
    },

    /** The name of the newest connection for ICE, as it was agreed last: each restart gives it another. */
    iceName() {
      const agreed = connections.at(-1)?.currentLocalDescription?.sdp
      return agreed?.match(/^a=ice-ufrag:(.+)$/m)?.[1].trim()
    },

    /** How many connections the page has made. */
    connectionCount() {
      return connections.length
    },

    /**
     * The highest level of each tone in what the page plays, sampled for `ms`, in decibels below
     * full scale; -200 for one that never stood out of the rest of the spectrum.
     *
     * @param {number[]} hertz
     * @param {number} ms
     */
    async hear(hertz, ms) {
      return (await senses.listen(hertz, ms)).loudest
    },

    /**
     * `hear`, and the share of the samples in which the tones stood out all at once, 0 to 1.
     *
     * @param {number[]} hertz
     * @param {number} ms
     */
    async listen(hertz, ms) {
      let [samples, together] = [0, 0]
      /** @type {Record<number, number>} */
      const loudest = Object.fromEntries(hertz.map((tone) => [tone, -200]))
      for (const end = performance.now() + ms; performance.now() < end; ) {
        for (const element of document.querySelectorAll('audio, video')) {
          const analyser = ear(/** @type {HTMLMediaElement} */ (element))
          if (!analyser) continue
          const spectrum = new Float32Array(analyser.frequencyBinCount)
          analyser.getFloatFrequencyData(spectrum)
          // The band of speech; above it a codec may cut everything off.
          const width = analyser.context.sampleRate / analyser.fftSize
          const band = [...spectrum.slice(Math.round(200 / width), Math.round(3000 / width))].sort((a, b) => a - b)
          const median = Math.max(band[band.length >> 1], -110)
          let standing = 0
          for (const tone of hertz) {
            const bin = Math.round(tone / width)
            const level = Math.max(spectrum[bin - 1], spectrum[bin], spectrum[bin + 1])
            if (level <= Math.max(-70, median + 25)) continue
            loudest[tone] = Math.max(loudest[tone], level)
            standing += 1
          }
          samples += 1
          together += standing === hertz.length ? 1 : 0
        }
        await new Promise((resolve) => setTimeout(resolve, 60))
      }
      return { loudest, together: samples > 0 ? together / samples : 0 }
    },

    /**
     * The colour in the middle of a picture, as [red, green, blue]; nothing before its first frame.
     *
     * @param {HTMLVideoElement} video
     */
    colour(video) {
      if (video.videoWidth === 0) return
      const paint = /** @type {CanvasRenderingContext2D} */ (canvas.getContext('2d', { willReadFrequently: true }))
      const [w, h] = [video.videoWidth, video.videoHeight]
      paint.drawImage(video, w * 0.45, h * 0.45, w * 0.1, h * 0.1, 0, 0, 1, 1)
      return [...paint.getImageData(0, 0, 1, 1).data.slice(0, 3)]
    },

    /**
     * Frames a second that a picture really shows, counted for `ms`.
     *
     * @param {HTMLVideoElement} video
     * @param {number} ms
     */
    async rate(video, ms) {
      let frames = 0
      let counting = true
      const count = () => {
        frames += 1
        if (counting) video.requestVideoFrameCallback(count)
      }
      const begin = performance.now()
      video.requestVideoFrameCallback(count)
      await new Promise((resolve) => setTimeout(resolve, ms))
      counting = false
      return (frames * 1000) / (performance.now() - begin)
    },
  }
  Object.assign(window, { senses })
}

/** @typedef {import('./capture.js').Look} Look */

/**
 * The looks whose tones are in what was heard. A beep's beginning and end spread a little over the
 * neighbouring tones, far below the beep itself.
 *
 * @param {Record<number, number>} levels from `senses.hear`
 * @param {Look[]} looks
 */
export function heardOf(levels, looks) {
  const loudest = Math.max(...looks.map(({ hertz }) => levels[hertz]))
  return looks.filter(({ hertz }) => levels[hertz] > -100 && levels[hertz] > loudest - 25)
}

/**
 * The look whose colour this is, by the smallest distance, or nothing when none is near.
 *
 * @param {number[] | undefined} rgb
 * @param {Look[]} looks
 */
export function lookOf(rgb, looks) {
  if (!rgb) return undefined
  const distance = (/** @type {Look} */ look) => Math.hypot(...look.rgb.map((value, i) => value - rgb[i]))
  const [nearest] = [...looks].sort((a, b) => distance(a) - distance(b))
  return distance(nearest) < 70 ? nearest : undefined
}
