// Firefox with Chromium in one meeting, on an address that is not loopback.
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { book } from '../rig/booking.js'
import { firefox } from '../rig/browser.js'
import { LOOKS } from '../rig/capture.js'
import { Hub } from '../rig/hub.js'
import { Person } from '../rig/person.js'
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
