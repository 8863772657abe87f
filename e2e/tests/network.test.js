// Bad networks, with real browsers: what a participant must still get. Prints what was measured.
//
// The relay is in front of the media port, for both participants and both ways: what one says to
// the other crosses the bad network twice.
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { book } from '../rig/booking.js'
import { LOOKS } from '../rig/capture.js'
import { freeMediaPort, Hub } from '../rig/hub.js'
import { Impairment } from '../rig/impairment.js'
import { Person } from '../rig/person.js'
import { eventually, sleep, until } from '../rig/wait.js'

const { red, green } = LOOKS
const ALL = [red, green]
const WINDOW_MS = 1_500
/** Windows of one measurement, and measurements of which the middle one counts. */
const WINDOWS = 4
const MEASUREMENTS = 5

/** @param {number[]} numbers an odd number of them */
const median = (numbers) => numbers.toSorted((a, b) => a - b)[numbers.length >> 1]

/**
 * Listens and looks for some windows of a second and a half.
 *
 * @param {string} what
 * @param {Person} person
 * @param {import('../rig/capture.js').Look} tone the other's
 */
async function measure(what, person, tone) {
  const begin = await person.totals()
  let heard = 0
  for (let window = 0; window < WINDOWS; window++)
    if ((await person.hears(ALL, WINDOW_MS)).includes(tone)) heard += 1
  const end = await person.totals()
  const samples = end.samples - begin.samples
  const result = {
    concealed: samples > 0 ? (end.concealed - begin.concealed) / samples : 1,
    heard: heard / WINDOWS,
    frames: ((end.frames - begin.frames) * 1000) / (WINDOWS * WINDOW_MS),
    path: await person.path(),
  }
  console.log(`${what}: concealed ${(100 * result.concealed).toFixed(1)} % of ${samples} samples, tone in ${heard} of ${WINDOWS} windows, ${result.frames.toFixed(1)} frames a second, over ${result.path}`)
  return result
}

