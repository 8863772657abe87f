// The states of the client from the waiting room on, and the way to each; see states.js.
import { hurry, opens, sees, tidy } from './cast.js'
import { until } from './wait.js'
import { SMALL } from './way-in.js'

const MINUTE_MS = 60_000

/** @type {import('./states.js').State[]} */
export const STAY = [
  {
    id: 'waiting',
    what: 'In the waiting room.',
    after: 'devices-choices',
    async reach(cast) {
      const guest = await cast.person('guest')
      await guest.goIn()
      await guest.waits()
      return guest
    },
  },
  {
    id: 'alone',
    what: 'The first one in a meeting.',
    async reach(cast) {
      await cast.meeting('other')
      const host = await cast.joinsAsHost('host', 'other')
      await host.shows('alone')
      return host
    },
  },
  {
    id: 'left',
    what: 'After leaving.',
    after: 'alone',
    async reach(cast) {
      const host = await cast.person('host')
      await host.leave()
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
    id: 'two',
    what: 'Two in a meeting, as the guest sees it.',
    after: 'waiting',
    async reach(cast) {
      const guest = await cast.person('guest')
      await (await cast.person('host')).page.goto('about:blank')
      await cast.joinsAsHost('host')
      await guest.isIn()
      await sees(guest, cast.names.host)
      return guest
    },
  },
  {
    id: 'people',
    what: 'The list of participants, for a guest.',
    after: 'two',
    async reach(cast) {
      const guest = await cast.person('guest')
      await opens(guest, 'people')
      return guest
    },
  },
  {
    id: 'chat',
    what: 'Messages to everybody and to one.',
    after: 'two',
    async reach(cast) {
      const [guest, host] = [await cast.person('guest'), await cast.person('host')]
      const danish = cast.options.language === 'da'
      await opens(host, 'chat')
      await opens(guest, 'chat')
      await host.write(danish ? 'Kan du høre mig?' : 'Can you hear me?')
      await guest.write(danish ? 'Ja, det kan jeg.' : 'Yes, I can.')
      await host.write(danish ? 'Her er siden med øvelserne, som vi taler om: https://www.example.dk/genoptraening/ryg' : 'This is the page with the exercises: https://www.example.dk/exercises/back', cast.names.guest)
      await until('three messages', async () => (await guest.messages()).length === 3)
      await tidy(host)
      return guest
    },
  },
  {
    id: 'more',
    what: 'What is needed less often, for a guest.',
    after: 'two',
    async reach(cast) {
      const guest = await cast.person('guest')
      await opens(guest, 'more')
      return guest
    },
  },
  {
    id: 'devices-panel',
    what: 'Camera, microphone and loudspeaker, changed in a meeting.',
    after: 'two',
    async reach(cast) {
      const guest = await cast.person('guest')
      await opens(guest, 'devices')
      return guest
    },
  },
  {
    id: 'shortcuts',
    what: 'The list of keys, which can be switched off.',
    after: 'two',
    async reach(cast) {
      const guest = await cast.person('guest')
      await opens(guest, 'shortcuts')
      return guest
    },
  },
  {
    id: 'three',
    what: 'Three in a meeting.',
    after: 'two',
    async reach(cast) {
      const [guest, third] = [await cast.person('guest'), await cast.knocks('third')]
      await third.isIn()
      await tidy(guest)
      await sees(guest, cast.names.third)
      return guest
    },
  },
  {
    id: 'people-host',
    what: 'The list of participants with what a host does to all.',
    after: 'three',
    async reach(cast) {
      const host = await cast.person('host')
      await opens(host, 'people')
      return host
    },
  },
  {
    id: 'people-acts',
    what: 'What a host does to one.',
    after: 'people-host',
    async reach(cast) {
      const host = await cast.person('host')
      const row = `[data-testid=panel-people] li[data-name=${JSON.stringify(cast.names.guest)}]`
      await (await host.page.waitForSelector(`${row} [data-testid=person]`))?.click()
      await host.page.waitForSelector(`${row} [data-testid=put-out]`, { visible: true })
      return host
    },
  },
  {
    id: 'hand-and-muted',
    what: 'A guest has raised a hand, and was muted by the host.',
    after: 'people-acts',
    async reach(cast) {
      const [guest, host] = [await cast.person('guest'), await cast.person('host')]
      await host.actOn(cast.names.guest, 'mute')
      await guest.press('hand')
      await until('the hand to be up', () => guest.isPressed('hand'))
      await until('the microphone to be off', async () => (await guest.isPressed('microphone')) === false)
      return guest
    },
  },
  {
    id: 'more-host',
    what: 'What is needed less often, for a host: also the view of everybody.',
    after: 'three',
    async reach(cast) {
      const host = await cast.person('host')
      await opens(host, 'more')
      return host
    },
  },
  {
    id: 'end-for-all',
    what: 'Ending for all is asked for once more.',
    after: 'more-host',
    async reach(cast) {
      const host = await cast.person('host')
      await host.press('end-for-all')
      await host.shows('end-for-all-yes')
      return host
    },
  },
  {
    id: 'invite',
    what: 'A host brings somebody in: the invitation to copy, and a text message.',
    after: 'three',
    async reach(cast) {
      const host = await cast.person('host')
      await opens(host, 'invite')
      await host.shows('invitation')
      return host
    },
  },
  {
    id: 'sharing',
    what: 'The own screen is shared.',
    after: 'three',
    async reach(cast) {
      const host = await cast.person('host')
      await tidy(host)
      await host.press('share')
      await host.shows('stop-sharing')
      return host
    },
  },
  {
    id: 'slides',
    what: 'Somebody shares a screen, as a guest sees it.',
    after: 'sharing',
    async reach(cast) {
      const guest = await cast.person('guest')
      await guest.page.waitForSelector('[data-kind=slides] video')
      await guest.page.waitForFunction(() => /** @type {HTMLVideoElement | null} */ (document.querySelector('[data-kind=slides] video'))?.videoWidth)
      return guest
    },
  },
  {
    id: 'door-one',
    what: 'The meeting is locked, and one waits to be let in.',
    after: 'three',
    async reach(cast) {
      const [host, third] = [await cast.person('host'), await cast.person('third')]
      if (await host.page.$('[data-testid=stop-sharing]')) await host.press('stop-sharing')
      await third.leave()
      await opens(host, 'people')
      await host.press('lock')
      await until('the lock', () => host.isPressed('lock'))
      await tidy(host)
      await (await cast.knocks('third')).waits()
      await until('the host to see who waits', async () => (await host.atTheDoor()).length === 1)
      return host
    },
  },
  {
    id: 'door-several',
    what: 'Several wait to be let in.',
    after: 'door-one',
    async reach(cast) {
      const host = await cast.person('host')
      await (await cast.knocks('fourth')).waits()
      await until('the host to see who waits', async () => (await host.atTheDoor()).length === 2)
      return host
    },
  },
  {
    id: 'door-people',
    what: 'Those who wait stand first in the list of participants, too.',
    after: 'door-several',
    async reach(cast) {
      const host = await cast.person('host')
      await opens(host, 'people')
      return host
    },
  },
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
    id: 'elsewhere',
    what: 'A host sent one on to another meeting, in which there is no room.',
    async reach(cast) {
      const [guest, host] = [await cast.person('guest'), await cast.person('host')]
      const small = await cast.meeting('small', SMALL)
      await cast.joinsAsHost('third', 'small')
      await cast.joinsAsHost('host', 'other')
      await guest.joinAsGuest((await cast.meeting('other')).link, cast.names.guest)
      await host.sendOn(cast.names.guest, small)
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
