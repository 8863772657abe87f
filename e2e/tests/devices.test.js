// Camera, microphone and speaker: the way in with one tap, and what goes wrong on it.
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { book, useSupportAndTerms } from '../rig/booking.js'
import { firefox } from '../rig/browser.js'
import { LOOKS } from '../rig/capture.js'
import { breakable } from '../rig/devices.js'
import { Hub } from '../rig/hub.js'
import { Person } from '../rig/person.js'
import { sleep, until } from '../rig/wait.js'

const { red, green } = LOOKS
const ALL = Object.values(LOOKS)
const FAKE_DEVICES = '--use-fake-device-for-media-stream'
const FAKE_ANSWER = '--use-fake-ui-for-media-stream'
const INSTAGRAM_IOS =
  'Mozilla/5.0 (iPhone; CPU iPhone OS 17_5_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148 Instagram 334.0.0.32.95 (iPhone15,2; iOS 17_5_1; da_DK; da; scale=3.00; 1179x2556; 604247854)'
const FACEBOOK_ANDROID =
  'Mozilla/5.0 (Linux; Android 13; SM-A536B Build/TP1A.220624.014; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/125.0.6422.165 Mobile Safari/537.36 [FB_IAB/FB4A;FBAV/467.0.0.50.108;]'

/** @param {string} id */
const part = (id) => `[data-testid=${id}]`
/** @param {string} why */
const problem = (why) => `${part('device-problem')}[data-why=${why}]`

/** A guest whose devices can be pulled out and made to fail. @param {import('../rig/browser.js').Options} [options] */
async function guest(options = {}) {
  const person = await Person.start({ look: green, ...options })
  await person.page.evaluateOnNewDocument(breakable)
  return person
}

/** @type {WeakMap<Person, import('puppeteer-core').CDPSession>} */
const sessions = new WeakMap()

/**
 * What the browser answers from now on to questions for camera and microphone; it holds as long as
 * the session that said it.
 *
 * @param {Person} person @param {Hub} hub @param {'granted' | 'denied' | 'prompt'} setting
 */
async function permit(person, hub, setting) {
  const session = sessions.get(person) ?? (await person.page.browser().target().createCDPSession())
  sessions.set(person, session)
  for (const name of ['camera', 'microphone'])
    await session.send('Browser.setPermission', { permission: { name }, setting, origin: hub.url })
}

