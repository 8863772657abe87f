// Devices that go and fail. What a browser's flags cannot do - a cable pulled out, a camera that
// another program holds - is done by standing between the page and the browser's fake devices.

/** Runs in the page before its own scripts: it can use nothing from outside. Adds `window.cables`. */
export function breakable() {
  const devices = navigator.mediaDevices
  // Firefox runs this in its empty first page too, which may store nothing.
  const storage = (() => { try { return sessionStorage } catch { return null } })()
  if (!devices || !storage) return
  const ask = devices.getUserMedia.bind(devices)
  const list = devices.enumerateDevices.bind(devices)
  /** Labels of the devices that are pulled out. @type {Set<string>} */
  const out = new Set(JSON.parse(storage.getItem('cables.out') ?? '[]'))
  /** @type {Record<string, string | undefined>} */
  const failing = JSON.parse(storage.getItem('cables.failing') ?? '{}')
  /** @type {Set<MediaStreamTrack>} */
  const tracks = new Set()
  let asked = 0

  const keep = () => {
    storage.setItem('cables.out', JSON.stringify([...out]))
    storage.setItem('cables.failing', JSON.stringify(failing))
  }
  const there = async () => (await list()).filter((one) => !out.has(one.label))

  /** @param {'video' | 'audio'} kind @param {boolean | MediaTrackConstraints} wish */
  async function choose(kind, wish) {
    if (failing[kind]) throw new DOMException('made to fail', failing[kind])
    const all = (await list()).filter((one) => one.kind === `${kind}input`)
    const left = all.filter((one) => !out.has(one.label))
    if (all.length > 0 && left.length === 0) throw new DOMException('pulled out', 'NotFoundError')
    const constraints = wish === true ? {} : { .../** @type {MediaTrackConstraints} */ (wish) }
    const id = /** @type {ConstrainDOMStringParameters | undefined} */ (constraints.deviceId)?.exact
    if (id !== undefined && all.some((one) => one.deviceId === id && out.has(one.label)))
      throw new DOMException('pulled out', 'OverconstrainedError')
    // The one the browser would take is gone: it takes the next.
    if (id === undefined && left.length < all.length && left[0].deviceId) constraints.deviceId = { exact: left[0].deviceId }
    return constraints
  }

  devices.getUserMedia = async (constraints = {}) => {
    asked += 1
    const { video, audio } = constraints
    const stream = await ask({
      ...(video && { video: await choose('video', video) }),
      ...(audio && { audio: await choose('audio', audio) }),
    })
    for (const track of stream.getTracks()) tracks.add(track)
    return stream
  }
  devices.enumerateDevices = there

  Object.assign(window, {
    cables: {
      /** How often the page asked for devices. */
      asked: () => asked,
      /** @param {string} label */
      pull(label) {
        out.add(label)
        keep()
        for (const track of tracks) {
          if (track.label !== label || track.readyState === 'ended') continue
          track.stop()
          track.dispatchEvent(new Event('ended'))
        }
        devices.dispatchEvent(new Event('devicechange'))
      },
      /** @param {string} [label] all without */
      plug(label) {
        if (label === undefined) out.clear()
        else out.delete(label)
        keep()
        devices.dispatchEvent(new Event('devicechange'))
      },
      /** Lets requests for this kind fail with an error of this name; without a name they work again. @param {'video' | 'audio'} kind @param {string} [name] */
      fail(kind, name) {
        failing[kind] = name
        keep()
      },
      /** What the system does to a microphone during a phone call. @param {boolean} muted */
      hold(muted) {
        for (const track of tracks) {
          if (track.kind !== 'audio' || track.readyState === 'ended') continue
          Object.defineProperty(track, 'muted', { value: muted, configurable: true })
          track.dispatchEvent(new Event(muted ? 'mute' : 'unmute'))
        }
      },
      /** Labels of the tracks that are open. */
      open: () => [...tracks].filter((track) => track.readyState === 'live').map((track) => track.label),
    },
  })
}

/** Runs in the page before its own scripts: a screen that is shared without a question, where the browser finds none. */
export function paintedScreen() {
  if (!navigator.mediaDevices) return
  navigator.mediaDevices.getDisplayMedia = async () => {
    const canvas = Object.assign(document.createElement('canvas'), { width: 640, height: 360 })
    const paint = /** @type {CanvasRenderingContext2D} */ (canvas.getContext('2d'))
    let frame = 0
    setInterval(() => {
      paint.fillStyle = 'white'
      paint.fillRect(0, 0, 640, 360)
      paint.fillStyle = 'black'
      paint.fillRect((frame++ * 20) % 640, 100, 80, 160)
    }, 100)
    return canvas.captureStream(10)
  }
}

/**
 * Pulls out every device of these kinds; for pages that may know their names.
 *
 * @param {import('./person.js').Person} person
 * @param {...MediaDeviceKind} kinds
 */
export async function pullOut(person, ...kinds) {
  await person.page.evaluate(async (kinds) => {
    for (const { kind, label } of await navigator.mediaDevices.enumerateDevices()) if (kinds.includes(kind)) window.cables.pull(label)
  }, kinds)
}

/** Plugs everything in again. @param {import('./person.js').Person} person */
export async function plugIn(person) {
  await person.page.evaluate(() => window.cables.plug())
}
