// Who shares a screen: a guest may, and whoever shares next takes the place of the one before.
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { book } from '../rig/booking.js'
import { LOOKS } from '../rig/capture.js'
import { Hub } from '../rig/hub.js'
import { Person } from '../rig/person.js'
import { until } from '../rig/wait.js'

const { red, green, blue } = LOOKS
/** There is a screen to share. */
const A_SCREEN = ['--use-fake-device-for-media-stream=display-media-type=monitor']

/** Whether somebody sees a shared screen. @param {Person} person */
function seesSlides(person) {
  return person.page.$eval('[data-kind=slides] video', (video) => /** @type {HTMLVideoElement} */ (video).videoWidth > 0).catch(() => false)
}

/** Whether somebody’s page says that it shares. @param {Person} person */
async function shares(person) {
  return (await person.page.$('[data-testid=stop-sharing]')) !== null
}

describe('a shared screen', () => {
  /** @type {Hub} */
  let hub
  /** @type {Person[]} */
  let people = []
  before(async () => {
    hub = await Hub.start()
    people = await Promise.all([red, green, blue].map((look) => Person.start({ look, flags: A_SCREEN })))
    const [host, guest, third] = people
    const meeting = await book(hub)
    await host.joinAsHost(meeting.link, 'Host', meeting.hostPin)
    await guest.joinAsGuest(meeting.link, 'Guest')
    await third.joinAsGuest(meeting.link, 'Third')
    await until('three in the meeting', async () => (await host.tiles()).length === 2)
  })
  after(async () => {
    await Promise.all(people.map((one) => one.close()))
    await hub?.stop()
  })

  test('of a guest is seen by the others; the next who shares takes its place, and then it is gone', async () => {
    const [host, guest, third] = people
    await guest.press('share')
    await guest.shows('stop-sharing')
    await until('the host to see the guest’s screen', () => seesSlides(host))
    await until('the third to see the guest’s screen', () => seesSlides(third))
    await until('the host to be told whose it is', async () => /Guest/.test((await host.textOf('news')) ?? ''))

    await third.press('share')
    await third.shows('stop-sharing')
    await until('the guest to have stopped', async () => !(await shares(guest)))
    await until('the host to see the third’s screen', () => seesSlides(host))
    await until('the guest to see the third’s screen', () => seesSlides(guest))
    await until('the third to be named', async () => /Third/.test(await host.page.$eval('[data-kind=slides] video', (one) => one.ariaLabel ?? '').catch(() => '')))
    assert.equal(await shares(third), true, 'one shares')

    await third.press('stop-sharing')
    for (const one of [host, guest]) await until('no shared screen', async () => (await one.page.$('[data-kind=slides]')) === null)
    assert.equal(await shares(guest), false, 'what was given up does not come back')
  })
})
