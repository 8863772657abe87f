// What people do in a meeting: the door, the lock, hands, chat, muting, roles, the end; and what
// the page does about it.
import assert from 'node:assert/strict'
import { after, before, beforeEach, afterEach, describe, test } from 'node:test'
import { book } from '../rig/booking.js'
import { LOOKS } from '../rig/capture.js'
import { Hub } from '../rig/hub.js'
import { Person } from '../rig/person.js'
import { until } from '../rig/wait.js'

const { red, green, blue } = LOOKS

/** Waits until a part of somebody's page says this. @param {Person} person @param {string} id @param {RegExp} words */
function says(person, id, words) {
  return until(`${id} to say ${words}`, async () => words.test((await person.textOf(id)) ?? ''))
}

describe('in a meeting', () => {
  /** @type {Hub} */
  let hub
  /** @type {Awaited<ReturnType<typeof book>>} */
  let meeting
  /** @type {Person} */
  let host
  /** @type {Person} */
  let guest
  /** @type {Person} */
  let third

  before(async () => {
    hub = await Hub.start()
    host = await Person.start({ look: red, viewport: { width: 1280, height: 800 } })
    guest = await Person.start({ look: green })
    third = await Person.start({ look: blue })
  })
  after(async () => {
    await Promise.all([host, guest, third].map((one) => one?.close()))
    await hub?.stop()
  })
  beforeEach(async () => {
    meeting = await book(hub)
    await host.joinAsHost(meeting.link, 'Host', meeting.hostPin)
    await guest.joinAsGuest(meeting.link, 'Guest')
    await until('the guest to be seen', async () => (await host.tiles()).includes('Guest'))
  })
  afterEach(async () => {
    for (const one of [host, guest, third]) await one.page.goto('about:blank')
  })

  test('a host who is not inside sees who waits, after leaving and before going in', async () => {
    await host.press('people')
    await host.press('lock')
    await host.leave()
    await third.goInAsGuest(meeting.link, 'Third')
    await third.waits()
    await says(host, 'queue', /Third/)
    await until('the title to tell', async () => /^\(1\)/.test(await host.page.title()))

    await host.open(meeting.link)
    await host.sayHost()
    await host.enterPin(meeting.hostPin)
    await says(host, 'queue', /Third/)
    await third.leave()
    await until('nobody to wait', async () => (await host.textOf('queue')) === '')
    assert.equal(await guest.textOf('queue'), undefined, 'a guest is told nothing')
  })

  test('a locked door: who knocks is told of, let in, or turned away', async () => {
    await host.press('people')
    await host.press('lock')
    await until('the lock', () => host.isPressed('lock'))
    await host.press('people-close')
    const title = await host.page.title()

    await third.goInAsGuest(meeting.link, 'Third')
    const knocked = Date.now()
    await third.waits()
    await until('the host to see who waits', async () => (await host.atTheDoor()).includes('Third'))
    console.log(`the host sees who waits ${Date.now() - knocked} ms after they are told to wait`)
    assert.match(await host.page.title(), /^\(1\)/, 'the title of the page tells it, too')
    await says(host, 'news', /Third is waiting/)

    await host.answerAtDoor('Third', 'admit')
    await third.isIn()
    await says(third, 'news', /You are in the meeting/)
    await until('the door to be empty', async () => (await host.atTheDoor()).length === 0)
    assert.equal(await host.page.title(), title)
    await third.leave()

    await third.goInAsGuest(meeting.link, 'Stranger')
    await third.waits()
    await host.answerAtDoor('Stranger', 'deny')
    await third.shows('step-left')
    assert.match((await third.textOf('step-left')) ?? '', /not let in/)
  })

  test('hands, muting and spotlight', async () => {
    await guest.press('hand')
    await until('the hand to be up', () => guest.isPressed('hand'))
    await says(host, 'news', /Guest has raised a hand/)
    await host.press('people')
    await host.actOn('Guest', 'lower-hand')
    await until('the hand to be down', async () => (await guest.isPressed('hand')) === false)
    await says(guest, 'news', /hand has been lowered/)

    await host.actOn('Guest', 'mute')
    await until('the microphone to be shown as off', async () => (await guest.isPressed('microphone')) === false)
    assert.match((await guest.textOf('microphone')) ?? '', /muted by the host/i)
    await until('nothing to be heard of the guest', async () => (await host.hears([green])).length === 0)
    await guest.press('microphone')
    await until('the guest to be heard again', async () => (await host.hears([green])).length === 1)

    await host.press('mute-guests')
    await until('the guests to be muted', () => host.isPressed('mute-guests'))
    await until('the guest to be shown as muted', async () => (await guest.isPressed('microphone')) === false)
    await host.press('mute-guests')
    await until('the guest to be heard again', async () => (await host.hears([green])).length === 1)

    await host.actOn('Guest', 'spotlight')
    await until('the spotlight', () => host.page.$eval('[data-name=Guest] [data-testid=spotlight]', (one) => one.getAttribute('aria-pressed') === 'true'))
  })

  test('chat to all and to one', async () => {
    await third.joinAsGuest(meeting.link, 'Third')
    await guest.press('chat')
    await guest.write('hello all')
    await says(host, 'news', /New message from Guest/)
    await until('a number on the button', async () => /1/.test((await host.textOf('chat')) ?? ''))
    await host.press('chat')
    await until('the message', async () => (await host.messages()).join() === 'Guest: hello all')
    await host.write('only you', 'Third')
    await third.press('chat')
    await until('both messages', async () => (await third.messages()).join() === 'Guest: hello all,Host: only you')
    assert.deepEqual(await guest.messages(), ['You: hello all'], 'what is for one, one gets')
    await third.leave()
    await says(host, 'panel-chat', /has left/)
  })

  test('a host made and unmade, and somebody put out', async () => {
    await host.press('people')
    await host.actOn('Guest', 'role')
    await says(guest, 'news', /You are now a host/)
    await guest.press('people')
    await guest.shows('lock')
    await host.actOn('Guest', 'role')
    await says(guest, 'news', /You are now a guest/)
    await until('the lock to go', async () => (await guest.page.$('[data-testid=lock]')) === null)
    await host.actOn('Guest', 'put-out')
    await guest.shows('step-left')
    assert.match((await guest.textOf('step-left')) ?? '', /no longer in the meeting/)
    await until('the tile to go', async () => (await host.tiles()).length === 0)
  })

  test('ending for all asks once more', async () => {
    await host.press('more')
    await host.press('end-for-all')
    await host.press('end-for-all-yes')
    for (const one of [host, guest]) {
      await one.shows('step-left')
      assert.match((await one.textOf('step-left')) ?? '', /The meeting is over/)
    }
  })

  test('a reload leads back to the meeting, and nobody has left', async () => {
    const entries = await guest.entries()
    await host.press('people')
    const started = Date.now()
    await guest.page.reload()
    await guest.isIn()
    await guest.seesAndHears({ Host: red }, [red, green])
    console.log(`back in the meeting, seeing and hearing, ${Date.now() - started} ms after a reload`)
    await host.seesAndHears({ Guest: green }, [red, green])
    assert.equal(await guest.entries(), 0, `asked to be let in ${entries} time before, and not again`)
    assert.doesNotMatch((await host.textOf('news')) ?? '', /has left/)
  })

  test('somebody brought in: the invitation, and a text message', async () => {
    await host.press('more')
    await host.press('invite')
    await says(host, 'invitation', new RegExp(meeting.shortId))
    assert.ok(!(await host.textOf('invitation'))?.includes(meeting.hostPin), 'the PIN of hosts is not for guests')
    const send = async (/** @type {string} */ number) => {
      await host.page.locator('input[data-testid=phone]').fill(number)
      await host.press('send-sms')
    }
    await send('123')
    await says(host, 'problem', /cannot get a text message/)
    await send('20 12 34 56')
    await says(host, 'sms-status', /sent|arrived/)
  })

  test('keys', async () => {
    await guest.page.keyboard.press('m')
    await until('the microphone to be off', async () => (await guest.isPressed('microphone')) === false)
    await guest.page.keyboard.press('?')
    await guest.shows('panel-shortcuts')
    await guest.page.keyboard.press('Escape')
    await until('the list to go', async () => (await guest.page.$('[data-testid=panel-shortcuts]')) === null)
    await guest.page.keyboard.press('c')
    await guest.shows('panel-chat')
    await guest.write('m')
    await until('the letter to be written', async () => (await guest.messages()).includes('You: m'))
    assert.equal(await guest.isPressed('microphone'), false, 'typing switches nothing')
  })

  test('the views of the meeting and one’s own choice', async () => {
    await third.joinAsGuest(meeting.link, 'Third')
    await until('both tiles', async () => (await host.tiles()).length === 2)
    await host.press('more')
    await host.page.click('[data-testid=arrange-speaker]')
    await until('one to be large', async () => [await host.sizeOf('Guest'), await host.sizeOf('Third')].sort().join() === 'large,small')
    await host.page.click('[data-testid=arrange-grid]')
    await until('both to be large', async () => [await host.sizeOf('Guest'), await host.sizeOf('Third')].join() === 'large,large')
    await host.page.click('[data-testid=arrange-meeting]')
    await host.page.select('[data-testid=layout-everybody]', '1:0')
    await until('one tile to be left', async () => (await guest.page.$$('[data-participant]')).length === 1)
  })
})