describe('the devices', () => {
  /** @type {Hub} */
  let hub
  before(async () => { hub = await Hub.start() })
  after(() => hub?.stop())

  /** Runs with people who are closed afterwards. @param {Promise<Person>[]} starting @param {(...people: Person[]) => Promise<void>} work */
  async function withPeople(starting, work) {
    const people = await Promise.all(starting)
    try {
      await work(...people)
    } catch (error) {
      for (const { page } of people) console.error(await page.evaluate(() => document.body.innerText).catch(String))
      throw error
    } finally {
      await Promise.all(people.map((person) => person.close()))
    }
  }

  test('one tap from the link to waiting, and the host sees and hears who waited', () =>
    withPeople([guest(), Person.start({ look: red })], async (person, host) => {
      const meeting = await book(hub)
      await person.open(meeting.link)
      await person.shows('step-devices')
      await person.enterName('Patient')
      const begin = Date.now()
      await person.goIn()
      await person.waits()
      console.log(`waiting ${Date.now() - begin} ms after the tap`)
      await host.joinAsHost(meeting.link, 'Clinician', meeting.hostPin)
      await person.isIn()
      await host.seesAndHears({ Patient: green }, ALL)
    }))

  test('on a small phone the button to go in is in sight at once, before and after the devices are allowed', () =>
    withPeople([guest({ viewport: { width: 360, height: 640 }, not: [FAKE_ANSWER] })], async (person) => {
      await useSupportAndTerms(hub)
      const { link } = await book(hub)
      for (const setting of /** @type {const} */ (['prompt', 'granted'])) {
        await permit(person, hub, setting)
        await person.open(link)
        if (setting === 'granted') await person.page.waitForSelector('[data-kind=preview]', { timeout: 20_000 })
        const button = await person.page.waitForSelector(part('join'), { visible: true })
        assert.ok(await button?.isIntersectingViewport({ threshold: 1 }), `where the browser's answer is “${setting}”`)
        assert.equal(await person.page.$eval(`:has(+ ${part('join')})`, (above) => above.getAttribute('data-testid')), 'terms')
        assert.equal(await person.page.$eval(`${part('support')} a`, (call) => call.getAttribute('href')), 'tel:00000000')
      }
    }))

  test('the name is remembered, and without one the page asks for it', () =>
    withPeople([guest()], async (person) => {
      const meeting = await book(hub)
      await person.open(meeting.link)
      await person.goIn()
      assert.match(await person.problem(), /name/i)
      await person.enterName('Patient')
      await person.goIn()
      await person.waits()
      // Loaded anew it would lead back to the waiting room.
      await person.leave()
      await person.open(meeting.link)
      await person.shows('step-devices')
      assert.equal(await person.page.$eval(part('name'), (field) => /** @type {HTMLInputElement} */ (field).value), 'Patient')
    }))

  test('where camera and microphone were allowed before, the own picture comes by itself', () =>
    withPeople([guest({ not: [FAKE_ANSWER] })], async (person) => {
      const meeting = await book(hub)
      await permit(person, hub, 'granted')
      await person.open(meeting.link)
      await person.page.waitForSelector('[data-kind=preview]', { timeout: 20_000 })
      await until('the level to move', () =>
        person.page.$eval('[role=meter]', (meter) => Number(meter.getAttribute('aria-valuenow')) > 20))
    }))

  test('without any device one goes in all the same, and is told', () =>
    withPeople([guest({ look: undefined, not: [FAKE_DEVICES] })], async (person) => {
      const meeting = await book(hub)
      await person.open(meeting.link)
      await person.enterName('Patient')
      await person.goIn()
      await person.waits()
      await person.page.waitForSelector(problem('none'), { visible: true })
    }))

  test('refused: the way back is shown, and once it is allowed the page goes in by itself', () =>
    withPeople([guest({ not: [FAKE_ANSWER] })], async (person) => {
      const meeting = await book(hub)
      await permit(person, hub, 'denied')
      await person.open(meeting.link)
      // Known to be refused already, so it is said before anybody presses.
      await person.page.waitForSelector(`${problem('refused')} ${part('guide')} li`, { visible: true, timeout: 20_000 })
      await permit(person, hub, 'granted')
      await person.page.waitForSelector('[data-kind=preview]', { timeout: 20_000 })
      await person.page.waitForSelector(problem('refused'), { hidden: true, timeout: 5_000 })

      await permit(person, hub, 'prompt')
      await person.open(meeting.link)
      await person.enterName('Patient')
      // Nobody answers: the browser has no window to ask in, which is a no.
      await person.goIn()
      await person.page.waitForSelector(part('device-problem'), { visible: true, timeout: 20_000 })
      await permit(person, hub, 'granted')
      await person.waits()
      assert.deepEqual(await person.page.evaluate(() => window.cables.open().length), 2)
    }))

  test('refused, and the own button of the browser asks again', async (context) =>
    withPeople([guest({ not: [FAKE_ANSWER] })], async (person) => {
      const meeting = await book(hub)
      await permit(person, hub, 'denied')
      await person.open(meeting.link)
      await person.page.waitForSelector(problem('refused'), { visible: true, timeout: 20_000 })
      const button = await person.page.$(`${part('permit')} usermedia`)
      if (!button) return context.skip('this Chromium has no <usermedia>')
      // Its click is believed only after it has stood still for a moment.
      await sleep(1_000)
      const cancelled = button.evaluate((own) => new Promise((resolve) => {
        for (const name of ['cancel', 'stream', 'error']) own.addEventListener(name, () => resolve(name))
      }))
      await button.click()
      assert.equal(await cancelled, 'cancel')
    }))

  test('a camera that another program holds costs the picture, not the sound', () =>
    withPeople([guest(), Person.start({ look: red })], async (person, host) => {
      const meeting = await book(hub)
      await host.joinAsHost(meeting.link, 'Clinician', meeting.hostPin)
      await person.open(hub.url)
      await person.page.evaluate(() => window.cables.fail('video', 'NotReadableError'))
      await person.open(meeting.link)
      await person.enterName('Patient')
      await person.goIn()
      await person.isIn()
      await until('the tone of the guest', async () => (await host.hears(ALL)).includes(green))
      const text = await person.page.$eval(problem('busy'), (one) => one.textContent)
      assert.match(String(text), /Teams/)
      // The program lets go of it.
      await person.page.evaluate(() => window.cables.fail('video'))
      await person.page.click(`${problem('busy')} ${part('retry-devices')}`)
      await until('the picture of the guest', async () => (await host.sees('Patient', ALL)) === green)
      assert.equal(await person.page.$(problem('busy')), null)
    }))

  test('a request that is too much is made smaller before anybody is told', () =>
    withPeople([guest()], async (person) => {
      const meeting = await book(hub)
      await person.page.evaluateOnNewDocument(() => {
        const ask = navigator.mediaDevices.getUserMedia
        navigator.mediaDevices.getUserMedia = async (wish = {}) => {
          if (typeof wish.video === 'object' && wish.video.width) throw new DOMException('too wide', 'OverconstrainedError')
          return ask(wish)
        }
        localStorage.setItem('vdx.devices', JSON.stringify({ camera: 'gone', microphone: 'gone', speaker: 'gone' }))
      })
      await person.open(meeting.link)
      await person.allowDevices()
      await person.page.waitForSelector('[data-kind=preview]', { timeout: 20_000 })
      assert.equal(await person.page.$(part('device-problem')), null)
    }))

  test('pulled out during the meeting: the next one takes over and is named; without a next one it is waited for', () =>
    withPeople([guest({ look: undefined, flags: [`${FAKE_DEVICES}=device-count=3`], not: [FAKE_DEVICES] }), Person.start({ look: red })], async (person, host) => {
      const meeting = await book(hub)
      await host.joinAsHost(meeting.link, 'Clinician', meeting.hostPin)
      await person.open(hub.url)
      // Chromium's second fake camera gives pictures of depth, which it does not send.
      await person.page.evaluate(() => window.cables.pull('fake_device_1'))
      await person.joinAsGuest(meeting.link, 'Patient')
      await until('frames of the guest', async () => (await host.rateOf('Patient')) > 3)
      const [first, second] = ['fake_device_0', 'fake_device_2']
      assert.ok((await person.page.evaluate(() => window.cables.open())).includes(first))

      await person.page.evaluate((label) => window.cables.pull(label), first)
      await until('the news', async () => {
        const news = await person.page.$eval(part('device-news'), (one) => one.textContent ?? '')
        return news.includes(first) && news.includes(second)
      })
      assert.ok((await person.page.evaluate(() => window.cables.open())).includes(second))
      await until('frames of the second camera', async () => (await host.rateOf('Patient')) > 3)

      await person.page.evaluate((label) => window.cables.pull(label), second)
      await person.page.waitForSelector(problem('unplugged'), { visible: true, timeout: 10_000 })
      const told = await person.page.$eval(problem('unplugged'), (one) => one.textContent ?? '')
      assert.ok(told.includes(second), told)
      await until('no frames of the guest', async () => (await host.rateOf('Patient')) < 1)

      await person.page.evaluate((label) => window.cables.plug(label), first)
      await until('frames of the camera that is back', async () => (await host.rateOf('Patient')) > 3)
      assert.equal(await person.page.$(problem('unplugged')), null)
    }))

  test('another microphone during the meeting, and the other side goes on hearing', () =>
    withPeople([guest(), Person.start({ look: red })], async (person, host) => {
      const meeting = await book(hub)
      await host.joinAsHost(meeting.link, 'Clinician', meeting.hostPin)
      await person.joinAsGuest(meeting.link, 'Patient')
      await until('the tone of the guest', async () => (await host.hears(ALL)).includes(green))
      const before = await host.totals()
      await person.press('more')
      await person.press('devices')
      await person.shows('panel-devices')
      const list = part('choose-microphone')
      const [chosen, other] = await person.page.$eval(list, (one) => {
        const select = /** @type {HTMLSelectElement} */ (one)
        return [select.value, [...select.options].find(({ value }) => value !== select.value)?.value]
      })
      assert.ok(other, 'a second microphone')
      await person.page.select(list, other)
      await until('the other microphone', () => person.page.$eval(list, (one, old) => /** @type {HTMLSelectElement} */ (one).value !== old, chosen))
      await until('sound of the other microphone', async () => (await host.hears(ALL)).includes(green))
      const after = await host.totals()
      assert.ok(after.samples > before.samples, 'sound went on')
      assert.equal(await host.connectionCount(), 1, 'on the same connection')
      // The choice is remembered.
      assert.equal(await person.page.evaluate(() => JSON.parse(localStorage.getItem('vdx.devices') ?? '{}').microphone), other)
    }))

  test('the permission taken away during the meeting is told, and comes back by itself', () =>
    withPeople([guest({ not: [FAKE_ANSWER] }), Person.start({ look: red })], async (person, host) => {
      const meeting = await book(hub)
      await permit(person, hub, 'granted')
      await host.joinAsHost(meeting.link, 'Clinician', meeting.hostPin)
      await person.joinAsGuest(meeting.link, 'Patient')
      await host.seesAndHears({ Patient: green }, ALL)
      await permit(person, hub, 'denied')
      await person.page.waitForSelector(problem('withdrawn'), { visible: true, timeout: 10_000 })
      await permit(person, hub, 'granted')
      await host.seesAndHears({ Patient: green }, ALL)
      assert.equal(await person.page.$(problem('withdrawn')), null)
    }))

  test('a phone call takes the microphone and gives it back', () =>
    withPeople([guest(), Person.start({ look: red })], async (person, host) => {
      const meeting = await book(hub)
      await host.joinAsHost(meeting.link, 'Clinician', meeting.hostPin)
      await person.joinAsGuest(meeting.link, 'Patient')
      await person.page.evaluate(() => window.cables.hold(true))
      await person.page.waitForSelector(problem('held'), { visible: true, timeout: 5_000 })
      await person.page.evaluate(() => window.cables.hold(false))
      await until('the message to go', async () => (await person.page.$(problem('held'))) === null)

      // This one ends what was open, and says nothing more.
      await person.page.evaluate(() => window.cables.hold(true))
      const before = await person.page.evaluate(() => window.cables.asked())
      await person.page.evaluate(() => document.dispatchEvent(new Event('visibilitychange')))
      await until('the microphone to be taken up again', async () => (await person.page.evaluate(() => window.cables.asked())) > before)
      await until('the message to go', async () => (await person.page.$(problem('held'))) === null)
      await until('the tone of the guest', async () => (await host.hears(ALL)).includes(green))
    }))

  test('a microphone that gives nothing is told of', () =>
    withPeople([guest({ silent: true })], async (person) => {
      const meeting = await book(hub)
      await person.open(meeting.link)
      await person.allowDevices()
      await person.page.waitForSelector(problem('silent'), { visible: true, timeout: 20_000 })
    }))

  test('the own voice comes back on the chosen speaker, and leaves nothing on the way', () =>
    withPeople([guest()], async (person) => {
      const meeting = await book(hub)
      /** @type {string[]} */
      const sent = []
      await person.open(meeting.link)
      await person.allowDevices()
      await (await person.page.waitForSelector(part('choose'), { visible: true, timeout: 20_000 }))?.click()
      person.page.on('request', (request) => { if (request.method() !== 'GET') sent.push(request.url()) })
      await (await person.page.waitForSelector(part('echo'), { visible: true, timeout: 20_000 }))?.click()
      const state = (/** @type {string} */ wanted) =>
        person.page.waitForSelector(`${part('echo-state')}[data-state=${wanted}]`, { timeout: 10_000 })
      await state('recording')
      await state('playing')
      await state('done')
      assert.deepEqual(sent, [])
    }))

  for (const [name, agent, way] of [['Instagram', INSTAGRAM_IOS, 'open-menu'], ['Facebook', FACEBOOK_ANDROID, 'open-browser']])
    test(`inside ${name}: the way out is shown before anything is asked for`, () =>
      withPeople([guest()], async (person) => {
        const meeting = await book(hub)
        await person.page.setUserAgent({ userAgent: agent })
        await person.open(meeting.link)
        await person.shows(way)
        assert.ok((await person.page.$eval('main', (main) => main.innerText)).includes(name))
        assert.equal(await person.page.evaluate(() => window.cables.asked()), 0)
        assert.equal(await person.page.$eval('main input', (field) => field.value), meeting.link)
        if (way === 'open-browser') {
          const { host, pathname } = new URL(meeting.link)
          const href = await person.page.$eval(part(way), (link) => /** @type {HTMLAnchorElement} */ (link).href)
          assert.ok(href.startsWith(`intent://${host}${pathname}#Intent;scheme=http;`), href)
        }
        await person.page.click(part('stay'))
        await person.enterName('Patient')
        await person.goIn()
        await person.waits()
      }))
})

