// After the meeting: on to where the organisation wants its visitors.
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { App } from '../rig/app.js'
import { book, useTemplate } from '../rig/booking.js'
import { LOOKS } from '../rig/capture.js'
import { Hub } from '../rig/hub.js'
import { Person } from '../rig/person.js'
import { until } from '../rig/wait.js'

const { red, green } = LOOKS

describe('an organisation that says where its visitors go afterwards', () => {
  /** @type {Hub} */
  let hub
  /** @type {App} */
  let app
  /** @type {Person} */
  let host
  /** @type {Person} */
  let guest
  before(async () => {
    hub = await Hub.start()
    app = await App.start(hub)
    await useTemplate(hub, { returnUrl: `${app.url}/thanks` })
    host = await Person.start({ look: red })
    guest = await Person.start({ look: green })
  })
  after(async () => {
    await Promise.all([host, guest].map((one) => one?.close()))
    app?.stop()
    await hub?.stop()
  })

  /** @param {Person} person */
  const arrives = (person) => until('the organisation’s page', () => person.page.url() === `${app.url}/thanks`)

  test('sees them there when they leave, and when the meeting is ended for all', async () => {
    const meeting = await book(hub)
    await host.joinAsHost(meeting.link, 'Host', meeting.hostPin)
    await guest.joinAsGuest(meeting.link, 'Guest')
    await guest.press('leave')
    await arrives(guest)

    await guest.joinAsGuest(meeting.link, 'Guest')
    await host.press('more')
    await host.press('end-for-all')
    await host.press('end-for-all-yes')
    await Promise.all([arrives(host), arrives(guest)])
  })

  test('gets nobody who was put out: they are told so, and may go there', async () => {
    const meeting = await book(hub)
    await host.joinAsHost(meeting.link, 'Host', meeting.hostPin)
    await guest.joinAsGuest(meeting.link, 'Guest')
    await host.press('people')
    await host.actOn('Guest', 'put-out')
    await guest.page.waitForSelector('[data-ending=removed]')
    assert.equal(await guest.page.$eval('[data-ending] a.button', (link) => link.href), `${app.url}/thanks`)
    assert.ok(guest.page.url().startsWith(hub.url), 'still here')
  })
})
