// Doors that do not open at once: to whoever guesses, where there is no seat, and for those who wait
// until a host lets all of them in.
import assert from 'node:assert/strict'
import { after, afterEach, before, describe, test } from 'node:test'
import { book, hostLink } from '../rig/booking.js'
import { LOOKS } from '../rig/capture.js'
import { Hub } from '../rig/hub.js'
import { Person } from '../rig/person.js'
import { until } from '../rig/wait.js'

const { red, green, blue } = LOOKS

describe('a door', () => {
  /** @type {Hub} */
  let hub
  /** @type {Person} */
  let host
  /** @type {Person} */
  let guest
  /** @type {Person} */
  let third

  before(async () => {
    hub = await Hub.start()
    host = await Person.start({ look: red, viewport: { width: 1280, height: 800 } })
    guest = await Person.start({ look: green })
    third = await Person.start({ look: blue })
  })
  after(async () => {
    await Promise.all([host, guest, third].map((one) => one?.close()))
    await hub?.stop()
  })
  afterEach(async () => {
    for (const one of [host, guest, third]) await one.page.goto('about:blank')
  })

  test('whoever guesses at a PIN is told how many tries are left, then that the door is closed; a host’s own link still opens', async () => {
    const meeting = await book(hub, { guestPinRequired: true, guestPin: 4711, hostPin: 8822 })
    await guest.open(meeting.link)
    for (const left of [2, 1]) {
      await guest.enterPin('1234')
      await until(`${left} tries to be left`, async () => new RegExp(`close the door for a while: ${left}\\.`).test(String(await guest.problem())))
    }
    await guest.enterPin('1234')
    await until('the door to be closed', async () => /next one in [23]:\d\d:\d\d/.test(String(await guest.problem())))
    await guest.enterPin('4711')
    await until('the answer', async () => (await guest.page.$('[data-testid=continue][aria-disabled=false]')) !== null)
    assert.match(String(await guest.problem()), /Too many PINs/, 'the right one is not read either')

    await guest.page.goto('about:blank')
    await guest.open(await hostLink(hub, meeting))
    await guest.shows('step-name')
  })

  test('where no seat is left one is told, and gets the next that is free', async () => {
    const meeting = await book(hub, { maxParticipants: 2 })
    await host.joinAsHost(meeting.link, 'Host', meeting.hostPin)
    await guest.joinAsGuest(meeting.link, 'Guest')
    await third.goInAsGuest(meeting.link, 'Third')
    assert.match(String(await third.problem()), /no room for more people/)
    await third.shows('step-devices')
    await guest.leave()
    await until('the seat to be free', async () => (await host.tiles()).length === 0)
    await third.goIn()
    await third.isIn()
  })

  test('all who wait at a locked door are let in at once', async () => {
    const meeting = await book(hub)
    await host.joinAsHost(meeting.link, 'Host', meeting.hostPin)
    await host.press('people')
    await host.press('lock')
    await until('the lock', () => host.isPressed('lock'))
    await host.press('people-close')
    await Promise.all([guest.goInAsGuest(meeting.link, 'Guest'), third.goInAsGuest(meeting.link, 'Third')])
    await until('both to wait', async () => (await host.atTheDoor()).sort().join() === 'Guest,Third')
    await host.press('admit-all')
    await Promise.all([guest.isIn(), third.isIn()])
    await until('nobody to wait', async () => (await host.atTheDoor()).length === 0)
    await until('both to be in', async () => (await host.tiles()).sort().join() === 'Guest,Third')
  })
})
