// The pictures of a meeting where one wants them: full screen, in a window of their own, and the own
// picture in another corner.
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { book } from '../rig/booking.js'
import { LOOKS } from '../rig/capture.js'
import { Hub } from '../rig/hub.js'
import { Person } from '../rig/person.js'
import { until } from '../rig/wait.js'

const { red, green } = LOOKS
const SELF = 'button[data-kind=self]'

describe('the pictures', () => {
  /** @type {Hub} */
  let hub
  /** @type {Person} */
  let host
  /** @type {Person} */
  let guest
  before(async () => {
    hub = await Hub.start()
    const meeting = await book(hub)
    host = await Person.start({ look: red, viewport: { width: 1280, height: 800 } })
    guest = await Person.start({ look: green })
    await host.joinAsHost(meeting.link, 'Host', meeting.hostPin)
    await guest.joinAsGuest(meeting.link, 'Guest')
    await until('the guest to be seen', async () => (await host.sees('Guest', [red, green])) === green)
  })
  after(async () => {
    await Promise.all([host, guest].map((one) => one?.close()))
    await hub?.stop()
  })

  test('fill the screen, and no more', async () => {
    const full = () => host.page.evaluate(() => document.fullscreenElement?.getAttribute('data-testid') ?? '')
    await host.press('more')
    await host.press('full-screen')
    await until('the meeting to fill the screen', async () => (await full()) === 'step-meeting')
    await host.press('full-screen')
    await until('the window as before', async () => (await full()) === '')
    await host.press('more-close')
  })

  test('of oneself goes from corner to corner by pressing, and where it is dragged to', async () => {
    const corner = () => host.page.$eval(SELF, (one) => one.getAttribute('data-corner'))
    assert.equal(await corner(), 'top-right')
    const seen = []
    for (let press = 0; press < 4; press++) {
      await host.page.focus(SELF)
      await host.page.keyboard.press('Enter')
      seen.push(await corner())
    }
    assert.deepEqual(seen, ['bottom-right', 'bottom-left', 'top-left', 'top-right'])

    const { x, y, width, height } = await host.page.$eval(SELF, (one) => one.getBoundingClientRect().toJSON())
    const within = await host.page.$eval(SELF, (one) => /** @type {HTMLElement} */ (one).offsetParent?.getBoundingClientRect().toJSON())
    await host.page.mouse.move(x + width / 2, y + height / 2)
    await host.page.mouse.down()
    await host.page.mouse.move(within.left + 0.2 * within.width, within.top + 0.8 * within.height, { steps: 8 })
    await host.page.mouse.up()
    assert.equal(await corner(), 'bottom-left')
    const moved = await host.page.$eval(SELF, (one) => one.getBoundingClientRect().toJSON())
    assert.ok(moved.x < x && moved.y > y, 'it is there')
  })

  test('go into a window of their own, which goes with the meeting', async () => {
    const own = host.page.browser().waitForTarget((one) => one.type() === 'page' && one !== host.page.target())
    await host.press('more')
    await host.press('own-window')
    const page = await (await own).page()
    assert.ok(page, 'a window')
    await until('the guest in the own window', () => page.$eval('video', (video) => video.videoWidth > 0 && !video.paused).catch(() => false))
    assert.equal(await page.$eval('video', (video) => video.muted), true, 'the sound is the page’s')
    await host.leave()
    await until('the own window to go', () => page.isClosed())
  })
})
