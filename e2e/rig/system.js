// What people set in their system and browser, set for one page from outside: window, text size,
// colours, motion. A page keeps running, so one state can be looked at in all of them.

/** @typedef {import('puppeteer-core').Page} Page */

/**
 * @typedef {object} Settings
 * @property {number} [width] of the window, in CSS pixels
 * @property {number} [height]
 * @property {number} [text] the browser's text size in per cent
 * @property {boolean} [spaced] text spaced as WCAG 2.1, 1.4.12 wants a page to bear it
 * @property {'light' | 'dark'} [scheme]
 * @property {'more' | 'no-preference'} [contrast]
 * @property {boolean} [forced] colours of the system instead of the page's, as in Windows' contrast themes
 * @property {boolean} [still] motion is reduced
 */

/** A browser's text size before anybody changes it, in pixels. */
const TEXT_PX = 16

/** What is emulated ends with the session that asked for it. @type {WeakMap<Page, Promise<import('puppeteer-core').CDPSession>>} */
const sessions = new WeakMap()

/**
 * Sets all settings; what is not named goes back to what is usual.
 *
 * @param {Page} page
 * @param {Settings} [settings]
 */
export async function set(page, { width = 1280, height = 800, text = 100, spaced = false, scheme = 'light', contrast = 'no-preference', forced = false, still = false } = {}) {
  const opening = sessions.get(page) ?? page.createCDPSession()
  sessions.set(page, opening)
  const session = await opening
  await page.setViewport({ width, height })
  await session.send('Page.setFontSizes', { fontSizes: { standard: (TEXT_PX * text) / 100 } })
  await session.send('Emulation.setEmulatedMedia', {
    features: [
      { name: 'prefers-color-scheme', value: scheme },
      { name: 'prefers-contrast', value: contrast },
      { name: 'forced-colors', value: forced ? 'active' : 'none' },
      { name: 'prefers-reduced-motion', value: still ? 'reduce' : 'no-preference' },
    ],
  })
  const wanted = `(prefers-color-scheme: ${scheme}) and (prefers-contrast: ${contrast}) and (forced-colors: ${forced ? 'active' : 'none'}) and (prefers-reduced-motion: ${still ? 'reduce' : 'no-preference'})`
  if (!(await page.evaluate((wanted) => matchMedia(wanted).matches, wanted))) throw new Error(`the page does not see ${wanted}`)
  await page.evaluate(space, spaced)
  // What depends on the size of a box is measured one frame later.
  await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(resolve, 60)))))
}

/** Runs in the page. A sheet made by script: the page's policy lets in no other. @param {boolean} spaced */
function space(spaced) {
  const sheet = new CSSStyleSheet()
  if (spaced)
    sheet.replaceSync(`* { line-height: 1.5 !important; letter-spacing: 0.12em !important; word-spacing: 0.16em !important }
      p { margin-bottom: 2em !important }`)
  document.adoptedStyleSheets = [sheet]
}
