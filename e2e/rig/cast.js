// Those who play the states of the client (states.js): a guest, a host and two more, with their
// browsers, what they have booked, and what they do to get somewhere.
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { book } from './booking.js'
import { firefox } from './browser.js'
import { breakable } from './devices.js'
import { ASKS, permit } from './permission.js'
import { Person } from './person.js'
import { until } from './wait.js'

/** @typedef {import('./hub.js').Hub} Hub */
/** @typedef {import('./booking.js').Booked} Booked */
/** @typedef {'guest' | 'host' | 'third' | 'fourth'} Part */

const ARTIFACTS = join(import.meta.dirname, '../artifacts')

/** What everybody is called on the page. @type {Record<string, Record<Part, string>>} */
const NAMES = {
  da: { guest: 'Patient', host: 'Læge', third: 'Tolk', fourth: 'Pårørende' },
  en: { guest: 'Patient', host: 'Doctor', third: 'Interpreter', fourth: 'Relative' },
  de: { guest: 'Patient', host: 'Ärztin', third: 'Dolmetscher', fourth: 'Angehörige' },
}

/** Quiet colours: people look at the pictures. @type {Record<Part, import('./capture.js').Look>} */
const LOOKS = {
  guest: { name: 'sea', rgb: [70, 125, 130], hertz: 500 },
  host: { name: 'plum', rgb: [115, 85, 125], hertz: 900 },
  third: { name: 'sand', rgb: [165, 135, 95], hertz: 700 },
  fourth: { name: 'moss', rgb: [95, 130, 85], hertz: 1100 },
}

/** There is a screen to share. */
const A_SCREEN = '--use-fake-device-for-media-stream=display-media-type=monitor'

/** The people of a walk, their browsers, and what they have booked. */
export class Cast {
  /** @type {Map<Part, Person>} */
  #people = new Map()
  /** @type {Map<string, Promise<Booked>>} */
  #meetings = new Map()

  /**
   * @param {Hub} hub
   * @param {{ language: string, firefox?: Part[] } & import('./browser.js').Options} options of the browsers; `firefox`: who has that
   */
  constructor(hub, options) {
    this.hub = hub
    this.options = options
    this.names = NAMES[options.language] ?? NAMES.en
  }

  /** @param {Part} part */
  async person(part) {
    let person = this.#people.get(part)
    if (!person) {
      person = await this.#start(part)
      this.#people.set(part, person)
      if (part === 'guest') {
        await permit(person, this.hub, 'granted')
        await person.page.evaluateOnNewDocument(breakable)
      }
    }
    return person
  }

  /** @param {Part} part */
  async #start(part) {
    const { language, viewport, firefox: foxes = [] } = this.options
    if (foxes.includes(part)) return new Person(await firefox({ hertz: LOOKS[part].hertz, trust: new URL(this.hub.url).hostname, language, viewport }))
    return Person.start({ look: LOOKS[part], ...this.options, ...(part === 'guest' ? ASKS : { flags: [A_SCREEN] }) })
  }

  /** A meeting that is booked once in a walk. @param {string} name @param {object} [fields] */
  meeting(name, fields) {
    let booked = this.#meetings.get(name)
    if (!booked) this.#meetings.set(name, (booked = book(this.hub, fields)))
    return booked
  }

  /** The consultation that most states are of. */
  consultation() {
    return this.meeting('consultation')
  }

  /** @param {Part} part */
  async joinsAsHost(part, name = 'consultation') {
    const [person, { link, hostPin }] = [await this.person(part), await this.meeting(name)]
    await person.joinAsHost(link, this.names[part], hostPin)
    return person
  }

  /** @param {Part} part */
  async knocks(part, name = 'consultation') {
    const [person, { link }] = [await this.person(part), await this.meeting(name)]
    await person.goInAsGuest(link, this.names[part])
    return person
  }

  /** Everybody's page as it is, in e2e/artifacts/, to see why something did not come. @param {string} name */
  async picture(name) {
    await mkdir(ARTIFACTS, { recursive: true })
    for (const [part, { page }] of this.#people)
      await page.screenshot({ path: join(ARTIFACTS, `not-reached-${name}-${part}.png`) }).catch(() => undefined)
  }

  async end() {
    await Promise.all([...this.#people.values()].map((person) => person.close()))
  }
}

/**
 * Closes the panel that is open, if one is.
 *
 * @param {Person} person
 */
export async function tidy(person) {
  const button = await person.page.$('.panel [data-testid$="-close"]')
  await button?.click()
  await until('the panel to close', async () => (await person.page.$('.panel')) === null)
}

/** Opens a panel by its button, or through the list of what is needed less often. @param {Person} person @param {string} name */
export async function opens(person, name) {
  await tidy(person)
  if (!['people', 'chat', 'more'].includes(name)) await person.press('more')
  await person.press(name)
  await person.shows(`panel-${name}`)
}

/** Waits for somebody's picture. @param {Person} person @param {string} name */
export async function sees(person, name) {
  await until(`the tile of ${name}`, async () => (await person.tiles()).includes(name))
  await until(`the picture of ${name}`, async () => (await person.rowsOf(name)) > 0)
}

/**
 * While `work` runs, what the page asks at such an address is not answered.
 *
 * @param {Person} person
 * @param {string} address with `*` for what does not matter
 * @param {() => Promise<void>} work
 */
export async function withoutAnswers(person, address, work) {
  const session = await person.page.createCDPSession()
  try {
    await session.send('Network.enable')
    await session.send('Network.setBlockedURLs', { urls: [address] })
    await work()
  } finally {
    await session.send('Network.setBlockedURLs', { urls: [] })
    await session.detach()
  }
}

/** Makes the page's time run faster, for what it does after minutes. @param {Person} person */
export async function hurry(person) {
  await person.page.evaluate(() => {
    const FASTER = 30
    const [timeout, now, begin] = [window.setTimeout, Date.now, Date.now()]
    const sooner = (/** @type {TimerHandler} */ what, /** @type {number} */ ms = 0, /** @type {any[]} */ ...rest) => timeout(what, ms / FASTER, ...rest)
    window.setTimeout = /** @type {typeof setTimeout} */ (sooner)
    Date.now = () => begin + FASTER * (now() - begin)
  })
}
