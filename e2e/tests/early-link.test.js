// A link that is opened too early counts down and leads in by itself.
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { book } from '../rig/booking.js'
import { LOOKS } from '../rig/capture.js'
import { Hub } from '../rig/hub.js'
import { Person } from '../rig/person.js'

/** A meeting's room opens so long before the meeting. */
const OPEN_BEFORE_MS = 15 * 60_000
/** From the booking to the opening: the page is to be seen counting. */
const SOON_MS = 20_000

describe('a link that is too early', () => {
  /** @type {Hub} */
  let hub
  before(async () => { hub = await Hub.start() })
  after(() => hub?.stop())

  test('counts down, and leads in when it is time, without a touch', async () => {
    const person = await Person.start({ look: LOOKS.green })
    try {
      // Bookings know whole seconds.
      const starts = Math.ceil(Date.now() / 1_000) * 1_000 + OPEN_BEFORE_MS + SOON_MS
      const times = { startTime: new Date(starts).toISOString(), endTime: new Date(starts + OPEN_BEFORE_MS).toISOString() }
      await person.open((await book(hub, times)).link)
      await person.shows('link-not-yet')
      const counted = (await person.textOf('countdown')) ?? ''
      assert.match(counted, /^0:[0-2]\d$/, 'some seconds are left')
      const loaded = await person.page.evaluate(() => performance.timeOrigin)

      await person.page.waitForSelector('[data-testid=step-devices]', { visible: true, timeout: 10 * SOON_MS })
      console.log(`let in ${Date.now() - (starts - OPEN_BEFORE_MS)} ms after the room opened`)
      assert.ok(Date.now() >= starts - OPEN_BEFORE_MS, 'not before it is open')
      assert.equal(await person.page.evaluate(() => performance.timeOrigin), loaded, 'the page was not loaded anew')
      await person.enterName('Patient')
      await person.goIn()
      await person.waits()
    } finally {
      await person.close()
    }
  })
})
