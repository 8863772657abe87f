// Another loudspeaker in the middle of a meeting.
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { book } from '../rig/booking.js'
import { LOOKS } from '../rig/capture.js'
import { breakable } from '../rig/devices.js'
import { Hub } from '../rig/hub.js'
import { Person } from '../rig/person.js'
import { until } from '../rig/wait.js'

const { red, green } = LOOKS

describe('the loudspeaker', () => {
  /** @type {Hub} */
  let hub
  /** @type {Person} */
  let host
  /** @type {Person} */
  let guest
  before(async () => {
    hub = await Hub.start()
    host = await Person.start({ look: red })
    guest = await Person.start({ look: green })
    await guest.page.evaluateOnNewDocument(breakable)
  })
  after(async () => {
    await Promise.all([host, guest].map((one) => one?.close()))
    await hub?.stop()
  })

  /** On which loudspeakers the others are heard. */
  const sinks = () => guest.page.$$eval('audio[data-source]', (all) => all.map((one) => /** @type {HTMLAudioElement} */ (one).sinkId))
  /** The list to choose from. */
  const list = '[data-testid=choose-speaker]'
  const speakers = () => guest.page.$eval(list, (one) => [.../** @type {HTMLSelectElement} */ (one).options].map(({ value, label }) => ({ value, label })))

  test('is changed at once, remembered, and another takes the place of one that goes', async () => {
    const meeting = await book(hub)
    await host.joinAsHost(meeting.link, 'Host', meeting.hostPin)
    await guest.joinAsGuest(meeting.link, 'Guest')
    await until('the host to be heard', async () => (await guest.hears([red])).length === 1)
    await guest.press('more')
    await guest.press('devices')
    const chosen = (await speakers()).at(-1)
    assert.ok(chosen && (await speakers()).length > 1, 'there are several')
    await guest.page.select(list, chosen.value)
    await until('the host on the other loudspeaker', async () => (await sinks()).join() === chosen.value)
    await until('the host to be heard there', async () => (await guest.hears([red])).length === 1)
    assert.equal(await guest.page.evaluate(() => JSON.parse(localStorage.getItem('vdx.devices') ?? '{}').speaker), chosen.value)

    await guest.page.evaluate((label) => window.cables.pull(label), chosen.label)
    await until('the news', async () => (await guest.textOf('device-news'))?.includes(chosen.label))
    await until('the host on the first loudspeaker again', async () => (await sinks()).join() === '')
    await guest.page.evaluate(() => window.cables.plug())
    await until('the host on the one that is back', async () => (await sinks()).join() === chosen.value)
  })
})
