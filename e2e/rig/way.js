// A way to a hub that can be cut in the middle of everything, and mended.
import { connect, createServer } from 'node:net'

export class Way {
  /** @type {Set<import('node:net').Socket>} */
  #sockets = new Set()
  #isCut = false

  /** @param {import('node:net').Server} server @param {string} url */
  constructor(server, url) {
    this.server = server
    /** The hub's address by this way. */
    this.url = url
  }

  /** A way to a hub. @param {string} url of the hub */
  static async to(url) {
    const { port: far } = new URL(url)
    const server = createServer().listen(0, '127.0.0.1')
    await new Promise((resolve) => server.once('listening', resolve))
    const { port } = /** @type {import('node:net').AddressInfo} */ (server.address())
    const way = new Way(server, `http://localhost:${port}`)
    server.on('connection', (near) => way.#lead(near, connect(Number(far), '127.0.0.1')))
    return way
  }

  /** @param {import('node:net').Socket} near @param {import('node:net').Socket} far */
  #lead(near, far) {
    for (const [one, other] of [[near, far], [far, near]]) {
      this.#sockets.add(one)
      // What breaks at one end breaks at the other.
      one.on('error', () => other.destroy())
      one.on('close', () => { this.#sockets.delete(one); other.destroy() })
    }
    if (this.#isCut) near.destroy()
    else near.pipe(far).pipe(near)
  }

  /** Breaks all that goes by it; nothing gets through until it is mended. */
  cut() {
    this.#isCut = true
    for (const socket of this.#sockets) socket.destroy()
  }

  mend() {
    this.#isCut = false
  }

  close() {
    this.cut()
    this.server.close()
  }
}
