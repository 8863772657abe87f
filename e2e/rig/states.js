// Every state of the video client and the way to it: the one list that the accessibility tests, the
// pictures and their page in docs/ go by.
//
// States are reached in the order of the list by one cast, because most begin where another ends.
// Whoever needs a single one asks for it by its id; `visit` plays what it comes `after`, too.
import { cancel, move, useSupportAndTerms } from './booking.js'
import { hurry, opens, sees, tidy } from './cast.js'
import { permit } from './permission.js'
import { sleep, until } from './wait.js'

/** @typedef {import('./person.js').Person} Person */

/**
 * @typedef {object} State
 * @property {string} id also the name of its picture
 * @property {string} what what somebody sees here, for people who read
 * @property {string} [after] the state that this one begins in
 * @property {(cast: import('./cast.js').Cast) => Promise<Person>} reach comes here, and answers whose page is looked at
 */

const MINUTE_MS = 60_000

/** A mail app's window on a phone, as the app names itself. */
const IN_APP = 'Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148 [FBAN/FBIOS;FBAV/500.0.0.0]'

/** @type {State[]} */
export const STATES = [
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
      await guest.page.setOfflineMode(true)
      await guest.enterPin('4711')
      await guest.problem()
      await guest.page.setOfflineMode(false)
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
  {
    id: 'devices-none',
    what: 'No camera and no microphone: in all the same, to see and hear.',
    async reach(cast) {
      const guest = await cast.person('guest')
      await failing(guest, (await cast.consultation()).link, { audio: 'NotFoundError', video: 'NotFoundError' })
      return guest
    },
  },
  {
    id: 'devices-busy',
    what: 'Another program holds the camera: the sound works, and what to do for the picture.',
    async reach(cast) {
      const guest = await cast.person('guest')
      await failing(guest, (await cast.consultation()).link, { video: 'NotReadableError' })
      return guest
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

/** Opens a link where asking for the devices fails so, this once. @param {Person} guest @param {string} link @param {Partial<Record<'audio' | 'video', string>>} errors */
async function failing(guest, link, errors) {
  const fail = (/** @type {typeof errors} */ names) => guest.page.evaluate((names) => {
    for (const kind of /** @type {const} */ (['audio', 'video'])) window.cables.fail(kind, names[kind])
  }, names)
  await guest.open(link)
  await fail(errors)
  await guest.open(link)
  await guest.shows('device-problem')
  await fail({})
}

/** The states that these need to be reached, in order. @param {string[]} ids all without */
function needed(ids) {
  if (ids.length === 0) return STATES
  const wanted = new Set(ids)
  for (const { id, after } of [...STATES].reverse()) if (after && wanted.has(id)) wanted.add(after)
  return STATES.filter(({ id }) => wanted.has(id))
}

/**
 * Plays the states in their order, at an organisation with all that a page may show, and shows each
 * that is wanted. The last two end the hub.
 *
 * @param {import('./cast.js').Cast} cast
 * @param {(state: State, person: Person) => Promise<void>} look
 * @param {string[]} [ids] all without
 */
export async function visit(cast, look, ids = []) {
  await useSupportAndTerms(cast.hub)
  for (const state of needed(ids)) {
    const person = await state.reach(cast).catch(async (error) => {
      await cast.picture(state.id)
      throw new Error(`the state ${state.id} was not reached: ${error instanceof Error ? error.message : error}`)
    })
    if (ids.length > 0 && !ids.includes(state.id)) continue
    await sleep(200) // what moves has come to rest
    await look(state, person)
  }
}
