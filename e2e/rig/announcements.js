// What a screen reader is given to say: the texts that live regions take on, as a page changes them.
import { until } from './wait.js'

/** @typedef {import('./person.js').Person} Person */

/**
 * Runs in the page, before its own scripts.
 *
 * A region is read when it changes after it has come into the page. One that comes with its text in
 * it is read only when it is an alert: of the others, screen readers miss many.
 */
function listen() {
  const REGIONS = '[role=status], [role=alert], [role=log], [aria-live=polite], [aria-live=assertive]'
  /** @type {string[]} */
  const announced = []
  /** @type {WeakMap<Element, string>} */
  const before = new WeakMap()
  new MutationObserver((changes) => {
    const [come, changed] = [new Set(), new Set()]
    const add = (/** @type {string | null | undefined} */ text) => { if (text?.trim()) announced.push(text.replace(/\s+/g, ' ').trim()) }
    for (const { addedNodes } of changes)
      for (const node of addedNodes)
        if (node instanceof Element)
          for (const one of [node, ...node.querySelectorAll(REGIONS)]) if (one.matches(REGIONS)) come.add(one)
    for (const { target, addedNodes } of changes) {
      const region = (target instanceof Element ? target : target.parentElement)?.closest(REGIONS)
      if (!region || come.has(region)) continue
      // Of a log, what is added to it is read; of the others all there is.
      if (region.matches('[role=log]')) for (const node of addedNodes) add(node.textContent)
      else changed.add(region)
    }
    for (const region of come) {
      if (region.matches('[role=alert]')) changed.add(region)
      else before.set(region, region.textContent ?? '')
    }
    for (const region of changed) {
      const text = region.textContent ?? ''
      if (before.get(region) === text) continue
      before.set(region, text)
      add(text)
    }
  }).observe(document, { subtree: true, childList: true, characterData: true })
  Object.assign(window, { announced })
}

/** From the next page on. @param {Person} person */
export async function listenTo(person) {
  await person.page.evaluateOnNewDocument(listen)
}

/** Forgets what was said so far. @param {Person} person */
export async function forget(person) {
  await person.page.evaluate(() => { window.announced.length = 0 })
}

/**
 * Waits until something is said in these words, so often.
 *
 * @param {Person} person
 * @param {RegExp} words
 */
export async function hears(person, words, times = 1) {
  const all = () => person.page.evaluate(() => [...window.announced])
  await until(`“${words.source}” to be announced`, async () => (await all()).filter((one) => words.test(one)).length >= times)
    .catch(async (error) => { throw new Error(`${error.message}; announced was: ${(await all()).join(' | ') || 'nothing'}`) })
}
