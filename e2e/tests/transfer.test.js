// A host sends somebody from one room to another, and the page of that one follows.
import assert from 'node:assert/strict'
import { after, afterEach, before, beforeEach, describe, test } from 'node:test'
import { book, move } from '../rig/booking.js'
import { LOOKS } from '../rig/capture.js'
import { Hub } from '../rig/hub.js'
import { Person } from '../rig/person.js'
import { failure, plain, said } from '../rig/texts.js'
import { until } from '../rig/wait.js'

const { red, green, blue } = LOOKS
const ALL = Object.values(LOOKS)

describe('sent to another room', () => {
  /** @type {Hub} */
  let hub
  /** Who sends. @type {Person} */
  let sender
  /** Who is in the other room. @type {Person} */
  let host
  /** Who is sent. @type {Person} */
  let guest
  /** @type {Awaited<ReturnType<typeof book>>} */
  let here
  /** @type {Awaited<ReturnType<typeof book>>} */
  let there

  before(async () => {
    hub = await Hub.start()
    ;[sender, host, guest] = await Promise.all([blue, red, green].map((look) => Person.start({ look })))
  })
  after(async () => {
    await Promise.all([sender, host, guest].map((one) => one?.close()))
    await hub?.stop()
  })
  beforeEach(async () => {
    ;[here, there] = await Promise.all([book(hub), book(hub)])
    await sender.joinAsHost(here.link, 'Sender', here.hostPin)
    await guest.joinAsGuest(here.link, 'Guest')
  })
  afterEach(async () => {
    for (const one of [sender, host, guest]) await one.page.goto('about:blank')
  })

  /** From now on the page's way to this room's door takes as long as one wants. @param {string} address */
  async function holdUp(address) {
    /** @type {import('puppeteer-core').HTTPRequest[]} */
    const held = []
    const door = `${encodeURIComponent(address)}/request_token`
    const hold = (/** @type {import('puppeteer-core').HTTPRequest} */ request) =>
      void (request.url().endsWith(door) ? held.push(request) : request.continue())
    await guest.page.setRequestInterception(true)
    guest.page.on('request', hold)
    return {
      arrived: () => until('the page to knock at the other room', () => held.length > 0),
      letGo: async () => {
        guest.page.off('request', hold)
        await Promise.all(held.map((request) => request.continue()))
        await guest.page.setRequestInterception(false)
      },
    }
  }

  /** Has a meeting of half an hour end now. @param {Awaited<ReturnType<typeof book>>} meeting */
  async function ends({ uuid, shortId }) {
    await move(hub, uuid, Date.now() - 1_800_000 + 1_000)
    await until('the meeting to be over', async () => (await (await fetch(`${hub.url}/api/hub/v1/links/${shortId}`)).json()).state === 'over')
  }

  test('one arrives with a seat, is seen and heard, and is there after a reload', async () => {
    await host.joinAsHost(there.link, 'Host', there.hostPin)
    await sender.sendOn('Guest', there)
    await until('the guest to leave', async () => (await sender.tiles()).length === 0)
    await until('the guest in the other room', async () => (await host.tiles()).includes('Guest'))
    await guest.isIn()
    await host.seesAndHears({ Guest: green }, ALL)
    await guest.seesAndHears({ Host: red }, ALL)
    await guest.press('people')
    assert.equal(await guest.page.$('[data-testid=lock]'), null, 'a guest there')

    await guest.page.reload()
    await guest.isIn()
    await guest.seesAndHears({ Host: red }, ALL)
    await host.seesAndHears({ Guest: green }, ALL)
  })

  test('as a host one is a host there', async () => {
    await sender.sendOn('Guest', there, 'host')
    await until('the guest to leave', async () => (await sender.tiles()).length === 0)
    await guest.shows('alone')
    await guest.press('people')
    await guest.shows('lock')
  })

  test('when the meeting there is over by then the page says so, and leads back', async () => {
    const way = await holdUp(there.address)
    await sender.sendOn('Guest', there)
    await way.arrived()
    await ends(there)
    await way.letGo()
    await guest.shows('step-left')
    const text = plain((await guest.textOf('step-left')) ?? '')
    for (const key of ['left.elsewhere.title', ...failure('left.elsewhere')]) assert.match(text, said('en', key))

    await guest.press('again')
    await guest.goIn()
    await guest.isIn()
    await until('the guest to be back', async () => (await sender.tiles()).includes('Guest'))
  })
})
