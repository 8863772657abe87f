// The hub's own pages for people, in a real browser: signing in for an app, and out again, and the
// page of text messages that are kept instead of being sent. A picture of each is in
// e2e/screenshots/ for people to look at.
import assert from 'node:assert/strict'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { App } from '../rig/app.js'
import { book, token } from '../rig/booking.js'
import { chromium } from '../rig/browser.js'
import { Hub } from '../rig/hub.js'

const FOLDER = join(import.meta.dirname, '../screenshots')
const SCREENS = {
  phone: { language: 'da', viewport: { width: 390, height: 844, isMobile: true, hasTouch: true } },
  desk: { language: 'en', viewport: { width: 1280, height: 800 } },
}
const WORDS = {
  da: { signIn: 'Log ind', wrong: 'forkert', signOut: 'Vil du logge ud?', out: 'Du er logget ud', broken: 'Vi kan ikke logge dig ind', messages: 'Sms-beskeder', notYours: 'Siden er for driften' },
  en: { signIn: 'Sign in', wrong: 'is wrong', signOut: 'Do you want to sign out?', out: 'You are signed out', broken: 'We cannot sign you in', messages: 'Text messages', notYours: 'This page is for operators' },
}

/**
 * @typedef {object} Visitor somebody with a browser, and a camera for what they see
 * @property {import('puppeteer-core').Page} page
 * @property {typeof WORDS.da} words
 * @property {(step: string) => Promise<void>} look takes a picture and measures its width
 * @property {(name: string, password: string) => Promise<unknown>} fillIn
 * @property {() => Promise<string>} heading
 */

/**
 * @param {keyof typeof SCREENS} screen
 * @param {string} topic
 * @param {(visitor: Visitor) => Promise<void>} visit
 */
async function visiting(screen, topic, visit) {
  const { language, viewport } = SCREENS[screen]
  const { page, close } = await chromium({ language, viewport })
  let count = 0
  // Without this the page is one of many windows, and no field in it shows that it has the focus.
  await page.bringToFront()
  try {
    await visit({
      page,
      words: WORDS[/** @type {'da' | 'en'} */ (language)],
      look: async (step) => {
        count += 1
        const name = `${screen}-${language}-${topic}-${count}-${step}.png`
        await page.screenshot({ path: /** @type {`${string}.png`} */ (join(FOLDER, name)), fullPage: true })
        const wide = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)
        assert.ok(wide <= 0, `${step} is ${wide} pixels wider than the screen`)
        assert.equal(await page.evaluate(() => document.documentElement.lang), language)
      },
      // As somebody without a mouse does it.
      fillIn: async (name, password) => {
        await page.focus('#username')
        await page.$eval('#username', (field) => { /** @type {HTMLInputElement} */ (field).value = '' })
        await page.keyboard.type(name)
        await page.keyboard.press('Tab')
        await page.keyboard.type(password)
        return Promise.all([page.waitForNavigation(), page.keyboard.press('Enter')])
      },
      heading: () => page.$eval('h1', (heading) => heading.textContent ?? ''),
    })
  } finally {
    await close()
  }
}

/** The field that shows that it has the focus. @param {import('puppeteer-core').Page} page */
const focused = (page) => page.$eval(':focus-visible', (field) => field.id)

