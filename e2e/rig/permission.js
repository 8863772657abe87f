// What a browser answers when a page asks for camera and microphone.

/** @typedef {import('puppeteer-core').CDPSession} CDPSession */

/** For a browser that answers as `permit` says; without it, each answers with yes. */
export const ASKS = { not: ['--use-fake-ui-for-media-stream'] }

/** What is set ends with the session that set it. @type {WeakMap<import('puppeteer-core').Browser, Promise<CDPSession>>} */
const sessions = new WeakMap()

/**
 * From now on, for this hub's pages: they may, they may not, or the question stands open. Firefox
 * lets nobody say so: it has its answer from the beginning.
 *
 * @param {import('./person.js').Person} person
 * @param {{ url: string }} hub
 * @param {'granted' | 'denied' | 'prompt'} setting
 */
export async function permit(person, hub, setting) {
  const browser = person.page.browser()
  if (await isFirefox(browser)) return
  const opening = sessions.get(browser) ?? browser.target().createCDPSession()
  sessions.set(browser, opening)
  const session = await opening
  for (const name of ['camera', 'microphone'])
    await session.send('Browser.setPermission', { permission: { name }, setting, origin: hub.url })
}

/** @param {import('puppeteer-core').Browser} browser */
async function isFirefox(browser) {
  return /firefox/i.test(await browser.version())
}
