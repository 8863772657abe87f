// Direct media: two browsers talk from one to the other, encrypted from end to end, and go on through
// the hub when a third comes or the path is cut, without asking to be let in again.
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { book, useTemplate } from '../rig/booking.js'
import { LOOKS } from '../rig/capture.js'
import { Hub } from '../rig/hub.js'
import { Person } from '../rig/person.js'
import { SdkPerson, servePage } from '../rig/sdk.js'
import { sleep, until } from '../rig/wait.js'

const { red, green, blue } = LOOKS
const ALL = Object.values(LOOKS)

describe('a room with direct media', () => {
  /** @type {Hub} */
  let hub
  before(async () => {
    hub = await Hub.start()
    await useTemplate(hub, { directMedia: 'best_effort' })
  })
  after(() => hub?.stop())

  /** Packets of participants that the hub has received, and those it forwarded. */
  async function carried() {
    const text = await (await fetch(`${hub.url}/metrics`)).text()
    const value = (/** @type {string} */ name) => Number(new RegExp(`^vdx_media_${name}(?:_total)?(?:{[^}]*})? (\\d+)`, 'm').exec(text)?.[1] ?? NaN)
    return [value('packets_received'), value('packets_forwarded')]
  }

  /** Waits until these media ports are each other's. @param {() => Promise<{ local: number, remote: number } | undefined>} one @param {() => Promise<{ local: number, remote: number } | undefined>} other */
  async function joined(one, other) {
    await until('media from browser to browser', async () => {
      const [here, there] = [await one(), await other()]
      return here && there && here.remote === there.local && there.remote === here.local
    })
    assert.notEqual((await one())?.remote, hub.mediaPort)
  }

  /** Two in direct media. */
  async function two() {
    const meeting = await book(hub)
    const [host, guest] = await Promise.all([Person.start({ look: red }), Person.start({ look: green })])
    // The guest waits for the host, as it mostly is.
    await guest.goInAsGuest(meeting.link, 'Patient')
    await guest.waits()
    await host.joinAsHost(meeting.link, 'Clinician', meeting.hostPin)
    await guest.isIn()
    await joined(() => host.ends(), () => guest.ends())
    return { meeting, host, guest }
  }

  /** Whether the hub's port is where somebody's media goes. @param {{ ends: Person['ends'] }} person */
  const isOnHub = async (person) => (await person.ends())?.remote === hub.mediaPort

  test('two see and hear each other, and nothing of it passes the hub; a third brings all there', async () => {
    const { meeting, host, guest } = await two()
    const third = await Person.start({ look: blue })
    try {
      await Promise.all([host.shows('direct'), guest.shows('direct')])
      const before = await carried()
      assert.ok(before.every(Number.isFinite), `counters ${before}`)
      await host.seesAndHears({ Patient: green }, ALL)
      await guest.seesAndHears({ Clinician: red }, ALL)
      assert.deepEqual(await carried(), before, 'the hub carried something')

      const entries = [await host.entries(), await guest.entries()]
      await third.joinAsGuest(meeting.link, 'Interpreter')
      const came = Date.now()
      await Promise.all([host, guest, third].map((person) => until('media through the hub', () => isOnHub(person))))
      console.log(`all on the hub ${Date.now() - came} ms after the third was in`)
      await host.seesAndHears({ Patient: green, Interpreter: blue }, ALL)
      await guest.seesAndHears({ Clinician: red, Interpreter: blue }, ALL)
      await third.seesAndHears({ Clinician: red, Patient: green }, ALL)
      for (const person of [host, guest]) assert.equal(await person.isDirect(), false)
      assert.deepEqual([await host.entries(), await guest.entries()], entries, 'without asking to be let in again')

      // They stay there when the third goes.
      await third.leave()
      await sleep(1_000)
      await host.seesAndHears({ Patient: green }, ALL)
      assert.equal(await isOnHub(host), true)
    } finally {
      await Promise.all([host.close(), guest.close(), third.close()])
    }
  })

  test('a path that is cut is replaced by the hub within moments', async () => {
    const { host, guest } = await two()
    try {
      await host.seesAndHears({ Patient: green }, ALL)
      const entries = await host.entries()
      await host.cut()
      const cut = Date.now()
      await Promise.all([host, guest].map((person) => until('media through the hub', () => isOnHub(person), { ms: 15_000, every: 50 })))
      console.log(`both on the hub ${Date.now() - cut} ms after the cut (at most 3500 wanted)`)
      await host.seesAndHears({ Patient: green }, ALL)
      await guest.seesAndHears({ Clinician: red }, ALL)
      assert.equal(await host.entries(), entries, 'without asking to be let in again')
    } finally {
      await Promise.all([host.close(), guest.close()])
    }
  })

  test('when one goes and another comes, that is direct again', async () => {
    const { meeting, host, guest } = await two()
    const next = await Person.start({ look: blue })
    try {
      await guest.leave()
      await until('the tile to go', async () => (await host.tiles()).length === 0)
      await next.joinAsGuest(meeting.link, 'Relative')
      await joined(() => host.ends(), () => next.ends())
      await host.seesAndHears({ Relative: blue }, ALL)
    } finally {
      await Promise.all([host.close(), guest.close(), next.close()])
    }
  })

  test('two clients on @pexip/infinity, and the page as the third', async () => {
    const meeting = await book(hub)
    const page = await servePage()
    const [host, guest] = await Promise.all([SdkPerson.start(page.url, { look: red }), SdkPerson.start(page.url, { look: green })])
    const third = await Person.start({ look: blue })
    try {
      const where = { host: hub.url, alias: meeting.address }
      assert.equal(await host.join({ ...where, pin: meeting.hostPin, displayName: 'Clinician' }), 200)
      assert.equal((await host.seen()).flags.isDirectMedia, true)
      assert.equal(await guest.join({ ...where, pin: 'none', displayName: 'Patient' }), 200)
      await joined(() => host.ends(), () => guest.ends())
      await until("the guest's picture and tone", async () => (await host.sees(ALL)) === green && (await host.hears(ALL)).includes(green))
      await until("the host's picture and tone", async () => (await guest.sees(ALL)) === red && (await guest.hears(ALL)).includes(red))
      const before = await carried()
      await sleep(2_000)
      assert.deepEqual(await carried(), before, 'the hub carried something')
      for (const person of [host, guest]) await person.knows('direct media', ({ status }) => status?.directMedia)

      // A presentation is negotiated between the two.
      await guest.present()
      await guest.knows('that it presents', ({ presentation }) => presentation?.send === 'connected')
      await host.knows('the presentation', ({ presentation }) => presentation?.recv === 'connected')
      await guest.stopPresenting()

      await third.joinAsGuest(meeting.link, 'Interpreter')
      for (const person of [host, guest]) {
        await until('media through the hub', () => isOnHub(/** @type {any} */ (person)))
        assert.equal((await person.seen()).peerDisconnects, 1)
        assert.equal(await person.entries(), 1, 'without asking to be let in again')
      }
      await third.seesAndHears({ Clinician: red, Patient: green }, ALL)
      await until("the others' tones", async () => {
        const heard = await host.hears(ALL)
        return heard.includes(green) && heard.includes(blue)
      })
    } finally {
      await Promise.all([host.close(), guest.close(), third.close()])
      page.close()
    }
  })

  test('the page and a client on @pexip/infinity', async () => {
    const meeting = await book(hub)
    const page = await servePage()
    const [sdk, person] = await Promise.all([SdkPerson.start(page.url, { look: red }), Person.start({ look: green })])
    try {
      assert.equal(await sdk.join({ host: hub.url, alias: meeting.address, pin: meeting.hostPin, displayName: 'Clinician' }), 200)
      await person.joinAsGuest(meeting.link, 'Patient')
      await joined(() => sdk.ends(), () => person.ends())
      await person.seesAndHears({ Clinician: red }, ALL)
      await until("the page's picture and tone", async () => (await sdk.sees(ALL)) === green && (await sdk.hears(ALL)).includes(green))
    } finally {
      await Promise.all([sdk.close(), person.close()])
      page.close()
    }
  })
})
