// The states of the client up to the meeting, and the way to each; see states.js.
import { cancel, move } from './booking.js'
import { permit } from './permission.js'
import { until } from './wait.js'

/** @typedef {import('./person.js').Person} Person */

const MINUTE_MS = 60_000

/** A meeting that asks its guests for a PIN. */
const CLOSED = { guestPinRequired: true, guestPin: 4711, hostPin: 8822 }

/** A meeting with room for one. */
export const SMALL = { maxParticipants: 1 }

/** A mail app's window on a phone, as the app names itself. */
const IN_APP = 'Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148 [FBAN/FBIOS;FBAV/500.0.0.0]'

/** @type {import('./states.js').State[]} */
export const WAY_IN = [
  {
    id: 'address',
    what: 'Somebody without a link types the address of the meeting.',
    async reach(cast) {
      const guest = await cast.person('guest')
      await guest.open(cast.hub.url)
      await guest.shows('step-address')
      return guest
    },
  },
  {
    id: 'address-empty',
    what: 'Nothing was typed, and the page says what is missing.',
    after: 'address',
    async reach(cast) {
      const guest = await cast.person('guest')
      await guest.press('continue')
      await guest.problem()
      return guest
    },
  },
  {
    id: 'address-unknown',
    what: 'An address at which no meeting is open.',
    async reach(cast) {
      const guest = await cast.person('guest')
      await guest.open(cast.hub.url)
      await guest.enterAddress('00000@rooms.example')
      await guest.problem()
      return guest
    },
  },
  {
    id: 'link-unknown',
    what: 'A link that leads nowhere.',
    async reach(cast) {
      const guest = await cast.person('guest')
      await guest.open(`${cast.hub.url}/m/000000000000`)
      await guest.shows('link-unknown')
      return guest
    },
  },
  {
    id: 'link-not-yet',
    what: 'Too early: when the meeting opens, and a count-down that lets in by itself.',
    async reach(cast) {
      const [guest, later] = [await cast.person('guest'), Date.now() + 180 * MINUTE_MS]
      const times = { startTime: new Date(later).toISOString(), endTime: new Date(later + 30 * MINUTE_MS).toISOString() }
      await guest.open((await cast.meeting('later', times)).link)
      await guest.shows('link-not-yet')
      return guest
    },
  },
  {
    id: 'link-over',
    what: 'Too late: the meeting has ended.',
    async reach(cast) {
      const [guest, now] = [await cast.person('guest'), Date.now()]
      const times = { startTime: new Date(now - 30 * MINUTE_MS).toISOString(), endTime: new Date(now + 2_000).toISOString() }
      const { link } = await cast.meeting('over', times)
      await until('the meeting to be over', async () => {
        await guest.open(link)
        await guest.page.waitForFunction(() => document.querySelector('h1'))
        return (await guest.page.$('[data-testid=link-over]')) !== null
      }, { every: 500 })
      return guest
    },
  },
  {
    id: 'link-moved',
    what: 'The meeting was moved: from when to when.',
    async reach(cast) {
      const [guest, later] = [await cast.person('guest'), Date.now() + 300 * MINUTE_MS]
      const { uuid, link } = await cast.meeting('moved', { startTime: new Date(later).toISOString(), endTime: new Date(later + 30 * MINUTE_MS).toISOString() })
      await move(cast.hub, uuid, later + 60 * MINUTE_MS)
      await guest.open(link)
      await guest.shows('moved')
      return guest
    },
  },
  {
    id: 'link-cancelled',
    what: 'The meeting was cancelled.',
    async reach(cast) {
      const [guest, later] = [await cast.person('guest'), Date.now() + 300 * MINUTE_MS]
      const { uuid, link } = await cast.meeting('cancelled', { startTime: new Date(later).toISOString(), endTime: new Date(later + 30 * MINUTE_MS).toISOString() })
      await cancel(cast.hub, uuid)
      await guest.open(link)
      await guest.shows('link-cancelled')
      return guest
    },
  },
  {
    id: 'in-app',
    what: 'The link was opened inside another app: the way to a browser.',
    async reach(cast) {
      const guest = await cast.person('guest')
      const usual = await guest.page.browser().userAgent()
      await guest.page.setUserAgent({ userAgent: IN_APP })
      await guest.open((await cast.consultation()).link)
      await guest.shows('step-wayOut')
      await guest.page.setUserAgent({ userAgent: usual })
      return guest
    },
  },
  {
    id: 'test',
    what: 'The connection test, before it has begun.',
    async reach(cast) {
      const guest = await cast.person('guest')
      await guest.open(`${cast.hub.url}/test`)
      await guest.shows('test-start')
      return guest
    },
  },
  {
    id: 'test-result',
    what: 'What the connection is good for, and a number to tell somebody who helps.',
    after: 'test',
    async reach(cast) {
      const guest = await cast.person('guest')
      await guest.press('test-start')
      await guest.page.waitForSelector('[data-testid=verdict]', { visible: true, timeout: 60_000 })
      return guest
    },
  },
  {
    id: 'pin-guest',
    what: 'A meeting whose guests have a PIN.',
    async reach(cast) {
      const guest = await cast.person('guest')
      await guest.open((await cast.meeting('closed', CLOSED)).link)
      await guest.shows('step-pin')
      return guest
    },
  },
  {
    id: 'pin-wrong',
    what: 'A PIN that is not right.',
    after: 'pin-guest',
    async reach(cast) {
      const guest = await cast.person('guest')
      await guest.enterPin('1234')
      await guest.problem()
      return guest
    },
  },
  {
    id: 'name',
    what: 'With the right PIN, the name is asked for.',
    after: 'pin-wrong',
    async reach(cast) {
      const guest = await cast.person('guest')
      await guest.enterPin('4711')
      await guest.shows('step-name')
      return guest
    },
  },
  {
    id: 'unreachable',
    what: 'The hub cannot be reached from the step one is at.',
    async reach(cast) {
      const guest = await cast.person('guest')
      await guest.open((await cast.meeting('closed', CLOSED)).link)
      await guest.shows('step-pin')
      await guest.page.setOfflineMode(true)
      await guest.enterPin('4711')
      await guest.problem()
      await guest.page.setOfflineMode(false)
      return guest
    },
  },
  {
    id: 'pin-closed',
    what: 'Too many wrong PINs: none is read for a while.',
    async reach(cast) {
      const guest = await cast.person('guest')
      await guest.open((await cast.meeting('guarded', CLOSED)).link)
      for (const pin of ['1111', '2222', '3333']) await guest.refusedWith(pin)
      return guest
    },
  },
  {
    id: 'pin-host',
    what: 'A host, who came by the link of the guests, enters the PIN of the host.',
    async reach(cast) {
      const guest = await cast.person('guest')
      await guest.open((await cast.consultation()).link)
      await guest.sayHost()
      await guest.shows('step-pin')
      return guest
    },
  },
  {
    id: 'full',
    what: 'As many are in the meeting as may be.',
    async reach(cast) {
      const [third, { link }] = [await cast.person('third'), await cast.meeting('small', SMALL)]
      await cast.joinsAsHost('host', 'small')
      await third.goInAsGuest(link, cast.names.third)
      await third.problem()
      return third
    },
  },
  {
    id: 'devices-none',
    what: 'There is neither a camera nor a microphone: one can go in without.',
    async reach(cast) {
      const guest = await cast.person('guest')
      return failing(guest, (await cast.consultation()).link, { audio: 'NotFoundError', video: 'NotFoundError' })
    },
  },
  {
    id: 'devices-busy',
    what: 'There is no microphone, and another program has the camera.',
    async reach(cast) {
      const guest = await cast.person('guest')
      return failing(guest, (await cast.consultation()).link, { audio: 'NotFoundError', video: 'NotReadableError' })
    },
  },
  {
    id: 'devices-refused',
    what: 'The browser does not give camera and microphone: how to allow them again.',
    async reach(cast) {
      const guest = await cast.person('guest')
      await permit(guest, cast.hub, 'denied')
      await guest.open((await cast.consultation()).link)
      await guest.shows('device-problem')
      return guest
    },
  },
  {
    id: 'devices-ask',
    what: 'A citizen’s whole way in: a name and one button; the browser has not asked for the devices yet.',
    async reach(cast) {
      const guest = await cast.person('guest')
      await permit(guest, cast.hub, 'prompt')
      await guest.open((await cast.consultation()).link)
      await guest.shows('step-devices')
      await guest.shows('allow')
      return guest
    },
  },
  {
    id: 'devices',
    what: 'Own picture and level, once the page may use the devices.',
    after: 'devices-ask',
    async reach(cast) {
      const guest = await cast.person('guest')
      await guest.enterName(cast.names.guest)
      await permit(guest, cast.hub, 'granted')
      await guest.allowDevices()
      return guest
    },
  },
  {
    id: 'devices-choices',
    what: 'Another camera, microphone or loudspeaker is chosen and tried.',
    after: 'devices',
    async reach(cast) {
      const guest = await cast.person('guest')
      await guest.press('choose')
      await guest.shows('test-sound')
      return guest
    },
  },
]

/** Opens a link where asking for the devices fails so, this once. @param {Person} guest @param {string} link @param {Record<'audio' | 'video', string>} errors */
async function failing(guest, link, errors) {
  const fail = (/** @type {Partial<typeof errors>} */ names) => guest.page.evaluate((names) => {
    for (const kind of /** @type {const} */ (['audio', 'video'])) window.cables.fail(kind, names[kind])
  }, names)
  await guest.open(link)
  await fail(errors)
  await guest.open(link)
  await guest.shows('device-problem')
  await fail({})
  return guest
}