const address = process.env.VDX_TEST_ADDRESS
const skip = address ? false : 'SKIPPED: Firefox does no media over loopback, and no network namespace can be made here (root is needed)'

describe('the devices in Firefox', () => {
  /** @type {Hub} */
  let hub
  before(async () => { if (!skip) hub = await Hub.start({ address }) })
  after(() => hub?.stop())

  test('one tap, the own voice, and a camera that another program holds', { skip }, async () => {
    const meeting = await book(hub)
    const person = new Person(await firefox({ hertz: LOOKS.yellow.hertz, trust: String(address) }))
    try {
      await person.page.evaluateOnNewDocument(breakable)
      await person.open(meeting.link)
      await person.allowDevices()
      await (await person.page.waitForSelector(part('choose'), { visible: true, timeout: 20_000 }))?.click()
      await (await person.page.waitForSelector(part('echo'), { visible: true, timeout: 20_000 }))?.click()
      await person.page.waitForSelector(`${part('echo-state')}[data-state=done]`, { timeout: 20_000 })

      await person.open(hub.url)
      await person.page.evaluate(() => window.cables.fail('video', 'NotReadableError'))
      await person.open(meeting.link)
      await person.enterName('Patient')
      await person.goIn()
      await person.waits()
      await person.page.waitForSelector(problem('busy'), { visible: true, timeout: 10_000 })
    } finally {
      await person.close()
    }
  })
})
