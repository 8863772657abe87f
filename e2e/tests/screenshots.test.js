// A picture of each step of the client, on a phone and on a desk, in e2e/screenshots/ for people to
// look at. It fails when a step cannot be reached or is wider than the screen.
import assert from 'node:assert/strict'
import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { book } from '../rig/booking.js'
import { Hub } from '../rig/hub.js'
import { Person } from '../rig/person.js'
import { sleep, until } from '../rig/wait.js'

const FOLDER = join(import.meta.dirname, '../screenshots')
const SCREENS = {
  phone: { language: 'da', viewport: { width: 390, height: 844, isMobile: true, hasTouch: true } },
  desk: { language: 'en', viewport: { width: 1280, height: 800 } },
}
/** Quieter colours than the other tests need. @type {Record<string, import('../rig/capture.js').Look>} */
const LOOKS = {
  sea: { name: 'sea', rgb: [70, 125, 130], hertz: 500 },
  sand: { name: 'sand', rgb: [165, 135, 95], hertz: 700 },
  plum: { name: 'plum', rgb: [115, 85, 125], hertz: 900 },
}
const camera = { width: 640, height: 360, figure: true }

describe('every step of the client', () => {
  /** @type {Hub} */
  let hub
  before(async () => {
    await rm(FOLDER, { recursive: true, force: true })
    await mkdir(FOLDER, { recursive: true })
    hub = await Hub.start()
  })
  after(() => hub?.stop())

  for (const [screen, { language, viewport }] of Object.entries(SCREENS))
    test(`on a ${screen}, ${language}`, async () => {
      const person = await Person.start({ look: LOOKS.sea, camera, viewport, language })
      /** @type {Person[]} */
      const others = []
      let count = 0
      const look = async (/** @type {string} */ step) => {
        await sleep(400) // transitions, and a frame of video
        count += 1
        const name = `${screen}-${language}-${String(count).padStart(2, '0')}-${step}.png`
        await person.page.screenshot({ path: /** @type {`${string}.png`} */ (join(FOLDER, name)) })
        const wide = await person.page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)
        assert.ok(wide <= 0, `${step} is ${wide} pixels wider than the screen`)
      }
      try {
        await person.open(hub.url)
        await person.shows('step-address')
        await look('address')

        await person.open(`${hub.url}/m/000000000000`)
        await person.shows('link-unknown')
        await look('link-unknown')

        const later = Date.now() + 3 * 3_600_000
        const future = await book(hub, { startTime: new Date(later).toISOString(), endTime: new Date(later + 1_800_000).toISOString() })
        await person.open(future.link)
        await person.shows('link-not-yet')
        await look('link-not-yet')

        const closed = await book(hub, { guestPinRequired: true, guestPin: 4711, hostPin: 8822 })
        await person.open(closed.link)
        await person.shows('step-pin')
        await look('guest-pin')
        await person.enterPin('1234')
        await person.problem()
        await look('wrong-pin')
        await person.enterPin('4711')
        await person.shows('step-name')
        await look('name')

        const meeting = await book(hub)
        await person.open(meeting.link)
        await person.sayHost()
        await person.shows('step-pin')
        await look('host-pin')
        await person.open(meeting.link)
        await person.enterName('Patient')
        await person.shows('step-devices')
        await look('devices-ask')
        await person.allowDevices()
        await look('devices')
        await person.goIn()
        await person.waits()
        await look('waiting')

        others.push(await Person.start({ look: LOOKS.plum, camera }))
        await others[0].joinAsHost(meeting.link, 'Clinician', meeting.hostPin)
        await person.isIn()
        await until('the picture of the host', async () => (await person.rateOf('Clinician')) > 3)
        await look('two')
        others.push(await Person.start({ look: LOOKS.sand, camera }))
        await others[1].joinAsGuest(meeting.link, 'Interpreter')
        await until('the picture of the third', async () => (await person.rateOf('Interpreter')) > 3)
        await look('three')
        await person.showPeople()
        await look('people')
        await person.leave()
        await look('left')
      } finally {
        await Promise.all([person, ...others].map((one) => one.close()))
      }
    })
})
