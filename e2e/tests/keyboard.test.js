// The client worked by keys alone, from the link to the end: Tab, Enter, Space, arrows, Escape. At
// each stop the focus can be seen; it is never lost when something closes or somebody is let in.
import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, test } from 'node:test'
import { book } from '../rig/booking.js'
import { Hub } from '../rig/hub.js'
import { comeInOrder, Keyboard } from '../rig/keyboard.js'
import { ASKS, permit } from '../rig/permission.js'
import { Person } from '../rig/person.js'
import { until } from '../rig/wait.js'

describe('by keyboard alone', () => {
  /** @type {Hub} */
  let hub
  /** @type {Person} */
  let guest
  /** @type {Person} */
  let host
  /** @type {Person} */
  let third
  /** @type {Keyboard} */
  let guestKeys
  /** @type {Keyboard} */
  let hostKeys
  /** @type {Awaited<ReturnType<typeof book>>} */
  let meeting

  before(async () => {
    hub = await Hub.start()
    guest = await Person.start({ silent: true, viewport: { width: 1280, height: 800 }, ...ASKS })
    host = await Person.start({ silent: true, viewport: { width: 1280, height: 800 } })
    third = await Person.start({ silent: true })
    guestKeys = new Keyboard(guest.page)
    hostKeys = new Keyboard(host.page)
  })
  after(async () => {
    await Promise.all([guest, host, third].map((one) => one?.close()))
    await hub?.stop()
  })
  beforeEach(async () => {
    for (const one of [guest, host, third]) await one.page.goto('about:blank')
    await permit(guest, hub, 'granted')
    meeting = await book(hub)
  })

  /** The host and the guest in a meeting; how they came there is of other tests. */
  async function both() {
    await host.joinAsHost(meeting.link, 'Host', meeting.hostPin)
    await guest.joinAsGuest(meeting.link, 'Guest')
    await until('the guest to be seen', async () => (await host.tiles()).includes('Guest'))
  }

  test('a guest: from the link to the meeting, and out of it', async () => {
    await permit(guest, hub, 'prompt')
    await guest.open(meeting.link)
    await guest.shows('allow')
    await guestKeys.isOnHeading(/ready/)
    await guestKeys.goTo('allow')
    await permit(guest, hub, 'granted')
    await guest.page.keyboard.press('Enter')
    await guest.shows('level')
    await guestKeys.isKept('when the devices were allowed')
    await guestKeys.press('microphone', 'Space')
    await until('the microphone to be off', async () => (await guest.isPressed('microphone')) === false)
    await guestKeys.press('microphone', 'Space')
    await guestKeys.press('choose')
    await guestKeys.goTo('choose-microphone')
    await guestKeys.goTo('name', true)
    await guestKeys.write('name', 'Guest')
    await guestKeys.press('join')
    await guest.waits()
    await guestKeys.isKept('in the waiting room')
    await host.joinAsHost(meeting.link, 'Host', meeting.hostPin)
    await guest.isIn()
    await guestKeys.isKept('when the guest was let in')
    await guestKeys.press('hand', 'Space')
    await until('the hand to be up', () => guest.isPressed('hand'))
    await guestKeys.isOn('the hand', ({ id }) => id === 'hand')
    await guestKeys.press('leave')
    await guestKeys.isOnHeading(/left/)
    await guestKeys.goTo('again')
  })

  test('a host: from the address to the meeting', async () => {
    await host.open(hub.url)
    await host.shows('step-address')
    await hostKeys.press('continue')
    await hostKeys.isOn('the field that is wrong', ({ id }) => id === 'address')
    await hostKeys.write('address', meeting.address)
    await host.page.keyboard.press('Enter')
    await host.shows('step-pin')
    await hostKeys.isOnHeading(/PIN|host/)
    await hostKeys.write('pin', '0000')
    await host.page.keyboard.press('Enter')
    await host.problem()
    await hostKeys.isOn('the field that is wrong', ({ id }) => id === 'pin')
    await hostKeys.write('pin', meeting.hostPin)
    await host.page.keyboard.press('Enter')
    await host.shows('step-name')
    await hostKeys.isOnHeading(/name/)
    await hostKeys.press('back')
    await hostKeys.isOnHeading(/PIN|host/)
    await hostKeys.write('pin', meeting.hostPin)
    await hostKeys.press('continue')
    await hostKeys.write('name', 'Host')
    await hostKeys.press('continue')
    await hostKeys.isOnHeading(/ready/)
    await hostKeys.press('join')
    await host.isIn()
    await host.shows('alone')
  })

  test('a host opens the people, locks, lets somebody in, and turns another away', async () => {
    await both()
    await hostKeys.press('people')
    await hostKeys.isOnHeading(/Participants/)
    await hostKeys.press('lock', 'Space')
    await until('the lock', () => host.isPressed('lock'))
    await hostKeys.isKept('when the meeting was locked')
    await hostKeys.isOn('the lock', ({ id }) => id === 'lock')
    await host.page.keyboard.press('Escape')
    await hostKeys.isOn('what had opened the panel', ({ id }) => id === 'people')

    await third.goInAsGuest(meeting.link, 'Third')
    await until('the host to see who waits', async () => (await host.atTheDoor()).length === 1)
    await hostKeys.isOn('what it was on when somebody knocked', ({ id }) => id === 'people')
    await hostKeys.press('admit')
    await third.isIn()
    await until('the door to be empty', async () => (await host.atTheDoor()).length === 0)
    await hostKeys.isKept('when somebody was let in')
    await third.leave()

    await third.goInAsGuest(meeting.link, 'Stranger')
    await until('the host to see who waits', async () => (await host.atTheDoor()).length === 1)
    await hostKeys.press('people')
    await hostKeys.press('deny')
    await third.shows('step-left')
    await hostKeys.isKept('when somebody was turned away')
  })

  test('a host acts on one of the people', async () => {
    await both()
    await hostKeys.press('people')
    await hostKeys.press('person')
    await hostKeys.press('spotlight', 'Space')
    await until('the spotlight', () => host.isPressed('spotlight'))
    await hostKeys.isOn('the spotlight', ({ id }) => id === 'spotlight')
    await hostKeys.press('put-out')
    await guest.shows('step-left')
    await hostKeys.isKept('when somebody was put out')
  })

  test('chat: written, sent, closed', async () => {
    await both()
    await guestKeys.press('chat')
    await guestKeys.isOnHeading(/Chat/)
    await guestKeys.write('chat-text', 'hello')
    await guest.page.keyboard.press('Enter')
    await until('the message', async () => (await guest.messages()).length === 1)
    await guestKeys.isOn('the field', ({ id }) => id === 'chat-text')
    await guestKeys.press('chat-close')
    await guestKeys.isOn('what had opened the panel', ({ id }) => id === 'chat')
  })

  test('what is needed less often: arrows in choices, one panel after another, asking once more', async () => {
    await both()
    await hostKeys.press('more')
    await hostKeys.goTo('arrange-meeting')
    await host.page.keyboard.press('ArrowDown')
    await hostKeys.isOn('the next choice', ({ id }) => id === 'arrange-grid')
    const view = () => host.page.$eval('[data-testid=layout-everybody]', (list) => /** @type {HTMLSelectElement} */ (list).value)
    const before = await view()
    await hostKeys.goTo('layout-everybody')
    await host.page.keyboard.press('ArrowDown')
    await until('the view to change', async () => (await view()) !== before)
    await hostKeys.isKept('when the view was changed')
    await hostKeys.press('devices')
    await hostKeys.isOnHeading(/Camera/)
    await host.page.keyboard.press('Escape')
    await hostKeys.isOn('what had opened the first panel', ({ id }) => id === 'more')
    await hostKeys.press('more')
    await hostKeys.press('end-for-all')
    await hostKeys.isOn('the question', ({ id }) => id === 'end-for-all-yes')
    await hostKeys.tab()
    await host.page.keyboard.press('Enter')
    await hostKeys.isKept('when ending was taken back')
    await hostKeys.press('end-for-all')
    await hostKeys.press('end-for-all-yes')
    await hostKeys.isOnHeading(/over/)
    await guest.shows('step-left')
  })

  test('the stops come in the order of the page, and the tab key is held nowhere', async () => {
    await guest.open(hub.url)
    await guest.shows('step-address')
    comeInOrder(await guestKeys.tour(), ['address', 'continue'])
    await permit(guest, hub, 'prompt')
    await guest.open(meeting.link)
    await guest.shows('allow')
    comeInOrder(await guestKeys.tour(), ['name', 'join', 'allow', 'i-am-host'])
    await permit(guest, hub, 'granted')
    await both()
    comeInOrder(await hostKeys.tour(), ['microphone', 'camera', 'hand', 'chat', 'people', 'more', 'leave'])
    await host.press('people')
    comeInOrder(await hostKeys.tour(), ['people-close', 'lock', 'mute-guests', 'person', 'microphone', 'leave'])
    await host.press('chat')
    comeInOrder(await hostKeys.tour(), ['chat-close', 'chat-text', 'chat-send', 'microphone', 'leave'])
  })

  test('single keys can be switched off, and are no keys while something is written', async () => {
    await both()
    await guest.page.keyboard.press('?')
    await guestKeys.isOnHeading(/shortcuts/)
    await guestKeys.press('shortcuts-on', 'Space')
    await guest.page.keyboard.press('Escape')
    await guest.page.keyboard.press('m')
    await guest.page.keyboard.press('h')
    assert.equal(await guest.isPressed('microphone'), true)
    assert.equal(await guest.isPressed('hand'), false)
  })
})
