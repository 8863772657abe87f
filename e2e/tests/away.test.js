// A page that was away, offline or asleep, comes back to its meeting by itself.
import assert from 'node:assert/strict'
import { after, afterEach, before, beforeEach, describe, test } from 'node:test'
import { book } from '../rig/booking.js'
import { LOOKS } from '../rig/capture.js'
import { Hub } from '../rig/hub.js'
import { Person } from '../rig/person.js'
import { sleep, until } from '../rig/wait.js'

const { red, green } = LOOKS
const BOTH = [red, green]
/** As long as a phone sleeps that is put into a pocket and taken out again. */
const ASLEEP_MS = 15_000

describe('a page that was away', () => {
  /** @type {Hub} */
  let hub
  /** @type {Person} */
  let host
  /** @type {Person} */
  let guest
  before(async () => {
    hub = await Hub.start()
    host = await Person.start({ look: red })
    guest = await Person.start({ look: green })
  })
  after(async () => {
    await Promise.all([host, guest].map((one) => one?.close()))
    await hub?.stop()
  })
  beforeEach(async () => {
    const meeting = await book(hub)
    await host.joinAsHost(meeting.link, 'Host', meeting.hostPin)
    await guest.joinAsGuest(meeting.link, 'Guest')
    await guest.seesAndHears({ Host: red }, BOTH)
  })
  afterEach(async () => {
    for (const one of [host, guest]) await one.page.goto('about:blank')
  })

  /** Both see and hear each other, and nobody has taken another seat. */
  async function asBefore() {
    await until('no trouble', async () => !(await guest.isInTrouble()))
    await guest.seesAndHears({ Host: red }, BOTH)
    await host.seesAndHears({ Guest: green }, BOTH)
    assert.equal(await guest.entries(), 1, 'in the same seat')
  }

  test('from the internet, says so, and is back with it', async () => {
    await guest.page.setOfflineMode(true)
    await until('the page to say so', () => guest.isInTrouble())
    await host.press('hand')
    await guest.page.setOfflineMode(false)
    await asBefore()
    await until('the hand that was raised meanwhile', async () => /Host has raised a hand/.test((await guest.textOf('news')) ?? ''))
  })

  test('asleep behind another, is back when it wakes', async () => {
    const other = await guest.page.browser().newPage()
    await other.bringToFront()
    const session = await guest.page.createCDPSession()
    await session.send('Page.setWebLifecycleState', { state: 'frozen' })
    await sleep(ASLEEP_MS)
    await session.send('Page.setWebLifecycleState', { state: 'active' })
    await guest.page.bringToFront()
    await other.close()
    await asBefore()
    await host.press('chat')
    await host.write('Good morning')
    await until('what is told now', async () => /New message from Host/.test((await guest.textOf('news')) ?? ''))
  })
})
