// A page worked by keys alone. Each step looks at what has the focus: that something has it, and
// that it can be seen.
import assert from 'node:assert/strict'
import { sleep, until } from './wait.js'

/** @typedef {import('puppeteer-core').Page} Page */
/** @typedef {{ id: string, name: string, tag: string, lost: boolean, heading: boolean, seen: string }} Focus */

/** More presses than any page has stops. */
const MOST_STOPS = 90

/** Runs in the page: what has the focus, and how it shows. @returns {Focus} */
function look() {
  const one = document.activeElement
  if (!(one instanceof HTMLElement) || one === document.body) return { id: '', name: '', tag: 'body', lost: true, heading: false, seen: '' }
  const style = () => {
    const { outlineStyle, outlineWidth, outlineColor, boxShadow } = getComputedStyle(one)
    return { outline: outlineStyle === 'none' ? 0 : parseFloat(outlineWidth), outlineColor, boxShadow }
  }
  const on = style()
  const label = /** @type {HTMLInputElement} */ (one).labels?.[0]?.textContent
  /** @param {string} colour */
  const parts = (colour) => (colour.match(/[\d.]+/g) ?? []).map(Number)
  /** @param {number[]} rgb */
  const light = (rgb) => {
    const [r, g, b] = rgb.map((value) => (value / 255 <= 0.04045 ? value / 255 / 12.92 : ((value / 255 + 0.055) / 1.055) ** 2.4))
    return 0.2126 * r + 0.7152 * g + 0.0722 * b
  }
  // The ground that the outline is drawn on: that of what the focus is in.
  let ground = [255, 255, 255]
  let plain = true
  for (let around = one.parentElement; around; around = around.parentElement) {
    const { backgroundColor, backgroundImage } = getComputedStyle(around)
    if (backgroundImage !== 'none') plain = false
    const [r, g, b, alpha = 1] = parts(backgroundColor)
    if (alpha < 0.5) continue
    ground = [r, g, b]
    break
  }
  const [brighter, darker] = [light(parts(on.outlineColor).slice(0, 3)), light(ground)].sort((a, b) => b - a)
  const contrast = (brighter + 0.05) / (darker + 0.05)
  const rect = one.getBoundingClientRect()
  const seen =
    rect.width === 0 || rect.bottom < 0 || rect.top > innerHeight ? 'is out of sight'
    : on.outline < 2 && on.boxShadow === 'none' ? 'has no outline'
    : on.outline >= 2 && plain && contrast < 3 /* WCAG 2.1, 1.4.11 */ ? `has an outline of a contrast of ${contrast.toFixed(1)}`
    : ''
  return {
    id: one.dataset.testid ?? '',
    name: (one.getAttribute('aria-label') || label || one.textContent || '').replace(/\s+/g, ' ').trim().slice(0, 60),
    tag: one.tagName.toLowerCase(),
    lost: false,
    // What the page itself puts the focus on, to be read, is no stop of the tab key.
    heading: one.tabIndex < 0,
    seen,
  }
}

export class Keyboard {
  /** @param {Page} page */
  constructor(page) {
    this.page = page
  }

  /** What has the focus. */
  focus() {
    return this.page.evaluate(look)
  }

  /** One stop on with Tab, or back with Shift and Tab. @param {boolean} [back] */
  async tab(back = false) {
    if (back) await this.page.keyboard.down('Shift')
    await this.page.keyboard.press('Tab')
    if (back) await this.page.keyboard.up('Shift')
    let focus = await this.focus()
    // What is hidden until it is reached slides in.
    if (focus.seen) {
      await sleep(400)
      focus = await this.focus()
    }
    if (!focus.lost && !focus.heading) assert.equal(focus.seen, '', `the focus on ${focus.tag} “${focus.name}” ${focus.seen}`)
    return focus
  }

  /**
   * Goes to something with the tab key.
   *
   * @param {string} id
   * @param {boolean} [back]
   */
  async goTo(id, back = false) {
    const passed = []
    if ((await this.focus()).id === id) return
    for (let stop = 0; stop < MOST_STOPS; stop++) {
      const focus = await this.tab(back)
      if (focus.id === id) return
      passed.push(focus.id || focus.name || focus.tag)
    }
    throw new Error(`${id} is not reached with the tab key; passed ${passed.slice(0, 30).join(', ')}`)
  }

  /** Goes to a button and presses it. @param {string} id @param {'Enter' | 'Space'} [key] */
  async press(id, key = 'Enter') {
    await this.goTo(id)
    await this.page.keyboard.press(key)
  }

  /** Goes to a field and writes into it. @param {string} id @param {string} text */
  async write(id, text) {
    await this.goTo(id)
    await this.page.keyboard.down('Control')
    await this.page.keyboard.press('a')
    await this.page.keyboard.up('Control')
    await this.page.keyboard.type(text)
  }

  /**
   * All stops from the beginning of the page to its end, by test id or else by name. A page that
   * holds the focus and lets it not go on fails.
   */
  async tour() {
    await this.page.evaluate(() => {
      if (document.activeElement instanceof HTMLElement) document.activeElement.blur()
      window.getSelection()?.removeAllRanges()
      // From where the tab key goes on; without it, it goes on from where the focus last was.
      document.body.tabIndex = -1
      document.body.focus()
      document.body.removeAttribute('tabindex')
    })
    /** @type {string[]} */
    const stops = []
    for (let stop = 0; stop < MOST_STOPS; stop++) {
      const focus = await this.tab()
      const name = focus.id || focus.name
      if (focus.lost || (stops.length > 1 && name === stops[0])) return stops
      stops.push(name)
    }
    throw new Error(`the tab key does not come to an end: ${stops.slice(-10).join(', ')}`)
  }

  /** The focus has come to rest on something, and it is this. @param {string} what @param {(focus: Focus) => boolean} is */
  async isOn(what, is) {
    await until(`the focus to be on ${what}`, async () => is(await this.focus()))
      .catch(async (error) => {
        const { tag, id, name, lost } = await this.focus()
        throw new Error(`${error.message}; it is ${lost ? 'lost' : `on ${tag} ${id} “${name}”`}`)
      })
  }

  /** The focus is on a heading with these words, as when something has opened. @param {RegExp} words */
  async isOnHeading(words) {
    await this.isOn(`the heading ${words.source}`, ({ tag, name }) => /^h\d$/.test(tag) && words.test(name))
  }

  /** The focus is somewhere, after something it was on has gone. @param {string} what */
  async isKept(what) {
    // Browsers take it away with the next frame.
    await this.page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve, 100))))
    const { lost } = await this.focus()
    assert.equal(lost, false, `the focus was lost ${what}`)
  }
}

/** These stops come in this order, whatever is between them. @param {string[]} stops @param {string[]} order */
export function comeInOrder(stops, order) {
  const places = order.map((one) => stops.indexOf(one))
  const missing = order.filter((_, index) => places[index] < 0)
  assert.deepEqual(missing, [], `not reached; the stops are ${stops.join(', ')}`)
  assert.deepEqual(places, [...places].sort((a, b) => a - b), `the stops are ${stops.join(', ')}`)
}