describe('the pages for people', () => {
  /** @type {Hub} */
  let hub
  /** @type {App} */
  let app
  before(async () => {
    await mkdir(FOLDER, { recursive: true })
    hub = await Hub.start()
    app = await App.start(hub)
  })
  after(async () => {
    app?.stop()
    await hub?.stop()
  })

  for (const screen of /** @type {(keyof typeof SCREENS)[]} */ (Object.keys(SCREENS))) {
    test(`signing in for an app and out again, on a ${screen}`, () =>
      visiting(screen, 'sign-in', async ({ page, words, look, fillIn, heading }) => {
        const planner = hub.user('meeting-planner')
        await page.goto(app.authorize())
        assert.equal(await heading(), words.signIn)
        assert.match(await page.$eval('main', (main) => main.textContent ?? ''), /Sundhedsportalen/)
        assert.equal(await focused(page), 'username')
        await look('page')

        await fillIn(planner.username, 'not the password')
        const alarm = await page.$eval('[role=alert]', (alarm) => alarm.textContent ?? '')
        assert.ok(alarm.includes(words.wrong), alarm)
        // The name stays, the password does not, and what was wrong is where to type.
        const fields = () => page.$$eval('#username, #password', (all) => all.map((one) => /** @type {HTMLInputElement} */ (one).value))
        assert.deepEqual(await fields(), [planner.username, ''])
        assert.equal(await focused(page), 'password')
        assert.ok((await page.title()).match(/^(Fejl|Error): /), await page.title())
        await look('wrong')

        await fillIn(planner.username, planner.password)
        const back = new URL(page.url())
        assert.equal(back.origin + back.pathname, `${app.url}/back`)
        assert.equal(back.searchParams.get('state'), app.state)
        assert.equal(back.searchParams.get('iss'), hub.url)
        const { status, body } = await app.redeem(back.searchParams.get('code') ?? '')
        assert.equal(status, 200, JSON.stringify(body))
        const info = () => fetch(`${hub.url}/videoapi/v2/info`, { headers: { authorization: `Bearer ${body.access_token}` } })
        assert.equal((await info()).status, 200)

        // Nobody is asked twice in a browser.
        await page.goto(app.authorize())
        assert.ok(new URL(page.url()).searchParams.get('code'), page.url())

        await page.goto(app.logout())
        assert.equal(await heading(), words.signOut)
        await look('sign-out')
        await Promise.all([page.waitForNavigation(), page.click('main button')])
        assert.equal(page.url(), `${app.url}/bye`)
        assert.equal((await info()).status, 401)
        assert.equal((await app.refresh(body.refresh_token)).body.error, 'invalid_grant')
        await page.goto(`${hub.url}/oauth2/logout`)
        assert.equal(await heading(), words.out)
        await look('signed-out')
        await page.goto(app.authorize())
        assert.equal(await heading(), words.signIn)

        await page.goto(app.authorize({ redirect_uri: 'https://elsewhere.example/' }))
        assert.ok((await heading()).includes(words.broken), await heading())
        await look('broken')
      }))

    test(`reading the text messages that were not sent, on a ${screen}`, () =>
      visiting(screen, 'messages', async ({ page, words, look, fillIn, heading }) => {
        const address = `${hub.url}/development/messages`
        const meeting = await book(hub)
        const bearer = `Bearer ${await token(hub)}`
        const texts = ['Hej! Vi ses til video kl. 10.15: %meeting_url%\nVenlig hilsen\nDemo Region', '<script>alert(1)</script> Ærø 🙂 %meeting_url%']
        for (const message of texts) {
          const answer = await fetch(`${hub.url}/sms/v1/meeting/${meeting.uuid}`, {
            method: 'POST',
            headers: { authorization: bearer, 'content-type': 'application/json' },
            body: JSON.stringify({ to: '20 12 34 56', message }),
          })
          assert.equal(answer.status, 200, await answer.text())
        }
        const { username, password } = hub.user('operator')
        await page.goto(address)
        assert.equal(await heading(), words.signIn)
        await fillIn(username, password)
        assert.equal(await heading(), words.messages)
        assert.ok(!page.url().includes('code='), page.url())
        const [newest] = await page.$$eval('.message', (all) => all.map((one) => one.textContent ?? ''))
        assert.ok(newest.includes('+4520123456') && newest.includes('<script>alert(1)</script> Ærø 🙂'), newest)
        await look('page')
        // The link in a message leads into the meeting, as on the phone.
        await Promise.all([page.waitForNavigation(), page.click('.bubble a')])
        assert.equal(page.url(), meeting.link)

        await page.goto(address)
        await Promise.all([page.waitForNavigation(), page.click('nav a[href^="/oauth2/logout"]')])
        await Promise.all([page.waitForNavigation(), page.click('main button')])
        await page.goto(address)
        const planner = hub.user('meeting-planner')
        await fillIn(planner.username, planner.password)
        assert.equal(await heading(), words.notYours)
        await look('not-yours')
      }))
  }
})
