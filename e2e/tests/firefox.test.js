// Firefox with Chromium in one meeting, on an address that is not loopback. What goes wrong there is
// told in failures.test.js.
import assert from 'node:assert/strict'
import { after, afterEach, before, beforeEach, describe, test } from 'node:test'
import { book } from '../rig/booking.js'
import { firefox } from '../rig/browser.js'
import { LOOKS } from '../rig/capture.js'
import { paintedScreen } from '../rig/devices.js'
import { freeMediaPort, Hub } from '../rig/hub.js'
import { Impairment } from '../rig/impairment.js'
import { Person } from '../rig/person.js'
import { said } from '../rig/texts.js'
import { until } from '../rig/wait.js'

const { red, yellow } = LOOKS
const ALL = Object.values(LOOKS)

const address = process.env.VDX_TEST_ADDRESS
const skip = address ? false : 'SKIPPED: Firefox does no media over loopback, and no network namespace can be made here (root is needed)'

describe('Firefox', () => {
  /** @type {Hub} */
  let hub
  before(async () => { if (!skip) hub = await Hub.start({ address }) })
  after(() => hub?.stop())

  test('sees and hears Chromium and the other way round; an H.264 sender falls back to VP8', { skip }, async () => {
    const meeting = await book(hub)
    const [chrome, second] = await Promise.all([
      Person.start({ look: red, trust: hub.url }),
      Person.start({ look: LOOKS.green, trust: hub.url }),
    ])
    const fox = new Person(await firefox({ hertz: yellow.hertz, trust: String(address) }))
    try {
      // Two Chromium browsers decode H.264, so one that prefers it may send it.
      await chrome.joinAsHost(meeting.link, 'Chromium', meeting.hostPin, { preferH264: true })
      await second.joinAsGuest(meeting.link, 'Second')
      await second.seesAndHears({ Chromium: red }, ALL)
      await until('the sender to use H.264', async () => (await chrome.sentCodec()) === 'video/H264')
      assert.equal(await second.receivedCodec('Chromium'), 'video/H264')

      await fox.joinAsGuest(meeting.link, 'Firefox')
      const rates = await fox.seesAndHears({ Chromium: red, Second: LOOKS.green }, ALL)
      console.log(`frames a second of Chromium at Firefox: ${rates.Chromium.toFixed(1)}`)
      assert.equal(await chrome.sentCodec(), 'video/VP8')
      assert.equal(await second.receivedCodec('Chromium'), 'video/VP8')
      await until('the picture to go on at the other Chromium', async () =>
        (await second.sees('Chromium', ALL)) === red && (await second.rateOf('Chromium')) > 3)

      // Firefox's own test picture changes its colour, so only its frames and its tone are checked.
      await until('frames of Firefox to keep coming', async () => {
        const rate = await chrome.rateOf('Firefox')
        console.log(`frames a second of Firefox at Chromium: ${rate.toFixed(1)}`)
        return rate > 3
      })
      await until("Firefox's tone", async () => (await chrome.hears(ALL)).includes(yellow))
    } finally {
      await Promise.all([chrome.close(), second.close(), fox.close()])
    }
  })
})

