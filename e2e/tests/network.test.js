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

/**
 * Listens and looks for `windows` windows of a second and a half.
 *
 * @param {string} what
 * @param {Person} person
 * @param {import('../rig/capture.js').Look} tone the other's
 */
async function measure(what, person, tone, windows = 8) {
  const begin = await person.totals()
  let heard = 0
  for (let window = 0; window < windows; window++)
    if ((await person.hears(ALL, WINDOW_MS)).includes(tone)) heard += 1
  const end = await person.totals()
  const samples = end.samples - begin.samples
  const result = {
    concealed: samples > 0 ? (end.concealed - begin.concealed) / samples : 1,
    heard: heard / windows,
    frames: ((end.frames - begin.frames) * 1000) / (windows * WINDOW_MS),
    path: await person.path(),
  }
  console.log(`${what}: concealed ${(100 * result.concealed).toFixed(1)} % of ${samples} samples, tone in ${heard} of ${windows} windows, ${result.frames.toFixed(1)} frames a second, over ${result.path}`)
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

  /** @param {string} what @param {{ settle?: number, windows?: number }} [options] */
  async function measured(what, { settle = 6_000, windows = 8 } = {}) {
    await sleep(settle)
    const [host, guest] = await Promise.all([
      measure(`${what}, host`, people.host, green, windows),
      measure(`${what}, guest`, people.guest, red, windows),
    ])
    return [host, guest]
  }

  test('none at all: sound and picture are whole', async () => {
    await network.set({})
    await whole()
    await eventually(async () => {
      for (const { concealed, heard } of await measured('no impairment', { settle: 3_000, windows: 4 })) {
        assert.ok(concealed <= 0.03, `concealed ${concealed}`)
        assert.equal(heard, 1)
      }
    }, 120_000)
  })

  test('5 % loss each way: hardly a gap in the sound, the picture goes on', async () => {
    await network.both({ loss: 0.05 })
    // The hub and the page learn of loss by reports that come every few seconds.
    await eventually(async () => {
      for (const { concealed, heard, frames } of await measured('5 % loss', { settle: 12_000 })) {
        assert.ok(concealed <= 0.05, `concealed ${concealed}`)
        assert.ok(heard >= 0.85, `heard in ${heard}`)
        assert.ok(frames > 3, `frames ${frames}`)
      }
    }, 120_000)
  })

  test('30 % loss each way: the tone is heard', async () => {
    await network.both({ loss: 0.3 })
    await eventually(async () => {
      for (const { concealed, heard } of await measured('30 % loss', { settle: 10_000 })) {
        assert.ok(concealed <= 0.2, `concealed ${concealed}`)
        assert.ok(heard >= 0.85, `heard in ${heard}`)
      }
    }, 120_000)
  })

  test('reordering: nothing is missed', async () => {
    await network.both({ reorder: 0.05, reorder_ms: 30, jitter_ms: 10 })
    await eventually(async () => {
      for (const { concealed, heard, frames } of await measured('reordering', { settle: 8_000 })) {
        assert.ok(concealed <= 0.05, `concealed ${concealed}`)
        assert.ok(heard >= 0.85, `heard in ${heard}`)
        assert.ok(frames > 3, `frames ${frames}`)
      }
    }, 120_000)
  })

  test('300 ms each way: sound and picture are whole, only late', async () => {
    await network.both({ delay_ms: 300 })
    await eventually(async () => {
      for (const { concealed, heard, frames } of await measured('300 ms', { settle: 8_000 })) {
        assert.ok(concealed <= 0.05, `concealed ${concealed}`)
        assert.ok(heard >= 0.85, `heard in ${heard}`)
        assert.ok(frames > 3, `frames ${frames}`)
      }
    }, 120_000)
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
    await eventually(async () => {
      for (const { concealed, heard } of await measured('100 kbit/s', { settle: 15_000 })) {
        assert.ok(concealed <= 0.2, `concealed ${concealed}`)
        assert.ok(heard >= 0.85, `heard in ${heard}`)
      }
    }, 120_000)
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

  test('UDP is blocked in the middle of a meeting: it goes on over TCP', async () => {
    await network.set({})
    await whole()
    await network.set({ udp_blocked: true })
    const begin = Date.now()
    for (const person of Object.values(people))
      await until('media over TCP', async () => (await person.path()) === 'tcp', { ms: 60_000 })
    await whole()
    console.log(`UDP blocked: over TCP ${Date.now() - begin} ms later`)
    await eventually(async () => {
      for (const { concealed, heard } of await measured('UDP blocked', { windows: 4 })) {
        assert.ok(concealed <= 0.05, `concealed ${concealed}`)
        assert.ok(heard >= 0.75, `heard in ${heard}`)
      }
    }, 120_000)
  })
})
