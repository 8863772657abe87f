// Networks that let neither UDP nor TCP through to the media port: the way round is TURN, over UDP,
// TCP or TLS, whichever the network allows.
import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { execFile } from 'node:child_process'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { after, before, describe, test } from 'node:test'
import { book } from '../rig/booking.js'
import { LOOKS } from '../rig/capture.js'
import { freeMediaPort, Hub, program } from '../rig/hub.js'
import { Impairment } from '../rig/impairment.js'
import { Person } from '../rig/person.js'
import { eventually } from '../rig/wait.js'

const { red, green } = LOOKS
const ALL = [red, green]
const SECRET = 'only for this test, and long enough'
// The certificate is one that the test has made.
const FLAGS = ['--ignore-certificate-errors']

describe('a firewall in front of the media port', () => {
  /** @type {string} */
  let folder
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'vdx-turn-'))
    await promisify(execFile)(program(), ['certificate', folder])
  })
  after(() => rm(folder, { recursive: true, force: true }))

  /** @param {'udp' | 'tcp' | 'tls'} transport the only one that clients are told of, besides the media port */
  async function meetThrough(transport) {
    const [listen, turn, tls] = [await freeMediaPort(), await freeMediaPort(), await freeMediaPort()]
    const url = transport === 'tls' ? `turns:localhost:${tls}?transport=tcp` : `turn:localhost:${turn}?transport=${transport}`
    const hub = await Hub.start({
      announce: [`127.0.0.1:${listen}`],
      settings: {
        VDX_TURN__LISTEN: `127.0.0.1:${turn}`,
        VDX_TURN__TLS_LISTEN: `127.0.0.1:${tls}`,
        VDX_TURN__SECRET: SECRET,
        VDX_TURN__URLS: url,
        VDX_TURN__TLS_CERTIFICATE: join(folder, 'certificate.pem'),
        VDX_TURN__TLS_KEY: join(folder, 'key.pem'),
      },
    })
    const firewall = await Impairment.start({ listen, target: hub.mediaPort })
    await firewall.set({ udp_blocked: true, tcp_blocked: true })
    const [host, guest] = await Promise.all([Person.start({ look: red, flags: FLAGS }), Person.start({ look: green, flags: FLAGS })])
    try {
      const meeting = await book(hub)
      await host.joinAsHost(meeting.link, 'Host', meeting.hostPin)
      await guest.joinAsGuest(meeting.link, 'Guest')
      await eventually(() => host.seesAndHears({ Guest: green }, ALL))
      await eventually(() => guest.seesAndHears({ Host: red }, ALL))
      for (const person of [host, guest]) assert.equal(await person.path(), `relay ${transport}`)
      assert.match(await (await fetch(`${hub.url}/metrics`)).text(), /^vdx_turn_allocations [1-9]/m)
      assert.doesNotMatch(hub.log, new RegExp(SECRET))
    } finally {
      await Promise.all([host.close(), guest.close()])
      firewall.stop()
      await hub.stop()
    }
  }

  test('nothing but UDP to the TURN server gets through', () => meetThrough('udp'))
  test('nothing but TCP to the TURN server gets through', () => meetThrough('tcp'))
  test('nothing but TLS gets through', () => meetThrough('tls'))
})
