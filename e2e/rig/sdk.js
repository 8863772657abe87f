// A participant with the unmodified @pexip/infinity, on a page that a server of the test's own
// serves: another origin than the hub's, as foreign web clients have.
import { createServer } from 'node:http'
import { join } from 'node:path'
import esbuild from 'esbuild'
import { chromium } from './browser.js'
import { heardOf, lookOf } from './senses.js'

/**
 * @typedef {{ uuid: string, displayName: string, role: string, isWaiting: boolean }} Entry
 * @typedef {{ roster: Entry[], errors: string[], pinRequired: null | { hasHostPin: boolean, hasGuestPin: boolean },
 *   serviceType: string | null, disconnected: null | object, connected: boolean }} Seen
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
   * Joins, and answers with the HTTP status of request_token.
   *
   * @param {{ host: string, alias: string, pin?: string, displayName: string }} how
   * @returns {Promise<number>}
   */
  join(how) {
    return this.page.evaluate((how) => window.sdk.join(how), how)
  }

  leave() {
    return this.page.evaluate(() => window.sdk.leave())
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
}
