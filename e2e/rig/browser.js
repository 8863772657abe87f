// Browsers as processes of their own, one a participant.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import puppeteer from 'puppeteer-core'
import { captureFlags } from './capture.js'
import { install } from './senses.js'

const CHROMIUM = process.env.CHROMIUM ?? '/usr/bin/chromium'

const FIREFOX = process.env.FIREFOX ?? '/usr/bin/firefox-esr'

const FLAGS = [
  '--headless=new',
  '--no-sandbox', // the sandbox needs rights that containers do not give
  '--disable-gpu',
  '--disable-dev-shm-usage',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--disable-backgrounding-occluded-windows',
  '--disable-renderer-backgrounding',
  '--use-fake-device-for-media-stream',
  '--use-fake-ui-for-media-stream',
  '--autoplay-policy=no-user-gesture-required',
]

/**
 * @typedef {object} Options
 * @property {import('./capture.js').Look} [look] what camera and microphone give; without it the browser's own test picture
 * @property {{ width?: number, height?: number, figure?: boolean }} [camera] the picture, 320 × 180 by default
 * @property {boolean} [silent] a microphone that gives silence
 * @property {string} [language] of the pages, `en` by default
 * @property {import('puppeteer-core').Viewport} [viewport]
 * @property {string} [trust] an origin on plain http that gets the camera all the same
 * @property {string[]} [flags] more flags of Chromium
 * @property {string[]} [not] flags that are left out
 */

/**
 * Starts Chromium with one empty page.
 *
 * @param {Options} [options]
 */
export async function chromium({ look, camera, silent, language = 'en', viewport, trust, flags: more = [], not = [] } = {}) {
  const folder = await mkdtemp(join(tmpdir(), 'vdx-chromium-'))
  const flags = [...FLAGS.filter((flag) => !not.includes(flag)), ...more, `--lang=${language}`, `--accept-lang=${language}`, `--user-data-dir=${join(folder, 'profile')}`]
  if (look) flags.push(...(await captureFlags(look, folder, { ...camera, silent })))
  if (trust) flags.push(`--unsafely-treat-insecure-origin-as-secure=${trust}`)
  const browser = await puppeteer.launch({
    // headless comes from the flags: puppeteer's own way picks other defaults
    headless: false,
    executablePath: CHROMIUM,
    args: flags,
    acceptInsecureCerts: true,
    defaultViewport: viewport ?? { width: 800, height: 600 },
  })
  browser.once('disconnected', () => void rm(folder, { recursive: true, force: true, maxRetries: 5 }))
  const [page] = await browser.pages()
  await prepare(page)
  return { browser, page, close: () => browser.close() }
}

/**
 * Starts Firefox with one empty page. Its camera and microphone are its own test picture and a tone
 * of `hertz`; it does media only on addresses that are not loopback.
 *
 * What it does not let a machine do: answer its question for camera and microphone, so here it says
 * yes to all, or no (`refuses`), for good; and share a screen, of which it finds none without a window.
 *
 * @param {object} options
 * @param {number} options.hertz
 * @param {string} options.trust a host on plain http that gets the camera all the same
 * @param {string} [options.language]
 * @param {boolean} [options.refuses] camera and microphone to every page
 * @param {import('puppeteer-core').Viewport} [options.viewport]
 */
export async function firefox({ hertz, trust, language = 'en', refuses = false, viewport = { width: 800, height: 600 } }) {
  const browser = await puppeteer.launch({
    browser: 'firefox',
    executablePath: FIREFOX,
    headless: true,
    acceptInsecureCerts: true,
    defaultViewport: viewport,
    extraPrefsFirefox: {
      'media.navigator.streams.fake': true,
      'media.navigator.permission.disabled': !refuses,
      ...(refuses && { 'permissions.default.camera': 2, 'permissions.default.microphone': 2 }),
      'media.navigator.audio.fake_frequency': hertz,
      // An output that takes sound without a sound card; without it nothing can listen in the page.
      'media.cubeb.force_mock_context': true,
      'media.autoplay.default': 0,
      'media.autoplay.block-webaudio': false,
      'media.autoplay.blocking_policy': 0,
      'dom.securecontext.allowlist': trust,
      'media.devices.insecure.enabled': true,
      'media.getusermedia.insecure.enabled': true,
      'intl.accept_languages': language,
    },
  })
  const page = await browser.newPage()
  await prepare(page)
  return { browser, page, close: () => browser.close() }
}

/**
 * Gives a page its senses, and keeps what it complains about for the message of a failed test.
 *
 * @param {import('puppeteer-core').Page} page
 */
export async function prepare(page) {
  await page.evaluateOnNewDocument(install)
  page.on('pageerror', (error) => console.error(`page error: ${error}`))
  page.on('console', (line) => {
    // A refused request is told below, with its address.
    if (line.type() === 'error' && !line.text().startsWith('Failed to load resource'))
      console.error(`page says: ${line.text()}`)
  })
  page.on('response', (answer) => {
    if (answer.status() >= 400)
      console.error(`page was answered ${answer.status()}: ${answer.request().method()} ${new URL(answer.url()).pathname}`)
  })
}
