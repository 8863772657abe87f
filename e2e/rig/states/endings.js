// The ends of a stay: turned away, put out, left, over, lost. The last two end the hub.
import { hurry, opens, tidy } from '../cast.js'

const MINUTE_MS = 60_000

/** @type {import('../states.js').State[]} */
export const ENDINGS = [
  {
    id: 'denied',
    what: 'Turned away at the door.',
    after: 'door-people',
    async reach(cast) {
      const [host, third] = [await cast.person('host'), await cast.person('third')]
      await tidy(host)
      await host.answerAtDoor(cast.names.third, 'deny')
      await third.shows('step-left')
      return third
    },
  },
  {
    id: 'left',
    what: 'After leaving.',
    after: 'denied',
    async reach(cast) {
      const fourth = await cast.person('fourth')
      await fourth.leave()
      return fourth
    },
  },
  {
    id: 'removed',
    what: 'Put out of the meeting.',
    after: 'denied',
    async reach(cast) {
      const [guest, host] = [await cast.person('guest'), await cast.person('host')]
      await opens(host, 'people')
      await host.actOn(cast.names.guest, 'put-out')
      await guest.shows('step-left')
      return guest
    },
  },
  {
    id: 'ended',
    what: 'The meeting was ended for all.',
    after: 'removed',
    async reach(cast) {
      const host = await cast.person('host')
      await opens(host, 'more')
      await host.press('end-for-all')
      await host.press('end-for-all-yes')
      await host.shows('step-left')
      return host
    },
  },
  {
    id: 'ending-soon',
    what: 'The end of the meeting is near, and a host can move it.',
    async reach(cast) {
      const now = Date.now()
      await cast.meeting('short', { startTime: new Date(now - 20 * MINUTE_MS).toISOString(), endTime: new Date(now + 9 * MINUTE_MS).toISOString(), endMeetingOnEndTime: true })
      const host = await cast.joinsAsHost('host', 'short')
      await host.shows('ending')
      return host
    },
  },
  {
    id: 'elsewhere',
    what: 'A host sent one on to another meeting, in which there is no seat left.',
    async reach(cast) {
      const [guest, full] = [await cast.person('guest'), await cast.meeting('full', { maxParticipants: 1 })]
      await cast.meeting('other')
      const host = await cast.joinsAsHost('host', 'other')
      await guest.joinAsGuest((await cast.meeting('other')).link, cast.names.guest)
      await host.sendOn(cast.names.guest, full)
      await guest.shows('step-left')
      return guest
    },
  },
  {
    id: 'trouble',
    what: 'The way to the hub is broken, and being mended.',
    async reach(cast) {
      await cast.meeting('last')
      const host = await cast.joinsAsHost('host', 'last')
      await cast.hub.kill()
      await host.shows('trouble')
      return host
    },
  },
  {
    id: 'lost',
    what: 'The connection could not be mended.',
    after: 'trouble',
    async reach(cast) {
      const host = await cast.person('host')
      await hurry(host)
      await host.page.waitForSelector('[data-ending=lost]', { timeout: 60_000 })
      return host
    },
  },
]
