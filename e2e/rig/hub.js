// The hub under test: the built program with demo data, in a folder and on ports of its own.
import { execFile, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { createSocket } from 'node:dgram'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { until } from './wait.js'

/**
 * @typedef {{ client_id: string, client_secret: string, organisation: string, email: string, roles: string[] }} Client
 * @typedef {{ username: string, password: string, email: string, roles: string[] }} User
 * @typedef {{ alias: string, host_pin: string, guest_pin: string }} FixedRoom
 * @typedef {{ public_url: string, clients: Client[], users: User[], rooms: FixedRoom[] }} Demo
 */

/** The path of the program under test. */
export function program() {
  const path = process.env.VDX_PROGRAM ?? join(import.meta.dirname, '../../target/debug/vdx')
  if (!existsSync(path)) throw new Error(`${path} is missing: cargo build --bin vdx, or set VDX_PROGRAM`)
  return path
}

/** A TCP port that is free now. */
export async function freePort() {
  const server = createServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address())
  await new Promise((resolve) => server.close(resolve))
  return port
}

/** A port that is free for UDP and TCP now, as the media port needs both. */
export async function freeMediaPort() {
  for (;;) {
    const port = await freePort()
    const socket = createSocket('udp4')
    const free = await new Promise((resolve) => {
      socket.once('error', () => resolve(false))
      socket.bind(port, () => socket.close(() => resolve(true)))
    })
    if (free) return port
  }
}

/** @param {string} folder @param {NodeJS.ProcessEnv} env */
function serve(folder, env) {
  return spawn(program(), ['serve', '--demo'], { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'] })
}

export class Hub {
  /** What the program printed, newest last; kept short for the message of a failed test. */
  log = ''

  /**
   * @param {string} url
   * @param {string} folder
   * @param {import('node:child_process').ChildProcess} process
   * @param {number} mediaPort
   * @param {NodeJS.ProcessEnv} env its settings
   */
  constructor(url, folder, process, mediaPort, env) {
    this.url = url
    this.folder = folder
    this.process = process
    this.mediaPort = mediaPort
    this.env = env
    /** @type {Demo} */
    this.demo = { public_url: url, clients: [], users: [], rooms: [] }
    this.#listen()
  }

  #listen() {
    for (const stream of [this.process.stdout, this.process.stderr])
      stream?.on('data', (text) => { this.log = (this.log + text).slice(-20_000) })
  }

  /**
   * Starts a hub and waits until it is ready.
   *
   * @param {{ address?: string, announce?: string[], settings?: Record<string, string> }} [options] `address`: where it listens and is
   *   reached, by default loopback; `announce`: addresses for ICE candidates; `settings`: further
   *   ones, as environment variables
   */
  static async start({ address = '127.0.0.1', announce = [], settings = {} } = {}) {
    const folder = await mkdtemp(join(tmpdir(), 'vdx-e2e-'))
    const [port, mediaPort] = [await freePort(), await freeMediaPort()]
    const host = address === '127.0.0.1' ? 'localhost' : address
    const url = `http://${host}:${port}`
    const env = {
      ...process.env,
      VDX_SERVER__LISTEN: address === '127.0.0.1' ? `127.0.0.1:${port}` : `0.0.0.0:${port}`,
      VDX_SERVER__PUBLIC_URL: url,
      VDX_DATA_DIR: folder,
      // A meeting that got a room of the pool would not have what a test's template says.
      VDX_POOL__FILL_INTERVAL_SECONDS: '0',
      // The browsers fill the machine they share with the hub.
      VDX_CAPACITY__CPU_PERCENT: '0',
      VDX_MEDIA__LISTEN: `0.0.0.0:${mediaPort}`,
      ...(announce.length > 0 && { VDX_MEDIA__ANNOUNCE: announce.join(',') }),
      ...settings,
    }
    const hub = new Hub(url, folder, serve(folder, env), mediaPort, env)
    try {
      await hub.#ready()
      hub.demo = JSON.parse(await readFile(join(folder, 'demo.json'), 'utf8'))
      return hub
    } catch (error) {
      await hub.stop()
      throw new Error(`the hub did not start: ${error}\n${hub.log}`)
    }
  }

  async #ready() {
    await until(`${this.url}/readyz`, async () => {
      if (this.process.exitCode !== null) throw new Error(`the hub ended with ${this.process.exitCode}`)
      return fetch(`${this.url}/readyz`).then((answer) => answer.ok, () => false)
    }, { every: 20 })
  }

  /** Ends the hub with SIGKILL: it puts nothing in order. */
  async kill() {
    const ended = new Promise((resolve) => this.process.once('exit', resolve))
    this.process.kill('SIGKILL')
    await ended
  }

  /** Starts a hub that was killed, on its ports and data; answers when `/readyz` does. */
  async startAgain() {
    this.process = serve(this.folder, this.env)
    this.#listen()
    await this.#ready()
  }

  /** Stops the hub with SIGTERM, or with SIGKILL after ten seconds, and removes its folder. */
  async stop() {
    if (this.process.exitCode === null && this.process.signalCode === null) {
      const ended = new Promise((resolve) => this.process.once('exit', resolve))
      this.process.kill('SIGTERM')
      const timer = setTimeout(() => this.process.kill('SIGKILL'), 10_000)
      await ended
      clearTimeout(timer)
    }
    await rm(this.folder, { recursive: true, force: true })
  }

  /** Runs another command of the program beside the hub, and gives what it prints. @param {string[]} words */
  async vdx(...words) {
    const { stdout } = await promisify(execFile)(program(), words, { cwd: this.folder, env: this.env })
    return stdout
  }

  /** The demo's person with this role. @param {string} role */
  user(role) {
    const user = this.demo.users.find(({ roles }) => roles.includes(role))
    if (!user) throw new Error(`demo.json has no user with the role ${role}`)
    return user
  }

  /** An API client of the demo that may book for its organisation. */
  get booker() {
    const client = this.demo.clients.find(({ roles }) => roles.includes('meeting-admin'))
    if (!client) throw new Error('demo.json has no client with the role meeting-admin')
    return client
  }
}