describe('a bad network', () => {
  /** @type {Hub} */
  let hub
  /** @type {Impairment} */
  let network
  /** @type {{ host: Person, guest: Person }} */
  let people

  before(async () => {
    const listen = await freeMediaPort()
    hub = await Hub.start({ announce: [`127.0.0.1:${listen}`] })
    network = await Impairment.start({ listen, target: hub.mediaPort })
    const meeting = await book(hub)
    const [host, guest] = await Promise.all([Person.start({ look: red }), Person.start({ look: green })])
    people = { host, guest }
    await host.joinAsHost(meeting.link, 'Host', meeting.hostPin)
    await guest.joinAsGuest(meeting.link, 'Guest')
  })
  after(async () => {
    await Promise.all([people?.host.close(), people?.guest.close()])
    network?.stop()
    await hub?.stop()
  })

  /** Waits until both see and hear each other as on a good network. */
  const whole = () => eventually(() => Promise.all([
    people.host.seesAndHears({ Guest: green }, ALL),
    people.guest.seesAndHears({ Host: red }, ALL),
  ]))

  /**
   * What both get of each other once hub and pages have learned what the network is like, which
   * they do by reports that come every few seconds.
   *
   * @param {string} what
   * @param {number} settle milliseconds for that
   */
  async function measured(what, settle = 15_000) {
    await sleep(settle)
    return Promise.all([['host', people.host, green], ['guest', people.guest, red]].map(async ([who, person, tone]) => {
      /** @type {Awaited<ReturnType<typeof measure>>[]} */
      const all = []
      for (let one = 0; one < MEASUREMENTS; one++)
        all.push(await measure(`${what}, ${who}`, /** @type {Person} */ (person), /** @type {import('../rig/capture.js').Look} */ (tone)))
      const middle = (/** @type {'concealed' | 'heard' | 'frames'} */ which) => median(all.map((one) => one[which]))
      return { concealed: middle('concealed'), heard: middle('heard'), frames: middle('frames') }
    }))
  }

  /**
   * A network may do no worse than that to either.
   *
   * @param {string} what
   * @param {{ concealed: number, heard: number, frames?: number }} bounds the most, the least and the least
   */
  async function bears(what, bounds) {
    for (const { concealed, heard, frames } of await measured(what)) {
      assert.ok(concealed <= bounds.concealed, `concealed ${concealed}`)
      assert.ok(heard >= bounds.heard, `heard in ${heard}`)
      assert.ok(frames >= (bounds.frames ?? 0), `frames ${frames}`)
    }
  }

  test('none at all: sound and picture are whole', async () => {
    await network.set({})
    await whole()
    await bears('no impairment', { concealed: 0.03, heard: 1, frames: 3 })
  })

  test('5 % loss each way: hardly a gap in the sound, the picture goes on', async () => {
    await network.both({ loss: 0.05 })
    await bears('5 % loss', { concealed: 0.05, heard: 0.75, frames: 3 })
  })

  test('30 % loss each way: the tone is heard', async () => {
    await network.both({ loss: 0.3 })
    await bears('30 % loss', { concealed: 0.2, heard: 0.75 })
  })

  test('reordering: nothing is missed', async () => {
    await network.both({ reorder: 0.05, reorder_ms: 30, jitter_ms: 10 })
    await bears('reordering', { concealed: 0.05, heard: 0.75, frames: 3 })
  })

  test('300 ms each way: sound and picture are whole, only late', async () => {
    await network.both({ delay_ms: 300 })
    await bears('300 ms', { concealed: 0.05, heard: 0.75, frames: 3 })
  })

  test('a NAT that forgets: media goes on over the new ports', async () => {
    await network.set({})
    await whole()
    const connections = await people.host.connectionCount()
    const before = await people.host.totals()
    await network.rebind()
    const begin = Date.now()
    await until('sound and picture over the new ports', async () => {
      const { frames, samples } = await people.host.totals()
      return frames > before.frames + 30 && samples > before.samples + 48_000
    })
    await whole()
    console.log(`NAT rebinding: whole again ${Date.now() - begin} ms later`)
    assert.equal(await people.host.connectionCount(), connections, 'over the same connection')
  })

  test('100 kbit/s each way: the sound comes through', async () => {
    await network.both({ rate: 100_000, queue: 12_500 })
    await bears('100 kbit/s', { concealed: 0.2, heard: 0.75 })
    await network.set({})
    await whole()
  })

  test('10 s of nothing: all is back by itself', async () => {
    await network.set({})
    await whole()
    await network.both({ blackout: true })
    await sleep(10_000)
    await network.set({})
    const begin = Date.now()
    const { host, guest } = people
    const back = await Promise.all([[host, 'Guest'], [guest, 'Host']].map(async ([person, other]) => {
      await until(`the picture of ${other}`, async () =>
        (await /** @type {Person} */ (person).rateOf(String(other), 300)) > 3, { ms: 30_000, every: 10 })
      return Date.now() - begin
    }))
    console.log(`after 10 s of blackout the pictures are back within ${back.join(' and ')} ms`)
    await whole()
  })

  test('the path is cut: the pages restart ICE, and the same calls go on', async () => {
    await network.set({})
    await whole()
    const everybody = Object.values(people)
    /** @type {string[]} */
    const asked = []
    const note = (/** @type {import('puppeteer-core').HTTPRequest} */ request) => {
      if (request.method() === 'POST') asked.push(new URL(request.url()).pathname)
    }
    const as = () => Promise.all(everybody.map(async (person) => [await person.connectionCount(), await person.entries()]))
    const [before, names] = [await as(), await Promise.all(everybody.map((person) => person.iceName()))]
    for (const { page } of everybody) page.on('request', note)
    await network.both({ blackout: true })
    await Promise.all(everybody.map((person, at) => until('a restart that the hub has answered', async () =>
      (await person.iceName()) !== names[at], { ms: 60_000, every: 20 })))
    const frames = await Promise.all(everybody.map(async (person) => (await person.totals()).frames))
    await network.set({})
    const begin = Date.now()
    await Promise.all(everybody.map((person, at) => until('pictures after the restart', async () =>
      (await person.totals()).frames > frames[at] + 30, { ms: 60_000 })))
    console.log(`after the restart of ICE pictures are back within ${Date.now() - begin} ms`)
    await whole()
    for (const { page } of everybody) page.off('request', note)
    const calls = asked.filter((path) => /\/calls(\/[^/]+\/update)?$/.test(path))
    assert.ok(calls.length >= 2 && calls.every((path) => path.endsWith('/update')), `no call is made anew: ${calls}`)
    assert.deepEqual(await as(), before, 'over the same connections, in the same seats')
  })

  test('UDP is blocked in the middle of a meeting: it goes on over TCP', async () => {
    await network.set({})
    await whole()
    await network.set({ udp_blocked: true })
    const begin = Date.now()
    for (const person of Object.values(people))
      await until('media over TCP', async () => (await person.path()) === 'tcp', { ms: 60_000 })
    await whole()
    console.log(`UDP blocked: over TCP ${Date.now() - begin} ms later`)
    await bears('UDP blocked', { concealed: 0.05, heard: 0.75 })
  })
})
