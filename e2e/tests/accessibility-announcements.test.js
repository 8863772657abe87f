// What is said to those who do not see the page change: live regions, and switches that tell the truth.
import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, test } from 'node:test'
import { forget, hears, listenTo } from '../rig/announcements.js'
import { book } from '../rig/booking.js'
import { Hub } from '../rig/hub.js'
import { Person } from '../rig/person.js'
import { until } from '../rig/wait.js'

describe('announced', () => {
  /** @type {Hub} */
  let hub
  /** @type {Person} */
  let host
  /** @type {Person} */
  let guest
  /** @type {Person} */
  let third
  /** @type {Awaited<ReturnType<typeof book>>} */
  let meeting

  before(async () => {
    hub = await Hub.start()
    host = await Person.start({ silent: true, viewport: { width: 1280, height: 800 }, flags: ['--use-fake-device-for-media-stream=display-media-type=monitor'] })
    guest = await Person.start({ silent: true })
    third = await Person.start({ silent: true })
    for (const one of [host, guest, third]) await listenTo(one)
  })
  after(async () => {
    await Promise.all([host, guest, third].map((one) => one?.close()))
    await hub?.stop()
  })
  beforeEach(async () => {
    for (const one of [host, guest, third]) await one.page.goto('about:blank')
    meeting = await book(hub)
  })

  async function both() {
    await host.joinAsHost(meeting.link, 'Host', meeting.hostPin)
    await guest.joinAsGuest(meeting.link, 'Guest')
    await until('the guest to be seen', async () => (await host.tiles()).includes('Guest'))
  }

  test('what is missing or wrong in a step', async () => {
    await guest.open(hub.url)
    await guest.press('continue')
    await hears(guest, /Enter the meeting's address/)
    await guest.open(meeting.link)
    await guest.sayHost()
    await guest.enterPin('0000')
    await hears(guest, /That PIN is not right/)
  })

  test('waiting, and being let in', async () => {
    await guest.goInAsGuest(meeting.link, 'Guest')
    await guest.waits()
    await hears(guest, /Waiting for the host/)
    await host.joinAsHost(meeting.link, 'Host', meeting.hostPin)
    await guest.isIn()
    await hears(guest, /You are in the meeting/)
  })

  test('being the first one', async () => {
    await host.joinAsHost(meeting.link, 'Host', meeting.hostPin)
    await hears(host, /You are the first one here/)
  })

  test('who comes, who knocks, who leaves', async () => {
    await both()
    await hears(host, /Guest has come in/)
    await host.press('people')
    await host.press('lock')
    await hears(host, /The meeting is locked/)
    await third.goInAsGuest(meeting.link, 'Third')
    await hears(third, /Waiting/)
    await hears(host, /Third is waiting to come in/)
    await host.answerAtDoor('Third', 'admit')
    await hears(third, /You are in the meeting/)
    await hears(guest, /Third has come in/)
    await third.leave()
    await hears(host, /Third has left/)
    await hears(guest, /Third has left/)
  })

  test('muted by the host, heard again, a hand, a role, a shared screen', async () => {
    await both()
    await host.press('people')
    await host.actOn('Guest', 'mute')
    await hears(guest, /The host has muted your microphone/)
    await host.actOn('Guest', 'mute')
    await hears(guest, /You can be heard again/)
    await guest.press('hand')
    await hears(host, /Guest has raised a hand/)
    await host.actOn('Guest', 'lower-hand')
    await hears(guest, /Your hand has been lowered/)
    await host.actOn('Guest', 'role')
    await hears(guest, /You are now a host/)
    await host.press('share')
    await hears(guest, /Host is sharing a screen/)
  })

  test('each message, also one like the last', async () => {
    await both()
    await guest.press('chat')
    await guest.write('hello')
    await hears(host, /New message from Guest/)
    await guest.write('hello')
    await hears(host, /New message from Guest/, 2)
    await host.press('chat')
    await forget(host)
    await guest.write('and now?')
    await hears(host, /Guest writes: and now\?/)
    await guest.write('and now?')
    await hears(host, /Guest writes: and now\?/, 2)
  })

  test('talking into a microphone that is off', async () => {
    const talker = await Person.start({ look: { name: 'grey', rgb: [90, 90, 90], hertz: 700 } })
    try {
      await listenTo(talker)
      await talker.joinAsHost(meeting.link, 'Talker', meeting.hostPin)
      await talker.setMicrophone(false)
      await hears(talker, /Your microphone is off/)
    } finally {
      await talker.close()
    }
  })

  test('the connection lost, and back', async () => {
    await both()
    await hub.kill()
    await hears(guest, /The connection is lost/)
    await hub.startAgain()
    await hears(guest, /The connection is back/)
  })

  test('the end', async () => {
    await both()
    await host.press('more')
    await host.press('end-for-all')
    await host.press('end-for-all-yes')
    // The heading of the step that comes is focused, and so read.
    await until('the focus on the heading', () =>
      guest.page.evaluate(() => document.activeElement?.tagName === 'H1' && /over/.test(document.activeElement.textContent ?? '')))
  })

  test('switches tell the truth after each change', async () => {
    await both()
    for (const id of ['microphone', 'camera', 'hand'])
      for (const on of [await guest.isPressed(id), !(await guest.isPressed(id))]) {
        assert.equal(await guest.isPressed(id), on)
        await guest.press(id)
        await until(`${id} to be ${on ? 'off' : 'on'}`, async () => (await guest.isPressed(id)) === !on)
      }
    await host.press('people')
    for (const id of ['lock', 'mute-guests'])
      for (const on of [true, false]) {
        await host.press(id)
        await until(`${id} to be ${on ? 'on' : 'off'}`, async () => (await host.isPressed(id)) === on)
      }
    await host.actOn('Guest', 'spotlight')
    await until('the spotlight to be on', () => host.isPressed('spotlight'))
    await host.actOn('Guest', 'spotlight')
    await until('the spotlight to be off', async () => (await host.isPressed('spotlight')) === false)
    // What others change is told, too: the host mutes, and the guest's own switch says so.
    await host.actOn('Guest', 'mute')
    await until('the microphone to be off', async () => (await guest.isPressed('microphone')) === false)
    await host.actOn('Guest', 'mute')
    await until('the microphone to be on', async () => (await guest.isPressed('microphone')) === true)
  })

  test('who speaks is seen, and has a name in words', async () => {
    const speaker = await Person.start({ look: { name: 'grey', rgb: [90, 90, 90], hertz: 700 } })
    try {
      await host.joinAsHost(meeting.link, 'Host', meeting.hostPin)
      await speaker.joinAsGuest(meeting.link, 'Speaker')
      await until('the speaker to be marked', () => host.page.$('[data-name=Speaker][data-speaking=true]'))
      const name = await host.page.$eval('[data-name=Speaker]', (tile) => tile.textContent?.trim())
      assert.match(name ?? '', /Speaker/)
      assert.equal(await host.page.$eval('[data-name=Speaker] video', (video) => video.getAttribute('aria-label')), 'Speaker')
    } finally {
      await speaker.close()
    }
  })
})
