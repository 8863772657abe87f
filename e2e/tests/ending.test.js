// The end of a meeting comes near: everybody is told, and a host moves it.
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { book } from '../rig/booking.js'
import { LOOKS } from '../rig/capture.js'
import { Hub } from '../rig/hub.js'
import { Person } from '../rig/person.js'
import { until } from '../rig/wait.js'

const { red, green } = LOOKS
const MINUTE_MS = 60_000

describe('the end of a meeting', () => {
  /** @type {Hub} */
  let hub
  before(async () => { hub = await Hub.start() })
  after(() => hub?.stop())

  test('is told to everybody, and moved by a host', async () => {
    const ends = Date.now() + 8 * MINUTE_MS
    const meeting = await book(hub, { endTime: new Date(ends).toISOString(), endMeetingOnEndTime: true })
    const host = await Person.start({ look: red })
    const guest = await Person.start({ look: green })
    try {
      await host.joinAsHost(meeting.link, 'Host', meeting.hostPin)
      await guest.joinAsGuest(meeting.link, 'Guest')
      for (const one of [host, guest]) {
        await one.shows('ending')
        assert.match((await one.textOf('ending')) ?? '', /\b[78] min/)
      }
      assert.equal(await guest.page.$('[data-testid=extend]'), null, 'a guest moves nothing')

      await host.press('extend')
      for (const one of [host, guest]) await until('the end to be far', async () => (await one.page.$('[data-testid=ending]')) === null)
      const link = await (await fetch(`${hub.url}/api/hub/v1/links/${meeting.shortId}`)).json()
      assert.equal(Math.round((Date.parse(link.ends_at) - ends) / MINUTE_MS), 15)
    } finally {
      await Promise.all([host, guest].map((one) => one.close()))
    }
  })
})
