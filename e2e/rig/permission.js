// What a browser answers when a page asks for camera and microphone.

/** @typedef {import('puppeteer-core').CDPSession} CDPSession */

/** For a browser that answers as `permit` says; without it, each answers with yes. */
export const ASKS = { not: ['--use-fake-ui-for-media-stream'] }

/** What is set ends with the session that set it. @type {WeakMap<import('puppeteer-core').Browser, Promise<CDPSession>>} */
const sessions = new WeakMap()

/** @param {import('./person.js').Person} person */
function sessionOf(person) {
  const browser = person.page.browser()
  const opening = sessions.get(browser) ?? browser.target().createCDPSession()
  sessions.set(browser, opening)
  return opening
}

/**
 * From now on, for this hub's pages: they may, they may not, or the question stands open. Firefox
 * lets nobody say so: it has its answer from the beginning.
 *
 * @param {import('./person.js').Person} person
 * @param {{ url: string }} hub
 * @param {'granted' | 'denied' | 'prompt'} setting
 * @param {string[]} [names] of the permissions, as browsers call them
 */
export async function permit(person, hub, setting, names = ['camera', 'microphone']) {
  if (await isFirefox(person.page.browser())) return
  const session = await sessionOf(person)
  for (const name of names)
    await session.send('Browser.setPermission', { permission: { name }, setting, origin: hub.url })
}

/** @param {import('puppeteer-core').Browser} browser */
async function isFirefox(browser) {
  return /firefox/i.test(await browser.version())
}
