// A page that is loaded anew in a meeting: what it looks like, and where it leads when its seat is
// gone meanwhile. That it comes back to a seat that is there is of meeting-acts.test.js.
import assert from 'node:assert/strict'
import { after, afterEach, before, describe, test } from 'node:test'
import { book, useSupportAndTerms } from '../rig/booking.js'
import { Hub } from '../rig/hub.js'
import { Person } from '../rig/person.js'
import { said } from '../rig/texts.js'
import { until } from '../rig/wait.js'

/** A meeting that asks its guests for a PIN. */
const CLOSED = { guestPinRequired: true, guestPin: 47114711, hostPin: 88228822 }

describe('a page loaded anew in a meeting', () => {
  /** @type {Hub} */
  let hub
  /** @type {Person} */
  let host
  /** @type {Person} */
  let guest

  before(async () => {
    hub = await Hub.start()
    await useSupportAndTerms(hub)
    ;[host, guest] = await Promise.all([Person.start({ silent: true }), Person.start({ silent: true })])
  })
  after(async () => {
    await Promise.all([host, guest].map((one) => one?.close()))
    await hub?.stop()
  })
  afterEach(async () => {
    for (const one of [host, guest]) await one.page.goto('about:blank')
  })

  /** By an address one is asked for a PIN, then for the name. @param {Person} person @param {string} address @param {string} pin @param {string} name */
  async function joinByAddress(person, address, pin, name) {
    await person.open(hub.url)
    await person.enterAddress(address)
    await person.enterPin(pin)
    await person.enterName(name)
    await person.goIn()
    await person.isIn()
  }

  /** The colours that the organisation gave. @param {Person} person */
  const colours = (person) => person.page.evaluate(() => document.documentElement.getAttribute('style') ?? '')

  /** The page is closed, and those who stay are told that it left. @param {Person} person @param {Person} other @param {string} name */
  async function goAway(person, other, name) {
    await person.page.goto('about:blank')
    await until(`the tile of ${name} to go`, async () => !(await other.tiles()).includes(name))
  }

  for (const way of ['a link', 'an address'])
    test(`that was opened by ${way} has the organisation’s look again`, async () => {
      const meeting = await book(hub)
      if (way === 'a link') await host.joinAsHost(meeting.link, 'Host', meeting.hostPin)
      else await joinByAddress(host, meeting.address, meeting.hostPin, 'Host')
      // An address is asked for its look while one goes on.
      const before = await until('the colours', async () => /--primary: /.test(await colours(host)) && await colours(host))
      await host.page.reload()
      await host.isIn()
      await until('the colours', async () => (await colours(host)) === before)
      await host.leave()
      await host.shows('support')
    })

  test('that was put out meanwhile stands before the door again', async () => {
    const meeting = await book(hub)
    await host.joinAsHost(meeting.link, 'Host', meeting.hostPin)
    await guest.joinAsGuest(meeting.link, 'Guest')
    await host.press('people')
    await until('the guest in the list', () => host.page.$('[data-testid=panel-people] li[data-name=Guest]'))
    await guest.page.goto('about:blank')
    await host.actOn('Guest', 'put-out')
    await until('the tile to go', async () => (await host.tiles()).length === 0)
    await guest.open(meeting.link)
    await guest.shows('step-devices')
    await guest.goIn()
    await guest.isIn()
  })

  test('by a link, when its seat is gone, knocks by the link', async () => {
    const meeting = await book(hub)
    await host.joinAsHost(meeting.link, 'Host', meeting.hostPin)
    await guest.joinAsGuest(meeting.link, 'Guest')
    await until('the guest to be seen', async () => (await host.tiles()).includes('Guest'))
    await goAway(guest, host, 'Guest')
    await guest.open(meeting.link)
    await guest.shows('step-devices')
    await guest.goIn()
    await guest.isIn()
  })

  test('by a typed address, when its seat is gone, asks for the PIN there', async () => {
    const meeting = await book(hub, CLOSED)
    await host.joinAsHost(meeting.link, 'Host', meeting.hostPin)
    await joinByAddress(guest, meeting.address, String(meeting.guestPin), 'Guest')
    await until('the guest to be seen', async () => (await host.tiles()).includes('Guest'))
    await goAway(guest, host, 'Guest')
    await guest.open(hub.url)
    await guest.shows('step-pin')
    await guest.enterPin(String(meeting.guestPin))
    await guest.enterName('Guest')
    await guest.goIn()
    await guest.isIn()
  })

  /**
   * Ends somebody's seat while the page is cut off, as the hub does when it hears nothing for two
   * minutes. The hub is started again, so that no stream is left that would tell the page.
   *
   * @param {Person} person
   */
  async function loseSeat(person) {
    const { address, token } = await person.seat()
    await hub.kill()
    await person.page.setOfflineMode(true)
    await hub.startAgain()
    const room = `${hub.url}/api/client/v2/conferences/${encodeURIComponent(address)}`
    const released = await fetch(`${room}/release_token`, { method: 'POST', headers: { token, 'content-type': 'application/json' }, body: '{}' })
    assert.equal(released.status, 200)
    await person.page.setOfflineMode(false)
  }

  for (const [who, pin, name] of /** @type {const} */ ([['guest', 'guestPin', 'Guest'], ['host', 'hostPin', 'Host']]))
    test(`whose seat ends later asks a ${who} for the PIN it no longer has`, async () => {
      const meeting = await book(hub, CLOSED)
      if (who === 'host') await host.joinAsHost(meeting.link, name, meeting.hostPin)
      else {
        await host.joinAsHost(meeting.link, 'Host', meeting.hostPin)
        await guest.joinAsGuest(meeting.link, name, String(meeting.guestPin))
      }
      const person = who === 'host' ? host : guest
      await person.page.reload()
      await person.isIn()
      await loseSeat(person)
      // Not that the meeting is over: it is not.
      await person.page.waitForSelector('[data-ending=lost]', { timeout: 60_000 })
      await person.press('again')
      await person.goIn()
      await person.shows('step-pin')
      assert.match((await person.textOf('step-pin')) ?? '', said('en', `pin.${who}.title`))
      await person.enterPin(String(meeting[pin]))
      await person.goIn()
      await person.isIn()
    })

  test('whose seat ends later comes in again by itself where it needs no PIN', async () => {
    const meeting = await book(hub)
    await host.joinAsHost(meeting.link, 'Host', meeting.hostPin)
    await guest.joinAsGuest(meeting.link, 'Guest')
    await guest.page.reload()
    await guest.isIn()
    await loseSeat(guest)
    await until('a seat that was asked for', async () => (await guest.entries()) === 1)
    await guest.isIn()
    await until('the guest to be seen', async () => (await host.tiles()).includes('Guest'))
  })
})
