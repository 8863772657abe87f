// A participant with the unmodified @pexip/infinity, on a page that a server of the test's own
// serves: another origin than the hub's, as foreign web clients have.
import { createServer } from 'node:http'
import { join } from 'node:path'
import esbuild from 'esbuild'
import { chromium, prepare } from './browser.js'
import { heardOf, lookOf } from './senses.js'
import { until } from './wait.js'

/**
 * @typedef {{ status?: number, result?: any, error?: string }} Answer
 * @typedef {{ uuid: string, displayName: string, role: string, isWaiting: boolean, isMuted: boolean,
 *   isCameraMuted: boolean, isClientMuted: boolean, isHost: boolean, isPresenting: boolean, isSpotlight: boolean,
 *   canMute: boolean, raisedHand: boolean, handRaisedTime: number, spotlightOrder: number, overlayText: string,
 *   rxPresentation: boolean, supportsDirectChat: boolean, hasMedia: boolean }} Entry
 * @typedef {{ locked: boolean, guestsMuted: boolean, started: boolean, guestsCanUnmute?: boolean,
 *   presentationAllowed: boolean, directMedia: boolean, endTime?: number }} Status
 * @typedef {{ roster: Entry[], errors: string[], pinRequired: null | { hasHostPin: boolean, hasGuestPin: boolean },
 *   serviceType: string | null, disconnected: null | { error: string, errorCode: string }, connected: boolean,
 *   messages: { message: string, displayName: string, userId: string, direct: boolean }[], applicationMessages: any[],
 *   layout: any, stage: any[], transfers: { alias: string, token: string }[], hands: { uuid: string, raised: boolean }[],
 *   peerDisconnects: number, mutings: boolean[], presentation: null | { send: string, recv: string }, reconnections: number,
 *   status: Status | null, flags: any, me: string | null }} Seen
 */

/** Bundles the page and serves it on a loopback port. */
export async function servePage() {
  const { outputFiles } = await esbuild.build({
    entryPoints: [join(import.meta.dirname, 'sdk-page.js')],
    bundle: true,
    format: 'iife',
    write: false,
    logLevel: 'error',
  })
  const html = '<!doctype html><title>A foreign client</title><video id="video" autoplay playsinline></video>' +
    '<audio id="audio" autoplay></audio><script src="/page.js"></script>'
  const server = createServer((request, response) => {
    const script = request.url === '/page.js'
    response.setHeader('content-type', script ? 'text/javascript' : 'text/html; charset=utf-8')
    response.end(script ? outputFiles[0].text : html)
  }).listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address())
  return { url: `http://localhost:${port}/`, close: () => server.close() }
}

export class SdkPerson {
  /**
   * @param {import('puppeteer-core').Page} page
   * @param {() => Promise<void>} close
   */
  constructor(page, close) {
    this.page = page
    this.close = close
  }

  /**
   * @param {string} url of `servePage`
   * @param {import('./browser.js').Options} options
   */
  static async start(url, options) {
    const { page, close } = await chromium(options)
    await page.goto(url)
    return new SdkPerson(page, close)
  }

  /**
   * Further people, each in a window of one browser: enough where nobody has to be told by looks.
   *
   * @param {string} url of `servePage`
   * @param {number} count
   * @returns {Promise<SdkPerson[]>}
   */
  static async several(url, count) {
    const { browser } = await chromium()
    const people = []
    for (let n = 0; n < count; n++) {
      const page = await browser.newPage()
      await prepare(page)
      await page.goto(url)
      people.push(new SdkPerson(page, () => browser.close()))
    }
    return people
  }

  /**
   * Joins, and answers with the HTTP status of request_token.
   *
   * @param {{ host: string, alias: string, pin?: string, displayName: string, token?: string, supportsDirectChat?: boolean }} how
   * @returns {Promise<number>}
   */
  join(how) {
    return this.page.evaluate((how) => window.sdk.join(how), how)
  }

  /**
   * Calls a method of the client.
   *
   * @param {string} method
   * @param {object} [args]
   * @returns {Promise<Answer>}
   */
  ask(method, args = {}) {
    return this.page.evaluate((method, args) => window.sdk.ask(method, args), method, args)
  }

  /** Waits until what the client knows fits. @param {string} what @param {(seen: Seen) => unknown} fits */
  async knows(what, fits) {
    return until(what, async () => fits(await this.seen()))
  }

  /** Waits until somebody's row of the roster fits. @param {string} name @param {(entry: Entry) => unknown} fits @param {string} what */
  async finds(name, what, fits) {
    return this.knows(`${name} ${what}`, ({ roster }) => roster.some((entry) => entry.displayName === name && fits(entry)))
  }

  /** The id of somebody in the roster. @param {string} name */
  async uuid(name) {
    const { roster } = await this.seen()
    const found = roster.find((entry) => entry.displayName === name)
    if (!found) throw new Error(`${name} is not in the roster`)
    return found.uuid
  }

  present() {
    return this.page.evaluate(() => window.sdk.present())
  }

  stopPresenting() {
    return this.page.evaluate(() => window.sdk.stopPresenting())
  }

  leave() {
    return this.page.evaluate(() => window.sdk.leave())
  }

  /** The ports that media goes between, once a connection is up. */
  ends() {
    return this.page.evaluate(() => window.senses.ends())
  }

  /** How often the page asked to be let in. */
  entries() {
    return this.page.evaluate(() => window.senses.entries())
  }

  /** @returns {Promise<Seen>} */
  seen() {
    return this.page.evaluate(() => window.sdk.seen())
  }

  /** The look that the main picture shows now. @param {import('./capture.js').Look[]} looks */
  async sees(looks) {
    return lookOf(await this.page.$eval('#video', (video) => window.senses.colour(/** @type {HTMLVideoElement} */ (video))), looks)
  }

  /** Frames a second of the main picture. */
  async rate(ms = 2_000) {
    return this.page.$eval('#video', (video, ms) => window.senses.rate(/** @type {HTMLVideoElement} */ (video), ms), ms)
  }

  /** The looks whose tones are heard. @param {import('./capture.js').Look[]} looks */
  async hears(looks, ms = 1_500) {
    const tones = looks.map(({ hertz }) => hertz)
    return heardOf(await this.page.evaluate((tones, ms) => window.senses.hear(tones, ms), tones, ms), looks)
  }

  /** How much of the time all these looks' tones sound at once, 0 to 1. @param {import('./capture.js').Look[]} looks */
  async hearsTogether(looks, ms = 1_500) {
    const tones = looks.map(({ hertz }) => hertz)
    return this.page.evaluate(async (tones, ms) => (await window.senses.listen(tones, ms)).together, tones, ms)
  }
}
