// An app of somebody else, to which people sign in at the hub (authorization code with PKCE): one
// page on a port of its own, registered as an operator does it.
import { createHash, randomBytes } from 'node:crypto'
import { createServer } from 'node:http'

const NAME = 'Sundhedsportalen'

export class App {
  /** What the authorization endpoint must send back. */
  state = randomBytes(12).toString('base64url')
  #verifier = randomBytes(32).toString('base64url')

  /**
   * @param {import('./hub.js').Hub} hub
   * @param {string} id
   * @param {string} url
   * @param {import('node:http').Server} server
   */
  constructor(hub, id, url, server) {
    this.hub = hub
    this.id = id
    this.url = url
    this.server = server
  }

  /** @param {import('./hub.js').Hub} hub */
  static async start(hub) {
    const server = createServer((_, answer) => {
      answer.setHeader('content-type', 'text/html; charset=utf-8')
      answer.end(`<!doctype html><html lang="en"><title>${NAME}</title><h1>${NAME}</h1>`)
    })
    await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(undefined)))
    const { port } = /** @type {import('node:net').AddressInfo} */ (server.address())
    const url = `http://localhost:${port}`
    const printed = await hub.vdx(
      'client', 'add-app', '--name', NAME, '--role', 'meeting-planner', '--role', 'meeting-user',
      '--redirect-uri', `${url}/back`, '--logout-uri', `${url}/bye`,
    )
    const id = /client_id: (\S+)/.exec(printed)?.[1]
    if (!id) throw new Error(`no id was printed: ${printed}`)
    return new App(hub, id, url, server)
  }

  /** Where it sends people. @param {Record<string, string>} [more] put over the usual parameters */
  authorize(more = {}) {
    const parameters = {
      client_id: this.id,
      redirect_uri: `${this.url}/back`,
      response_type: 'code',
      code_challenge: createHash('sha256').update(this.#verifier).digest('base64url'),
      code_challenge_method: 'S256',
      scope: 'openid email',
      state: this.state,
      ...more,
    }
    return `${this.hub.url}/oauth2/authorize?${new URLSearchParams(parameters)}`
  }

  /** Redeems what a person came back with. @param {string} code */
  async redeem(code) {
    return this.#token({ grant_type: 'authorization_code', code, redirect_uri: `${this.url}/back`, code_verifier: this.#verifier })
  }

  /** @param {string} refresh_token */
  async refresh(refresh_token) {
    return this.#token({ grant_type: 'refresh_token', refresh_token })
  }

  /** @param {Record<string, string>} form */
  async #token(form) {
    const answer = await fetch(`${this.hub.url}/oauth2/token`, {
      method: 'POST',
      body: new URLSearchParams({ client_id: this.id, ...form }),
    })
    return { status: answer.status, body: await answer.json() }
  }

  /** Where it sends people to sign out. @param {string} [hint] the id token */
  logout(hint) {
    const parameters = { client_id: this.id, post_logout_redirect_uri: `${this.url}/bye`, ...(hint && { id_token_hint: hint }) }
    return `${this.hub.url}/oauth2/logout?${new URLSearchParams(parameters)}`
  }

  stop() {
    this.server.closeAllConnections()
    this.server.close()
  }
}
