// Somebody waits, and the host looks elsewhere: the title of the page, the badge and a notification.
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { book } from '../rig/booking.js'
import { prepare } from '../rig/browser.js'
import { LOOKS } from '../rig/capture.js'
import { Hub } from '../rig/hub.js'
import { permit } from '../rig/permission.js'
import { Person } from '../rig/person.js'
import { until } from '../rig/wait.js'

const { red, green } = LOOKS

/** Runs in the page before its own scripts: notes what it gives the system to show, and lets it through. */
function noted() {
  /** @type {{ badges: number[], notifications: Notification[], shown: number, closed: number }} */
  const given = { badges: [], notifications: [], shown: 0, closed: 0 }
  const { setAppBadge, clearAppBadge } = navigator
  navigator.setAppBadge = (count = 0) => { given.badges.push(count); return setAppBadge.call(navigator, count) }
  navigator.clearAppBadge = () => { given.badges.push(0); return clearAppBadge.call(navigator) }
  const Native = window.Notification
  window.Notification = class extends Native {
    /** @param {string} title @param {NotificationOptions} [options] */
    constructor(title, options) {
      super(title, options)
      given.notifications.push(this)
      this.addEventListener('show', () => { given.shown += 1 })
      this.addEventListener('close', () => { given.closed += 1 })
    }
  }
  Object.assign(window, { given })
}

describe('a host who looks elsewhere', () => {
  /** @type {Hub} */
  let hub
  /** @type {Person} */
  let host
  /** @type {Person} */
  let guest
  before(async () => {
    hub = await Hub.start()
    host = await Person.start({ look: red, viewport: { width: 1280, height: 800 } })
    guest = await Person.start({ look: green })
    await host.page.evaluateOnNewDocument(noted)
  })
  after(async () => {
    await Promise.all([host, guest].map((one) => one?.close()))
    await hub?.stop()
  })

  const given = () => host.page.evaluate(() => ({
    titles: window.given.notifications.map(({ title }) => title),
    badge: window.given.badges.at(-1),
    shown: window.given.shown,
    closed: window.given.closed,
  }))

  test('is offered to be notified, and then is by title, badge and notification, until nobody waits', async () => {
    const meeting = await book(hub)
    await permit(host, hub, 'prompt', ['notifications'])
    await host.joinAsHost(meeting.link, 'Host', meeting.hostPin)
    await host.press('more')
    await host.shows('notify')
    await host.press('more-close')
    await permit(host, hub, 'granted', ['notifications'])
    await host.press('more')
    await host.shows('shortcuts')
    assert.equal(await host.page.$('[data-testid=notify]'), null, 'what is allowed is not asked for')
    await host.press('more-close')
    await host.press('people')
    await host.press('lock')
    await until('the lock', () => host.isPressed('lock'))
    await host.press('people-close')
    const title = await host.page.title()

    const other = await host.page.browser().newPage()
    await prepare(other)
    await other.bringToFront()
    await until('the meeting to be behind another tab', () => host.page.evaluate(() => document.visibilityState === 'hidden'))

    await guest.goInAsGuest(meeting.link, 'Guest')
    await guest.waits()
    await until('the notification', async () => (await given()).titles.join() === 'Guest is waiting to come in.')
    assert.match(await host.page.title(), /^\(1\) waiting – /)
    assert.equal((await given()).badge, 1)
    await until('the system to have shown it', async () => (await given()).shown === 1)

    await host.page.bringToFront()
    await host.answerAtDoor('Guest', 'admit')
    await guest.isIn()
    await until('the title of before', async () => (await host.page.title()) === title)
    assert.equal((await given()).badge, 0)
    await until('the notification to go', async () => (await given()).closed === 1)
    await other.close()
  })
})
