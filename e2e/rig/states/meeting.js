// Waiting, alone, and two in a meeting, mostly as a guest sees it.
import { opens, sees, tidy } from '../cast.js'
import { plugIn, pullOut } from '../devices.js'
import { until } from '../wait.js'

/** @type {import('../states.js').State[]} */
export const MEETING = [
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
    id: 'one-way',
    what: 'One-way video: the guest is seen and sees nobody, and is told by whom.',
    async reach(cast) {
      await cast.meeting('one-way', { callType: 'VideoSendOnlyPresentationRecvOnly', guestMicrophone: 'off' })
      await (await cast.person('host')).page.goto('about:blank')
      await cast.joinsAsHost('host', 'one-way')
      const third = await cast.knocks('third', 'one-way')
      await third.isIn()
      await third.shows('watched')
      return third
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
    id: 'connection-panel',
    what: 'The connection test, in the middle of a meeting.',
    after: 'two',
    async reach(cast) {
      const guest = await cast.person('guest')
      await opens(guest, 'connection')
      await guest.shows('test-start')
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
    id: 'talking',
    what: 'Somebody speaks into a microphone that is off.',
    after: 'two',
    async reach(cast) {
      const guest = await cast.person('guest')
      await tidy(guest)
      await guest.setMicrophone(false)
      await guest.shows('talking')
      return guest
    },
  },
  {
    id: 'held',
    what: 'A phone call holds the microphone.',
    after: 'two',
    async reach(cast) {
      const guest = await cast.person('guest')
      await tidy(guest)
      await guest.setMicrophone(true)
      await guest.page.evaluate(() => window.cables.hold(true))
      await guest.page.waitForSelector('[data-testid=device-problem][data-why=held]', { visible: true })
      return guest
    },
  },
  {
    id: 'unplugged',
    what: 'The camera was pulled out, and another microphone has taken the place of one that went.',
    after: 'two',
    async reach(cast) {
      const guest = await cast.person('guest')
      await guest.page.evaluate(() => window.cables.hold(false))
      await pullOut(guest, 'videoinput')
      await guest.page.waitForSelector('[data-testid=device-problem][data-why=unplugged]', { visible: true })
      await guest.page.evaluate(() => {
        const microphone = window.cables.open().at(0)
        if (microphone) window.cables.pull(microphone)
      })
      await until('the other microphone to be told of', () => guest.textOf('device-news'))
      return guest
    },
  },
  {
    id: 'resumed',
    what: 'The page was loaded anew, and is in the meeting again.',
    after: 'two',
    async reach(cast) {
      const guest = await cast.person('guest')
      await plugIn(guest)
      await guest.page.reload()
      await guest.isIn()
      await sees(guest, cast.names.host)
      return guest
    },
  },
]
