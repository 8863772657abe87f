// Compatibility: the npm package @pexip/infinity, as published, is one participant's client.
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { book } from '../rig/booking.js'
import { LOOKS } from '../rig/capture.js'
import { Hub } from '../rig/hub.js'
import { Person } from '../rig/person.js'
import { SdkPerson, servePage } from '../rig/sdk.js'
import { until } from '../rig/wait.js'

const { red, green, blue } = LOOKS
const ALL = Object.values(LOOKS)

describe('a client built on @pexip/infinity', () => {
  /** @type {Hub} */
  let hub
  /** @type {Awaited<ReturnType<typeof servePage>>} */
  let page
  /** @type {SdkPerson} */
  let sdk
  before(async () => {
    ;[hub, page] = await Promise.all([Hub.start(), servePage()])
    sdk = await SdkPerson.start(page.url, { look: red })
  })
  after(async () => {
    await sdk?.close()
    page?.close()
    await hub?.stop()
  })

  test('is asked for the PIN, and a wrong one lets it nowhere', async () => {
    const room = await book(hub)
    const where = { host: hub.url, alias: room.address, displayName: 'Sdk' }
    assert.equal(await sdk.join(where), 403)
    assert.equal((await sdk.seen()).pinRequired?.hasHostPin, true)
    assert.equal(await sdk.join({ ...where, pin: room.hostPin === '1234' ? '4321' : '1234' }), 403)
    const { errors, connected } = await sdk.seen()
    assert.deepEqual(errors, ['Invalid PIN'])
    assert.equal(connected, false)
  })

  test('does not find a room that was never booked', async () => {
    assert.equal(await sdk.join({ host: hub.url, alias: 'nobody-booked-this', displayName: 'Sdk' }), 404)
  })

  test('in a room of two: sends and receives picture and tone, sees the roster, leaves', async () => {
    const room = await book(hub)
    assert.equal(await sdk.join({ host: hub.url, alias: room.address, pin: room.hostPin, displayName: 'Sdk' }), 200)
    const guest = await Person.start({ look: green })
    try {
      await guest.joinAsGuest(room.link, 'Patient')
      await until('the guest in the roster', async () => {
        const { roster } = await sdk.seen()
        return roster.length === 2 && roster.every(({ isWaiting }) => !isWaiting)
      })
      const { roster } = await sdk.seen()
      assert.deepEqual(roster.map(({ displayName, role }) => `${displayName} ${role}`).sort(), ['Patient guest', 'Sdk chair'])

      await until('the guest in the main picture', async () => (await sdk.sees(ALL)) === green)
      await until("the guest's tone", async () => (await sdk.hears(ALL)).includes(green))
      await guest.seesAndHears({ Sdk: red }, ALL)
      const rate = await sdk.rate()
      console.log(`frames a second in the foreign client: ${rate.toFixed(1)}`)
      assert.ok(rate > 5, `frames keep coming: ${rate}`)

      await sdk.leave()
      await until('the guest to be told', async () => !(await guest.tiles()).includes('Sdk'))
    } finally {
      await guest.close()
    }
  })

  test('in a room of three: gets the picture and sound of the one who speaks', async () => {
    const room = await book(hub)
    const [one, two] = await Promise.all([Person.start({ look: green }), Person.start({ look: blue })])
    try {
      assert.equal(await sdk.join({ host: hub.url, alias: room.address, pin: room.hostPin, displayName: 'Sdk' }), 200)
      await sdk.page.evaluate(() => window.sdk.mute(true))
      await one.joinAsGuest(room.link, 'Patient')
      await two.joinAsGuest(room.link, 'Interpreter')
      await two.setMicrophone(false)
      await until('the picture of the first speaker', async () => (await sdk.sees(ALL)) === green)
      await until('the tone of the first speaker', async () => (await sdk.hears(ALL)).includes(green))

      await one.setMicrophone(false)
      await two.setMicrophone(true)
      const begin = Date.now()
      await until('the picture of the second speaker', async () => (await sdk.sees(ALL)) === blue)
      console.log(`the speaker's picture changed after ${Date.now() - begin} ms`)
      await until('the tone of the second speaker', async () => {
        const heard = await sdk.hears(ALL)
        return heard.includes(blue) && !heard.includes(green)
      })
      const rate = await sdk.rate()
      assert.ok(rate > 5, `frames keep coming: ${rate}`)
      await sdk.leave()
    } finally {
      await Promise.all([one.close(), two.close()])
    }
  })
})
