// The way in, up to the devices: by a link, an address, a PIN, a name; and what stands in it.
import { cancel, hostLink, move } from '../booking.js'
import { withoutAnswers } from '../cast.js'
import { permit } from '../permission.js'
import { until } from '../wait.js'

const MINUTE_MS = 60_000

/** A mail app's window on a phone, as the app names itself. */
const IN_APP = 'Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148 [FBAN/FBIOS;FBAV/500.0.0.0]'

/** @type {import('../states.js').State[]} */
export const ARRIVING = [
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
    id: 'link-unreachable',
    what: 'The link cannot be read, because the hub is not reached: to try again.',
    async reach(cast) {
      const guest = await cast.person('guest')
      const { link } = await cast.consultation()
      await withoutAnswers(guest, '*/api/hub/v1/links/*', async () => {
        await guest.open(link)
        await guest.shows('retry')
      })
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
      await guest.open((await cast.meeting('closed', { guestPinRequired: true, guestPin: 4711, hostPin: 8822 })).link)
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
    id: 'pin-unreachable',
    what: 'The hub is not reached with a PIN that was typed: it can be sent again.',
    after: 'pin-guest',
    async reach(cast) {
      const guest = await cast.person('guest')
      await withoutAnswers(guest, '*/request_token', async () => {
        await guest.enterPin('4711')
        await guest.problem()
      })
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
    id: 'pin-closed',
    what: 'Too many wrong PINs: when the next is read, and the way in that is left.',
    async reach(cast) {
      const guest = await cast.person('guest')
      await guest.open((await cast.meeting('guessed', { guestPinRequired: true, guestPin: 2468, hostPin: 1357 })).link)
      await until('the door to close', async () => {
        await guest.enterPin('1234')
        return /\d:\d\d:\d\d/.test(String(await guest.problem()))
      })
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
    id: 'express',
    what: 'The express way in, by an address: name and devices on one page.',
    async reach(cast) {
      const guest = await cast.person('guest')
      const { address, guestPin } = await cast.consultation()
      await guest.open(`${cast.hub.url}/webapp3/m/${address}/express?role=guest&pin=${guestPin}`)
      await guest.shows('step-devices')
      await guest.shows('name')
      return guest
    },
  },
  {
    id: 'host-link',
    what: 'A host who comes by a link of their own gives no PIN: the name is all that is asked for.',
    async reach(cast) {
      const guest = await cast.person('guest')
      await guest.open(await hostLink(cast.hub, await cast.consultation()))
      await guest.shows('step-name')
      return guest
    },
  },
  {
    id: 'full',
    what: 'There is no seat left in the meeting.',
    async reach(cast) {
      const guest = await cast.person('guest')
      // Its one seat is kept for a host.
      await guest.open((await cast.meeting('full', { maxParticipants: 1 })).link)
      await guest.enterName(cast.names.guest)
      await guest.goIn()
      await guest.problem()
      return guest
    },
  },
]
