// A person with a browser, in words of the page: join by a link, see, hear, leave.
//
// The page is read through its data attributes; this file is the only one that knows them.
import { chromium } from './browser.js'
import { heardOf, lookOf } from './senses.js'
import { eventually, sleep, until } from './wait.js'

/** @typedef {import('./capture.js').Look} Look */
/** @typedef {{ preferH264?: boolean }} Wishes */

/** @param {string} id */
const part = (id) => `[data-testid=${id}]`
const IN = `${part('step-meeting')}[data-waiting=false]`
const tile = (/** @type {string} */ name) => `[data-participant][data-name=${JSON.stringify(name)}]`
const LIMIT = { timeout: 20_000 }

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

  /** @param {string} id */
  async #click(id) {
    const what = `${part(id)}:not([disabled], [aria-disabled=true])`
    // Pages that come in parts move what is below: a click that met nothing is made again.
    await until(`${id} to be pressed`, async () => {
      const button = await this.page.waitForSelector(what, { visible: true, ...LIMIT })
      try {
        await button?.evaluate((one) => {
          window.pressed = false
          one.addEventListener('click', () => { window.pressed = true }, { once: true, capture: true })
        })
        await button?.click()
      } catch {
        return false // gone meanwhile
      }
      // A page that the click led away from is another page.
      return this.page.evaluate(() => window.pressed ?? true).catch(() => true)
    })
  }

  /** @param {string} id @param {string} text */
  async #fill(id, text) {
    await this.page.locator(`input${part(id)}`).setEnsureElementIsInTheViewport(false).setTimeout(LIMIT.timeout).fill(text)
  }

  /** Presses a button of the page. @param {string} id */
  press(id) {
    return this.#click(id)
  }

  /** The text of a part of the page, when it is there. @param {string} id */
  textOf(id) {
    return this.page.$eval(part(id), (one) => /** @type {HTMLElement} */ (one).innerText).catch(() => undefined)
  }

  /** Whether a switch is on. @param {string} id */
  isPressed(id) {
    return this.page.$eval(part(id), (one) => one.getAttribute('aria-pressed') === 'true').catch(() => undefined)
  }

  /**
   * As a host: does something to somebody in the list of people, which is open.
   *
   * @param {string} name
   * @param {string} act
   */
  async actOn(name, act) {
    const row = `${part('panel-people')} li[data-name=${JSON.stringify(name)}]`
    if (!(await this.page.$(`${row} ${part(act)}`))) await (await this.page.waitForSelector(`${row} ${part('person')}`, LIMIT))?.click()
    await (await this.page.waitForSelector(`${row} ${part(act)}`, { visible: true, ...LIMIT }))?.click()
  }

  /** What the page keeps of its seat for a reload. */
  seat() {
    return this.page.evaluate(() => {
      const { address, admission } = JSON.parse(sessionStorage.getItem('vdx.seat') ?? 'null')
      return /** @type {{ address: string, token: string }} */ ({ address, token: admission.token })
    })
  }

  /**
   * As a host: sends somebody to another room, for which the page has no button.
   *
   * @param {string} name
   * @param {import('./booking.js').Booked} there
   * @param {'guest' | 'host'} [role]
   */
  async sendOn(name, there, role = 'guest') {
    const { address, token } = await this.seat()
    const uuid = await (await this.page.waitForSelector(tile(name), LIMIT))?.evaluate((one) => one.getAttribute('data-participant'))
    const path = `/api/client/v2/conferences/${encodeURIComponent(address)}/participants/${uuid}/transfer`
    const body = { conference_alias: there.address, role, pin: role === 'host' ? there.hostPin : (there.guestPin ?? 'none') }
    const ask = () => this.page.evaluate(async (path, token, body) => {
      const headers = { token, 'content-type': 'application/json' }
      return (await fetch(path, { method: 'POST', headers, body: JSON.stringify(body) })).status
    }, path, token, body)
    // Who has just come in does not listen yet, and cannot be told.
    await until(`${name} to be sent on`, async () => (await ask()) === 200)
  }

  /** As a host: answers somebody who waits. @param {string} name @param {'admit' | 'deny'} answer */
  async answerAtDoor(name, answer) {
    const row = `${part('door')} li[data-name=${JSON.stringify(name)}]`
    await (await this.page.waitForSelector(`${row} ${part(answer)}`, { visible: true, ...LIMIT }))?.click()
  }

  /** The names of those who wait, as a host sees them. */
  atTheDoor() {
    return this.page.$$eval(`${part('door')} li`, (rows) => rows.map((one) => one.getAttribute('data-name') ?? ''))
  }

  /** Writes into the chat, which is open. @param {string} text @param {string} [to] a name; everybody without */
  async write(text, to) {
    if (to) {
      const named = await this.page.$$eval(`${part('chat-to')} option`, (all, to) => /** @type {HTMLOptionElement[]} */ (all).find((one) => one.label === to)?.index ?? -1, to)
      await this.page.$eval(part('chat-to'), (list, index) => {
        const select = /** @type {HTMLSelectElement} */ (list)
        select.selectedIndex = index
        select.dispatchEvent(new Event('change', { bubbles: true }))
      }, named)
      if (named < 0) throw new Error(`${to} cannot be written to`)
    }
    await this.page.locator(`textarea${part('chat-text')}`).fill(text)
    await this.page.focus(part('chat-text'))
    await this.page.keyboard.press('Enter')
  }

  /** What stands in the chat, which is open: who and what. */
  messages() {
    return this.page.$$eval(`${part('messages')} li`, (all) => all.map((one) =>
      `${one.querySelector('strong')?.textContent}: ${one.querySelector('.text')?.textContent}`))
  }

  /** Opens a link. @param {string} link @param {Wishes} [wishes] */
  async open(link, { preferH264 = false } = {}) {
    const url = new URL(link)
    if (preferH264) url.searchParams.set('preferH264', 'true')
    await this.page.goto(url.href)
  }

  /** In the step for those without a link. @param {string} address */
  async enterAddress(address) {
    await this.#fill('address', address)
    await this.#click('continue')
  }

  /** From the devices of a link's guest, or from the guest's PIN, to the host's PIN. */
  async sayHost() {
    const [name, pin] = [part('i-am-host'), part('other-role')]
    await this.page.waitForSelector(`${name}, ${pin}`, { visible: true, ...LIMIT })
    await this.#click((await this.page.$(name)) ? 'i-am-host' : 'other-role')
  }

  /** @param {string} pin */
  async enterPin(pin) {
    await this.#fill('pin', pin)
    await this.#click('continue')
  }

  /** In the step of its own, or beside the devices. @param {string} name */
  async enterName(name) {
    await this.#fill('name', name)
    if (await this.page.$(part('step-name'))) await this.#click('continue')
  }

  /** Lets the page have camera and microphone before going in; it does not ask when it may use them already. */
  async allowDevices() {
    const [allow, microphone] = [part('allow'), `${part('microphone')}:not([disabled])`]
    await this.page.waitForSelector(`${allow}, ${microphone}`, { visible: true, ...LIMIT })
    if (await this.page.$(allow)) await this.#click('allow')
    await this.page.waitForSelector(microphone, { visible: true, ...LIMIT })
  }

  /** From the devices into the meeting or the waiting room; the page asks for the devices on the way. */
  async goIn() {
    await this.#click('join')
  }

  /**
   * Opens a link and goes in as a guest; does not wait to be let in.
   *
   * @param {string} link
   * @param {string} name
   * @param {string} [pin] where the link asks for one
   * @param {Wishes} [wishes]
   */
  async goInAsGuest(link, name, pin, wishes) {
    await this.open(link, wishes)
    if (pin) await this.enterPin(pin)
    await this.enterName(name)
    await this.goIn()
  }

  /** @param {string} link @param {string} name @param {string} [pin] @param {Wishes} [wishes] */
  async joinAsGuest(link, name, pin, wishes) {
    await this.goInAsGuest(link, name, pin, wishes)
    await this.isIn()
  }

  /**
   * Opens a link, says to be the host, and joins.
   *
   * @param {string} link
   * @param {string} name
   * @param {string} pin
   * @param {Wishes} [wishes]
   */
  async joinAsHost(link, name, pin, wishes) {
    await this.open(link, wishes)
    await this.sayHost()
    await this.enterPin(pin)
    await this.enterName(name)
    await this.goIn()
    await this.isIn()
  }

  /** Waits until the meeting is shown. */
  async isIn() {
    await this.page.waitForSelector(IN, LIMIT)
  }

  /** Waits until the page says that the host is waited for. */
  async waits() {
    await this.shows('waiting')
  }

  /** Waits until the page says what is wrong, and answers with its words. */
  problem() {
    return until('the page to say what is wrong', () =>
      this.page.$eval(part('problem'), (one) => one.textContent?.trim()).catch(() => undefined))
  }

  /** Waits until a part of the page is shown. @param {string} id */
  async shows(id) {
    await this.page.waitForSelector(part(id), { visible: true, ...LIMIT })
  }

  /** Opens the list of people. */
  async showPeople() {
    await this.#click('people')
  }

  async leave() {
    await this.#click('leave')
    await this.page.waitForSelector(part('step-left'), LIMIT)
  }

  /** Switches the microphone; does nothing when it is as wanted. @param {boolean} on */
  async setMicrophone(on) {
    const pressed = await this.page.$eval(part('microphone'), (button) => button.getAttribute('aria-pressed'))
    if ((pressed === 'true') !== on) await this.#click('microphone')
  }

  /** The names of the others who have a tile. */
  tiles() {
    return this.page.$$eval('[data-participant]', (tiles) => tiles.map((one) => one.getAttribute('data-name') ?? ''))
  }

  /** The picture in somebody's tile, when there is one. @param {string} name */
  #picture(name) {
    return /** @type {Promise<import('puppeteer-core').ElementHandle<HTMLVideoElement> | null>} */ (this.page.$(`${tile(name)} video`))
  }

  /** The look of the picture in somebody's tile. @param {string} name @param {Look[]} looks */
  async sees(name, looks) {
    const video = await this.#picture(name)
    return lookOf(await video?.evaluate((video) => window.senses.colour(video)), looks)
  }

  /** Frames a second of the picture in somebody's tile. @param {string} name */
  async rateOf(name, ms = 2_000) {
    return (await (await this.#picture(name))?.evaluate((video, ms) => window.senses.rate(video, ms), ms)) ?? 0
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
    // A busy machine may need a while until the estimate of a beginning call has grown.
    await Promise.all(names.map((name) => until(`the frames of ${name} to keep coming`, async () => {
      rates[name] = await this.rateOf(name)
      return rates[name] > 3
    }, { ms: 60_000 })))
    return rates
  }

  /** Which connection is the newest, and what was decoded of it. */
  received() {
    return this.page.evaluate(() => window.senses.received())
  }

  /** Whether the page says that the connection is being mended. */
  async isInTrouble() {
    return (await this.page.$(`${part('step-meeting')}[data-trouble=true]`)) !== null
  }

  /** What was received so far; see `senses.totals`. */
  totals() {
    return this.page.evaluate(() => window.senses.totals())
  }

  /** The path that media takes now; see `senses.path`. */
  path() {
    return this.page.evaluate(() => window.senses.path())
  }

  /** The ports that media goes between, once a connection is up. */
  ends() {
    return this.page.evaluate(() => window.senses.ends())
  }

  /** Cuts the connections that are up, without telling the page. */
  cut() {
    return this.page.evaluate(() => window.senses.cut())
  }

  /** How often the page asked to be let in. */
  entries() {
    return this.page.evaluate(() => window.senses.entries())
  }

  /** Whether the page says that media goes from browser to browser. */
  async isDirect() {
    return (await this.page.$(`${part('step-meeting')}[data-direct=true]`)) !== null
  }

  /** What the newest connection is called in ICE; a restart gives it another name. */
  iceName() {
    return this.page.evaluate(() => window.senses.iceName())
  }

  /** How many connections the page has made. */
  connectionCount() {
    return this.page.evaluate(() => window.senses.connectionCount())
  }

  /** The MIME type of the video codec that is sent, when it is one. */
  async sentCodec() {
    const codecs = await this.page.evaluate(() => window.senses.sentCodecs())
    return codecs.length === 1 ? codecs[0] : undefined
  }

  /** The rows of somebody's picture as it arrives, 0 before it does. @param {string} name */
  async rowsOf(name) {
    return (await (await this.#picture(name))?.evaluate((video) => window.senses.receivedPicture(video)))?.height ?? 0
  }

  /** Bytes of somebody's picture that arrive within a second; 0 without a picture. @param {string} name */
  async bytesOf(name) {
    const bytes = async () => (await (await this.#picture(name))?.evaluate((video) => window.senses.receivedPicture(video)))?.bytes ?? 0
    const before = await bytes()
    await sleep(1_000)
    return (await bytes()) - before
  }

  /** The names of the layers of the own camera of which anything is sent within a second. */
  async layersSent() {
    const before = await this.page.evaluate(() => window.senses.sentLayers())
    await sleep(1_000)
    const after = await this.page.evaluate(() => window.senses.sentLayers())
    return Object.keys(after).filter((rid) => after[rid] > (before[rid] ?? 0)).sort().join('')
  }

  /** Whether somebody's tile is large or small. @param {string} name */
  sizeOf(name) {
    return this.page.$eval(tile(name), (one) => one.getAttribute('data-size')).catch(() => null)
  }

  /** Frames a second of the screen that somebody else shares, 0 without one. */
  async rateOfShared(ms = 2_000) {
    const video = /** @type {import('puppeteer-core').ElementHandle<HTMLVideoElement> | null} */ (await this.page.$('[data-kind=slides] video'))
    return (await video?.evaluate((video, ms) => window.senses.rate(video, ms), ms)) ?? 0
  }

  /** The MIME type of the codec that somebody's picture arrives in. @param {string} name */
  async receivedCodec(name) {
    return (await this.#picture(name))?.evaluate((video) => window.senses.receivedCodec(video))
  }
}
