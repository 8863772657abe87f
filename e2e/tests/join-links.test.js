// Links in the forms that calendars and booking systems send today: what they say is done, and what
// gives entry stays nowhere.
import assert from 'node:assert/strict'
import { after, afterEach, before, beforeEach, describe, test } from 'node:test'
import { book, hostLink, useTemplate } from '../rig/booking.js'
import { LOOKS } from '../rig/capture.js'
import { breakable } from '../rig/devices.js'
import { Hub } from '../rig/hub.js'
import { Person } from '../rig/person.js'
import { until } from '../rig/wait.js'

const { red, green } = LOOKS

/** Every address in the history of somebody's tab. @param {Person} person */
async function history(person) {
  const session = await person.page.createCDPSession()
  const { entries } = await session.send('Page.getNavigationHistory')
  await session.detach()
  return entries.map(({ url }) => url)
}

/** The address of the page, which the browser shows. @param {Person} person */
const shown = (person) => person.page.evaluate(() => location.href)

describe('a link in today’s form', () => {
  /** @type {Hub} */
  let hub
  /** @type {Person} */
  let host
  /** @type {Person} */
  let visitor
  /** @type {import('../rig/booking.js').Booked} */
  let meeting

  before(async () => {
    hub = await Hub.start()
    // Guests have no PIN here, as most links in this form take for granted.
    await useTemplate(hub)
    host = await Person.start({ look: red })
    visitor = await Person.start({ look: green })
    await visitor.page.evaluateOnNewDocument(breakable)
  })
  after(async () => {
    await Promise.all([host, visitor].map((one) => one?.close()))
    await hub?.stop()
  })
  beforeEach(async () => { meeting = await book(hub) })
  afterEach(async () => {
    for (const one of [host, visitor]) await one.page.goto('about:blank')
  })

  /** Where `/webapp3/` has the meeting. @param {string} [rest] */
  const short = (rest = '') => `${hub.url}/webapp3/m/${meeting.address}${rest}`

  const forms = {
    '/webapp/?…': () => `${hub.url}/webapp/?conference=${meeting.address}&pin=${meeting.hostPin}&role=host`,
    '/webapp/#/?…': () => `${hub.url}/webapp/#/?conference=${meeting.address}&pin=${meeting.hostPin}&role=host`,
    '/webapp3/m/{address}?…': () => short(`?pin=${meeting.hostPin}&role=host`),
    '/webapp3/m/{address}/express?…': () => short(`/express?pin=${meeting.hostPin}&role=host`),
  }
  for (const [form, link] of Object.entries(forms))
    test(`${form} leads in, and its PIN is in neither the address bar nor the history`, async () => {
      await visitor.open(link())
      const first = form.includes('express') ? 'step-devices' : 'step-name'
      await visitor.shows(first)
      await visitor.enterName('Clinician')
      await visitor.goIn()
      await visitor.isIn()
      await visitor.press('people')
      await visitor.shows('lock')
      for (const url of [await shown(visitor), ...await history(visitor)])
        assert.doesNotMatch(url, new RegExp(`pin=|role=|${meeting.hostPin}`))
      assert.ok(decodeURIComponent(await shown(visitor)).includes(meeting.address), 'which meeting it is stays')
    })

  test('a host’s ticket leads in without a PIN, and is kept nowhere either', async () => {
    await visitor.open(await hostLink(hub, meeting))
    await visitor.enterName('Clinician')
    await visitor.goIn()
    await visitor.isIn()
    for (const url of [await shown(visitor), ...await history(visitor)]) assert.doesNotMatch(url, /ticket/)
  })

  test('a PIN that is wrong is asked for again', async () => {
    await visitor.open(short('?pin=00000&role=host'))
    await visitor.shows('step-pin')
    assert.match(await visitor.problem(), /PIN is not right/)
    await visitor.enterPin(meeting.hostPin)
    await visitor.shows('step-name')
  })

  test('name and join: in without a question', async () => {
    await visitor.open(`${hub.url}/webapp/?conference=${meeting.address}&role=guest&name=Anna&join=1`)
    await visitor.waits()
    await host.joinAsHost(meeting.link, 'Clinician', meeting.hostPin)
    await visitor.isIn()
    await until('the name that the link said', async () => (await host.tiles()).join() === 'Anna')
  })

  test('role: a guest is asked for no PIN where guests have none, a host for that of the host', async () => {
    await visitor.open(short('?role=guest'))
    await visitor.shows('step-name')
    await visitor.open(short('?role=host'))
    await visitor.shows('step-pin')
    assert.match((await visitor.textOf('step-pin')) ?? '', /host's PIN/)
  })

  test('muteMicrophone and muteCamera: in with both off, until one switches them on', async () => {
    await host.joinAsHost(meeting.link, 'Clinician', meeting.hostPin)
    await visitor.open(short('?role=guest&name=Anna&join=1&muteMicrophone=true&muteCamera=true'))
    await visitor.isIn()
    for (const what of ['microphone', 'camera']) assert.equal(await visitor.isPressed(what), false, what)
    await until('the tile of the visitor', async () => (await host.tiles()).length === 1)
    assert.deepEqual(await host.hears([green]), [])
    assert.equal(await host.rowsOf('Anna'), 0)
    await visitor.press('microphone')
    await visitor.press('camera')
    await host.seesAndHears({ Anna: green }, [red, green])
  })

  test('callType: only what it names is asked for and sent', async () => {
    await host.joinAsHost(meeting.link, 'Clinician', meeting.hostPin)
    await visitor.open(short('?role=guest&name=Anna&join=1&callType=AudioSendRecv'))
    await visitor.isIn()
    await until('the visitor to be heard', async () => (await host.hears([green])).length === 1)
    assert.equal(await visitor.page.$('[data-testid=camera]'), null)
    assert.deepEqual(await visitor.page.evaluate(() => window.cables.open().length), 1, 'the microphone alone is open')
    assert.equal(await host.rowsOf('Anna'), 0)
  })
})
