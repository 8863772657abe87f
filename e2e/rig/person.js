// A person with a browser, in words of the page: join by a link, see, hear, leave.
//
// The page is read through its data attributes; this file is the only one that knows them.
import assert from 'node:assert/strict'
import { chromium } from './browser.js'
import { heardOf, lookOf } from './senses.js'
import { until } from './wait.js'

/** @typedef {import('./capture.js').Look} Look */
/** @typedef {{ preferH264?: boolean }} Wishes */

const tile = (/** @type {string} */ name) => `[data-participant][data-name=${JSON.stringify(name)}]`

export class Person {
  /** @param {{ page: import('puppeteer-core').Page, close: () => Promise<void> }} browser */
  constructor({ page, close }) {
    this.page = page
    this.close = close
  }

  /**
   * Starts a Chromium for one person.
   *
   * @param {import('./browser.js').Options} options
   */
  static async start(options) {
    return new Person(await chromium(options))
  }

  /** @param {string} selector */
  async #click(selector) {
    await (await this.page.waitForSelector(`${selector}:not([disabled])`, { visible: true, timeout: 20_000 }))?.click()
  }

  /** @param {string} selector @param {string} text */
  async #type(selector, text) {
    await (await this.page.waitForSelector(selector, { visible: true, timeout: 20_000 }))?.type(text)
  }

  /**
   * Opens a link and goes as far as a guest goes; does not wait to be in.
   *
   * @param {string} link
   * @param {string} name
   * @param {string} [pin] where the link asks for one
   * @param {Wishes} [wishes]
   */
  async openAsGuest(link, name, pin, wishes) {
    await this.#open(link, wishes)
    if (pin) await this.#enterPin(pin)
    await this.#nameAndDevices(name)
  }

  /**
   * Opens a link and goes as far as a host with this PIN goes; does not wait to be in.
   *
   * @param {string} link
   * @param {string} name
   * @param {string} pin
   * @param {Wishes} [wishes]
   */
  async openAsHost(link, name, pin, wishes) {
    await this.#open(link, wishes)
    await this.#click('[data-action=host]')
    await this.#enterPin(pin)
    await this.#nameAndDevices(name)
  }

  /** @param {string} link @param {string} name @param {string} [pin] @param {Wishes} [wishes] */
  async joinAsGuest(link, name, pin, wishes) {
    await this.openAsGuest(link, name, pin, wishes)
    await this.isIn()
  }

  /** @param {string} link @param {string} name @param {string} pin @param {Wishes} [wishes] */
  async joinAsHost(link, name, pin, wishes) {
    await this.openAsHost(link, name, pin, wishes)
    await this.isIn()
  }

  /** @param {string} link @param {Wishes} [wishes] */
  async #open(link, { preferH264 = false } = {}) {
    const url = new URL(link)
    if (preferH264) url.searchParams.set('preferH264', 'true')
    await this.page.goto(url.href)
  }

  /** @param {string} pin */
  async #enterPin(pin) {
    await this.#type('input[name=pin]', pin)
    await this.#click('[data-action=continue]')
  }

  /** @param {string} name */
  async #nameAndDevices(name) {
    await this.#type('input[name=name]', name)
    await this.#click('[data-action=continue]')
    await this.#click('[data-action=join]')
  }

  /** Waits until the meeting is shown. */
  async isIn() {
    await this.page.waitForSelector('[data-step=meeting]', { timeout: 20_000 })
  }

  /** Waits until the page says that the host is waited for. */
  async waits() {
    await this.page.waitForSelector('[data-step=waiting]', { visible: true, timeout: 20_000 })
  }

  /** Waits until the page says that it was refused. */
  async isRefused() {
    await this.page.waitForSelector('[role=alert]', { visible: true, timeout: 20_000 })
    assert.equal(await this.page.$('[data-step=meeting]'), null)
  }

  async leave() {
    await this.#click('[data-action=leave]')
  }

  /** Switches the microphone; does nothing when it is as wanted. @param {boolean} on */
  async setMicrophone(on) {
    const pressed = await this.page.$eval('[data-action=microphone]', (button) => button.getAttribute('aria-pressed'))
    if ((pressed === 'true') !== on) await this.#click('[data-action=microphone]')
  }

  /** The names of the others who have a tile. */
  tiles() {
    return this.page.$$eval('[data-participant]', (tiles) => tiles.map((one) => one.getAttribute('data-name') ?? ''))
  }

  /** The look of the picture in somebody's tile. @param {string} name @param {Look[]} looks */
  async sees(name, looks) {
    const video = await this.page.$(`${tile(name)} video`)
    if (!video) return undefined
    return lookOf(await video.evaluate((video) => window.senses.colour(/** @type {HTMLVideoElement} */ (video))), looks)
  }

  /** Frames a second of the picture in somebody's tile. @param {string} name */
  rateOf(name, ms = 2_000) {
    return this.page.$eval(`${tile(name)} video`, (video, ms) =>
      window.senses.rate(/** @type {HTMLVideoElement} */ (video), ms), ms)
  }

  /** The looks whose tones are heard. @param {Look[]} looks */
  async hears(looks, ms = 1_500) {
    const tones = looks.map(({ hertz }) => hertz)
    return heardOf(await this.page.evaluate((tones, ms) => window.senses.hear(tones, ms), tones, ms), looks)
  }

  /**
   * Waits until each of the others is seen in their own tile and heard, and nobody else is; then
   * counts frames, and answers with the frames a second of each.
   *
   * @param {Record<string, Look>} others by name
   * @param {Look[]} looks of everybody there is
   */
  async seesAndHears(others, looks) {
    const names = Object.keys(others).sort()
    await until(`the tiles of ${names}`, async () => (await this.tiles()).sort().join() === names.join())
    for (const name of names)
      await until(`${others[name].name} in the tile of ${name}`, async () => (await this.sees(name, looks)) === others[name])
    const wanted = Object.values(others).map(({ name }) => name).sort().join()
    let heard = ''
    await until(`the tones of ${wanted}`, async () => {
      heard = (await this.hears(looks)).map(({ name }) => name).sort().join()
      return heard === wanted
    }).catch((error) => { throw new Error(`${error.message}; heard ${heard || 'nothing'}`) })

    /** @type {Record<string, number>} */
    const rates = {}
    await Promise.all(names.map(async (name) => { rates[name] = await this.rateOf(name) }))
    for (const [name, rate] of Object.entries(rates)) assert.ok(rate > 3, `frames of ${name} keep coming: ${rate}`)
    return rates
  }

  /** The MIME type of the video codec that is sent, when it is one. */
  async sentCodec() {
    const codecs = await this.page.evaluate(() => window.senses.sentCodecs())
    return codecs.length === 1 ? codecs[0] : undefined
  }

  /** The MIME type of the codec that somebody's picture arrives in. @param {string} name */
  receivedCodec(name) {
    return this.page.$eval(`${tile(name)} video`, (video) =>
      window.senses.receivedCodec(/** @type {HTMLVideoElement} */ (video)))
  }
}
