// A bad network in front of the media port: the relay that the load generator uses, too.
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { program } from './hub.js'

/**
 * @typedef {{ loss?: number, burst?: number, delay_ms?: number, jitter_ms?: number, reorder?: number,
 *   reorder_ms?: number, rate?: number, queue?: number, blackout?: boolean }} Conditions
 * @typedef {{ up?: Conditions, down?: Conditions, udp_blocked?: boolean, tcp_blocked?: boolean }} Network
 */

/** The path of the relay's program, built beside the hub's. */
function relayProgram() {
  const path = process.env.VDX_IMPAIR ?? join(dirname(program()), 'impair')
  if (!existsSync(path)) throw new Error(`${path} is missing: cargo build --bin impair, or set VDX_IMPAIR`)
  return path
}

export class Impairment {
  /** @type {{ resolve: (line: string) => void, reject: (error: Error) => void }[]} */
  #waiting = []

  /** @param {import('node:child_process').ChildProcessByStdio<import('node:stream').Writable, import('node:stream').Readable, null>} process */
  constructor(process) {
    this.process = process
    createInterface(process.stdout).on('line', (line) => this.#waiting.shift()?.resolve(line))
    process.once('exit', (code) => {
      for (const { reject } of this.#waiting) reject(new Error(`the relay ended with ${code}`))
    })
  }

  /**
   * Starts a relay on a port in front of another.
   *
   * @param {{ listen: number, target: number, seed?: number, address?: string }} how `address`: where it listens, by default loopback
   */
  static async start({ listen, target, seed = 1, address = '127.0.0.1' }) {
    const words = ['--listen', `${address}:${listen}`, '--target', `${address}:${target}`, '--seed', String(seed)]
    const relay = new Impairment(spawn(relayProgram(), words, { stdio: ['pipe', 'pipe', 'inherit'] }))
    const line = await relay.#answer()
    if (!line.startsWith('listening ')) throw new Error(`the relay said: ${line}`)
    return relay
  }

  #answer() {
    return new Promise((/** @type {(line: string) => void} */ resolve, reject) => {
      this.#waiting.push({ resolve, reject })
    })
  }

  /** @param {object} order */
  async #tell(order) {
    this.process.stdin.write(`${JSON.stringify(order)}\n`)
    const answer = await this.#answer()
    if (answer.startsWith('error')) throw new Error(answer)
    return answer
  }

  /** Makes the network this from now on; what is left out is perfect. @param {Network} network */
  set(network) {
    return this.#tell({ network })
  }

  /** The same both ways. @param {Conditions} conditions */
  both(conditions) {
    return this.set({ up: conditions, down: conditions })
  }

  /** Lets UDP come from other ports, as a NAT does that forgets its table. */
  rebind() {
    return this.#tell({ rebind: true })
  }

  /** @returns {Promise<{ clients: number, passed_up: number, passed_down: number, lost_up: number, lost_down: number }>} */
  async counts() {
    return JSON.parse(await this.#tell({ counts: true }))
  }

  stop() {
    this.process.stdin.end()
    this.process.kill()
  }
}
