// A hub that is killed and started again: who was in a meeting is in it again, by itself.
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { book } from '../rig/booking.js'
import { LOOKS } from '../rig/capture.js'
import { Hub } from '../rig/hub.js'
import { Person } from '../rig/person.js'
import { SdkPerson, servePage } from '../rig/sdk.js'
import { sleep, until } from '../rig/wait.js'

const { red, green } = LOOKS
const ALL = Object.values(LOOKS)

/** What is wanted of the hub's own clients, in milliseconds from the first 200 of `/readyz`. */
const WANTED = 3_000
/** What a busy machine may take; the time itself is printed. */
const LIMIT = 60_000

describe('a hub that is killed and started again', () => {
  /** @type {Hub} */
  let hub
  before(async () => { hub = await Hub.start() })
  after(() => hub?.stop())

  test('has its own clients back by themselves, with picture and sound', async () => {
    const meeting = await book(hub, { guestPinRequired: true, guestPin: 47114711, hostPin: 88228822 })
    const [host, guest] = await Promise.all([Person.start({ look: red }), Person.start({ look: green })])
    try {
      await host.joinAsHost(meeting.link, 'Clinician', meeting.hostPin)
      await guest.joinAsGuest(meeting.link, 'Patient', '47114711')
      await host.seesAndHears({ Patient: green }, ALL)
      const before = await Promise.all([host, guest].map((person) => person.received()))

      await hub.kill()
      // Long enough that both have noticed, as with a real restart.
      await sleep(2_000)
      await hub.startAgain()
      const ready = Date.now()
      const back = await Promise.all([host, guest].map(async (person, at) => {
        await until('pictures and sound of a new connection', async () => {
          const { connection, frames, samples } = await person.received()
          return connection > before[at].connection && frames > 0 && samples > 0 && !(await person.isInTrouble())
        }, { ms: LIMIT, every: 20 })
        return Date.now() - ready
      }))
      console.log(`back in the meeting ${back.join(' and ')} ms after /readyz (at most ${WANTED} wanted)`)
      await host.seesAndHears({ Patient: green }, ALL)
      await guest.seesAndHears({ Clinician: red }, ALL)
      await host.leave()
      await guest.leave()
    } finally {
      await Promise.all([host.close(), guest.close()])
    }
  })

  test('lets nobody back whom the host put out before, and has nobody heard whom the host had muted', async () => {
    const meeting = await book(hub)
    const host = await Person.start({ look: red })
    try {
      await host.joinAsHost(meeting.link, 'Clinician', meeting.hostPin)
      const room = `${hub.url}/api/client/v2/conferences/${meeting.address}`
      const link = await (await fetch(`${hub.url}/api/hub/v1/links/${meeting.shortId}`)).json()
      /** @param {object} asking @param {Record<string, string>} [headers] */
      const enter = async (asking, headers = {}) => {
        const answer = await fetch(`${room}/request_token`, {
          method: 'POST',
          headers: { 'content-type': 'application/json', ...headers },
          body: JSON.stringify(asking),
        })
        assert.equal(answer.status, 200)
        return (await answer.json()).result
      }
      const removed = await enter({ display_name: 'Removed', token: link.ticket })
      const stays = await enter({ display_name: 'Stays', token: link.ticket })
      const second = await enter({ display_name: 'Second host' }, { pin: meeting.hostPin })
      /** @param {{ participant_uuid: string }} whom @param {string} act */
      const hostDoes = async (whom, act) => {
        const answer = await fetch(`${room}/participants/${whom.participant_uuid}/${act}`, {
          method: 'POST',
          headers: { token: second.token, 'content-type': 'application/json' },
          body: '{}',
        })
        assert.equal(answer.status, 200)
      }
      await hostDoes(removed, 'disconnect')
      await hostDoes(stays, 'mute')
      await hub.kill()
      await hub.startAgain()
      /** @param {{ token: string }} who */
      const refresh = async ({ token }) =>
        (await fetch(`${room}/refresh_token`, { method: 'POST', headers: { token } })).status
      assert.equal(await refresh(removed), 403)
      assert.equal(await refresh(stays), 200)
      const seen = await (await fetch(`${room}/participants`, { headers: { token: second.token } })).json()
      const row = seen.result.find((/** @type {{ uuid: string }} */ { uuid }) => uuid === stays.participant_uuid)
      assert.equal(row.is_muted, 'YES')
    } finally {
      await host.close()
    }
  })

  test('keeps a client built on @pexip/infinity in the room as far as that package goes', async () => {
    const page = await servePage()
    const room = await book(hub)
    const sdk = await SdkPerson.start(page.url, { look: red })
    const guest = await Person.start({ look: green })
    try {
      assert.equal(await sdk.join({ host: hub.url, alias: room.address, pin: room.hostPin, displayName: 'Sdk' }), 200)
      await guest.joinAsGuest(room.link, 'Patient')
      await guest.seesAndHears({ Sdk: red }, ALL)
      await hub.kill()
      await hub.startAgain()
      const ready = Date.now()
      await until('the foreign client in the roster again', async () => (await guest.tiles()).includes('Sdk'), { ms: 60_000 })
      console.log(`the foreign client is in the roster again ${Date.now() - ready} ms after /readyz`)
      await sdk.finds('Patient', 'in its own roster', (one) => !one.isWaiting)
      const { disconnected, errors, roster } = await sdk.seen()
      assert.deepEqual({ disconnected, errors }, { disconnected: null, errors: [] }, 'nobody was told of an end')
      assert.equal(roster.length, 2)
    } finally {
      await Promise.all([sdk.close(), guest.close()])
      page.close()
    }
  })
})
