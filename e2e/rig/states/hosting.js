// Three in a meeting, and more at its door: what a host does, and what the others see of it.
import { opens, sees, tidy } from '../cast.js'
import { until } from '../wait.js'

/** @type {import('../states.js').State[]} */
export const HOSTING = [
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
    id: 'door-waits',
    what: 'Waiting at a locked door, as whoever waits sees it.',
    after: 'door-one',
    async reach(cast) {
      const third = await cast.person('third')
      await third.waits()
      return third
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
]