describe('in a meeting with Firefox', { skip }, () => {
  /** @type {Hub} */
  let hub
  /** @type {Impairment} in front of the media port */
  let network
  /** In Chromium. @type {Person} */
  let host
  /** In Firefox. @type {Person} */
  let guest
  /** @type {Awaited<ReturnType<typeof book>>} */
  let meeting

  before(async () => {
    const listen = await freeMediaPort()
    hub = await Hub.start({ address, announce: [`${address}:${listen}`] })
    network = await Impairment.start({ listen, target: hub.mediaPort, address })
    host = await Person.start({ look: red, trust: hub.url, viewport: { width: 1280, height: 800 }, flags: ['--use-fake-device-for-media-stream=display-media-type=monitor'] })
    guest = new Person(await firefox({ hertz: yellow.hertz, trust: String(address) }))
    await guest.page.evaluateOnNewDocument(paintedScreen)
  })
  after(async () => {
    await Promise.all([host, guest].map((one) => one?.close()))
    network?.stop()
    await hub?.stop()
  })
  beforeEach(async () => {
    meeting = await book(hub)
    await host.joinAsHost(meeting.link, 'Chromium', meeting.hostPin)
  })
  afterEach(async () => {
    for (const one of [host, guest]) await one.page.goto('about:blank')
  })

  /** Both in the meeting. */
  async function both() {
    await guest.joinAsGuest(meeting.link, 'Firefox')
    await until('the guest to be seen', async () => (await host.tiles()).includes('Firefox'))
  }

  /** Waits until Firefox sees and hears Chromium, and the other way round: of its changing picture that it moves. */
  async function eachOther() {
    await guest.seesAndHears({ Chromium: red }, ALL)
    await until('frames of Firefox', async () => (await host.rateOf('Firefox')) > 3)
    await until("Firefox's tone", async () => (await host.hears(ALL)).includes(yellow))
  }

  /** Waits until the page has said this to those who do not see. @param {Person} person @param {string} key @param {Record<string, string>} [values] */
  const tells = (person, key, values) => until(`${key} to be told`, async () => said('en', key, values).test((await person.textOf('news')) ?? ''))

  test('by the address: PIN, name, devices, and in as a host', async () => {
    await guest.open(hub.url)
    await guest.enterAddress(meeting.address)
    await guest.enterPin(meeting.hostPin)
    await guest.enterName('Firefox')
    await guest.allowDevices()
    await guest.goIn()
    await guest.isIn()
    await eachOther()
    await guest.press('people')
    await guest.shows('lock')
    await guest.leave()
    await until('the tile to go', async () => (await host.tiles()).length === 0)
  })

  test('the hub out of reach at a step: that is said, and mended by trying again', async () => {
    await guest.open(hub.url)
    await guest.shows('step-address')
    await guest.page.setOfflineMode(true)
    await guest.enterAddress(meeting.address)
    assert.match(await guest.problem(), said('en', 'error.unreachable.what'))
    await guest.page.setOfflineMode(false)
    await guest.press('continue')
    await guest.shows('step-pin')
  })

  test('chat both ways, a hand, and muted by the host', async () => {
    await both()
    await guest.press('chat')
    await guest.write('from Firefox')
    await host.press('chat')
    await until('the message', async () => (await host.messages()).join() === 'Firefox: from Firefox')
    await host.write('from Chromium')
    await until('the answer', async () => (await guest.messages()).join() === 'You: from Firefox,Chromium: from Chromium')

    await guest.press('hand')
    await until('the hand to be up', () => guest.isPressed('hand'))
    await tells(host, 'news.hand', { name: 'Firefox' })
    await host.press('people')
    await host.actOn('Firefox', 'lower-hand')
    await until('the hand to be down', async () => (await guest.isPressed('hand')) === false)

    await until("Firefox's tone", async () => (await host.hears(ALL)).includes(yellow))
    await host.actOn('Firefox', 'mute')
    await until('the microphone to be off', async () => (await guest.isPressed('microphone')) === false)
    await until('nothing to be heard of Firefox', async () => (await host.hears(ALL)).length === 0)
    await guest.press('microphone')
    await until('Firefox to be heard again', async () => (await host.hears(ALL)).includes(yellow))
  })

  test('a locked door: it knocks, is turned away, knocks again and is let in', async () => {
    await host.press('people')
    await host.press('lock')
    await until('the lock', () => host.isPressed('lock'))
    await host.press('people-close')
    await guest.goInAsGuest(meeting.link, 'Firefox')
    await guest.waits()
    await host.answerAtDoor('Firefox', 'deny')
    await guest.page.waitForSelector('[data-ending=denied]')
    await guest.goInAsGuest(meeting.link, 'Firefox')
    await guest.waits()
    await host.answerAtDoor('Firefox', 'admit')
    await guest.isIn()
    await tells(guest, 'meeting.letIn')
    await eachOther()
  })

  test('a screen is shared with it, and from it', async () => {
    await both()
    await host.press('share')
    await until('the screen of Chromium', async () => (await guest.rateOfShared()) > 1)
    await guest.press('share')
    await guest.shows('stop-sharing')
    await until('the screen of Firefox', async () => (await host.rateOfShared()) > 1)
    assert.equal(await host.page.$('[data-testid=stop-sharing]'), null, 'one shares at a time')
    await guest.press('stop-sharing')
    await until('the screen to go', async () => (await host.page.$('[data-kind=slides]')) === null)
  })

  test('a reload leads back to the meeting, and nobody has left', async () => {
    await both()
    await guest.page.reload()
    await guest.isIn()
    await eachOther()
    assert.equal(await guest.entries(), 0, 'it asked to be let in again')
    assert.doesNotMatch((await host.textOf('news')) ?? '', said('en', 'meeting.gone'))
  })

  test('a network that goes away until the page notices: all is back by itself', async () => {
    await both()
    await eachOther()
    await network.both({ blackout: true })
    await guest.page.waitForSelector('[data-trouble=true]')
    await network.set({})
    const begin = Date.now()
    await until('the connection to be whole', async () => !(await guest.isInTrouble()), { ms: 60_000 })
    await eachOther()
    console.log(`Firefox is back ${Date.now() - begin} ms after the network`)
    assert.equal(await guest.entries(), 1, 'it asked to be let in again')
  })
})

describe('a Firefox that gives no page its camera and microphone', { skip }, () => {
  test('the way back is shown before anybody presses, and one goes in without', async () => {
    const hub = await Hub.start({ address })
    const person = new Person(await firefox({ hertz: yellow.hertz, trust: String(address), refuses: true }))
    try {
      const meeting = await book(hub)
      await person.open(meeting.link)
      await person.shows('guide')
      const steps = await person.page.$$eval('[data-testid=guide] li', (all) => all.map((one) => one.textContent ?? ''))
      const keys = ['guide.firefox.icon', 'guide.firefox.cross', 'guide.retry']
      assert.equal(steps.length, keys.length)
      for (const [at, key] of keys.entries()) assert.match(steps[at], said('en', key))
      await person.enterName('Firefox')
      await person.goIn()
      await person.waits()
    } finally {
      await person.close()
      await hub.stop()
    }
  })
})
