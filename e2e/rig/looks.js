// What a page must hold to in every state, whatever its user has set. Each check answers with what
// is wrong, in words; nothing is what is wanted.
import axe from 'axe-core'
import { sleep } from './wait.js'

/** @typedef {import('puppeteer-core').Page} Page */

/** The rules of WCAG 2.0 and 2.1, A and AA, and those of good practice. */
const TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'best-practice']
/** Trials of axe's that say something here: what is seen is what is said; no direction is locked. */
export const TRIALS = ['label-content-name-mismatch', 'css-orientation-lock']

/**
 * @param {Page} page
 * @param {string[]} [rules] these alone
 */
export async function violations(page, rules) {
  if (!(await page.evaluate(() => 'axe' in window))) await page.evaluate(axe.source)
  const found = await page.evaluate(async (tags, trials, rules) => {
    const { violations } = await window.axe.run(document, {
      runOnly: rules ? { type: 'rule', values: rules } : { type: 'tag', values: tags },
      ...(!rules && { rules: Object.fromEntries(trials.map((id) => [id, { enabled: true }])) }),
      resultTypes: ['violations'],
    })
    return violations.flatMap(({ id, help, nodes }) => nodes.map(({ target, any }) => `${id} (${help}): ${target.join(' ')}${any[0] ? `: ${any[0].message}` : ''}`))
  }, TAGS, TRIALS, rules)
  return found
}

/** Nothing is to be scrolled sideways: neither the page nor a part of it. @param {Page} page */
export function sideways(page) {
  return page.evaluate(() => {
    const wrong = []
    const wide = document.documentElement.scrollWidth - window.innerWidth
    if (wide > 0) wrong.push(`the page is ${wide} px wider than the window`)
    for (const one of document.querySelectorAll('body *')) {
      if (!(one instanceof HTMLElement) || one.matches('textarea, input, select')) continue
      const wide = one.scrollWidth - one.clientWidth
      if (wide > 1 && /auto|scroll/.test(getComputedStyle(one).overflowX)) wrong.push(`${one.tagName.toLowerCase()}.${one.className} scrolls ${wide} px sideways`)
    }
    return wrong
  })
}

/**
 * Every text is whole: not cut by the box it is in or by the window, and not covered by something
 * else. What can be scrolled to is whole; what is there for screen readers alone is left out.
 *
 * @param {Page} page
 */
export function cut(page) {
  return page.evaluate(() => {
    /** Where texts may lie below others: over pictures, and under what is open for the moment. */
    const COVERED = '[data-participant], [data-kind=self], .signs'
    const wrong = new Set()
    const panel = document.querySelector('.panel')
    const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
    for (let node = texts.nextNode(); node; node = texts.nextNode()) {
      const text = node.textContent?.trim()
      const box = node.parentElement
      if (!text || !box || box.closest('.sr-only, noscript, script, style, option, svg, [aria-hidden=true], .skipnav')) continue
      if (!box.checkVisibility({ opacityProperty: true, visibilityProperty: true })) continue
      const range = document.createRange()
      range.selectNodeContents(node)
      const rect = range.getBoundingClientRect()
      if (rect.width === 0) continue
      // A name in its tile may end in dots: the list of participants has all of it.
      if (/^\d+$/.test(getComputedStyle(box).webkitLineClamp) && rect.height > 0) continue
      const short = `“${text.slice(0, 40)}”`
      let scrolls = false
      let edge = { left: 0, top: 0, right: window.innerWidth, bottom: window.innerHeight }
      for (let one = /** @type {HTMLElement | null} */ (box); one && one !== document.documentElement; one = one.parentElement) {
        const { overflowX, overflowY, position } = getComputedStyle(one)
        if (/auto|scroll/.test(overflowY)) { scrolls = true; break }
        const around = one.getBoundingClientRect()
        const over = {
          sideways: /hidden|clip/.test(overflowX) ? Math.max(around.left - rect.left, rect.right - around.right) : 0,
          down: /hidden|clip/.test(overflowY) ? Math.max(around.top - rect.top, rect.bottom - around.bottom) : 0,
        }
        // Half a line's leading may stick out.
        if (over.sideways > 1.5 || over.down > 4) wrong.add(`${short} is cut by .${one.className}`)
        if (position === 'fixed') { edge = { ...edge, top: 0 }; break }
        if (one === document.body) scrolls = true
      }
      if (rect.left < edge.left - 1 || rect.right > edge.right + 1) wrong.add(`${short} sticks out of the window sideways`)
      if (!scrolls && (rect.top < edge.top - 2 || rect.bottom > edge.bottom + 2)) wrong.add(`${short} sticks out of the window and cannot be scrolled to`)
      // Covered?
      if (box.closest(COVERED) || (panel && !panel.contains(box) && !box.closest('nav'))) continue
      for (const line of range.getClientRects()) {
        const [x, y] = [line.left + line.width / 2, line.top + line.height / 2]
        if (x < 0 || y < 0 || x >= window.innerWidth || y >= window.innerHeight) continue
        const top = document.elementFromPoint(x, y)
        const scroller = box.closest('.body, .devices')
        // Scrolled away, in a list or in a list within one.
        const away = [scroller, box.closest('.notices')].some((one) => {
          const shown = one?.getBoundingClientRect()
          return shown && (y < shown.top || y > shown.bottom)
        })
        if (away) continue
        if (top && !top.contains(box) && !box.contains(top) && !box.closest('label')?.contains(top) && getComputedStyle(box).pointerEvents !== 'none') {
          // A form that sticks to the end of its list lies over what is scrolled away.
          if (top.closest('form') && scroller && !box.closest('form')) continue
          wrong.add(`${short} is covered by ${top.tagName.toLowerCase()}.${top.className}`)
        }
      }
    }
    return [...wrong]
  })
}

/** The pictures of people take all the room they have. @param {Page} page */
export function unfilled(page) {
  return page.evaluate(() => {
    const pictures = document.querySelector('[data-participant]')?.parentElement
    const room = pictures?.parentElement
    if (!pictures || !room || room.querySelector('[data-kind=slides]')) return []
    const [has, could] = [pictures.getBoundingClientRect().width, room.getBoundingClientRect().width]
    return has < could - 2 ? [`the pictures are ${Math.round(has)} px wide where there are ${Math.round(could)}`] : []
  })
}

/**
 * What is pressed is as large as a finger: 44 × 44 px. Links within a sentence are as large as text.
 *
 * @param {Page} page
 */
export function small(page) {
  return page.evaluate(() => {
    const wrong = []
    for (const one of document.querySelectorAll('a[href], button, input, select, textarea, summary, [role=button]')) {
      if (!one.checkVisibility({ visibilityProperty: true }) || one.matches('.skipnav')) continue
      if (one.matches('a') && getComputedStyle(one).display === 'inline') continue
      const target = one.matches('[type=radio], [type=checkbox]') ? (one.closest('label') ?? one) : one
      const { width, height } = target.getBoundingClientRect()
      if (width < 43.5 || height < 43.5)
        wrong.push(`${one.tagName.toLowerCase()} “${(one.textContent || one.getAttribute('aria-label') || '').trim().slice(0, 30)}” is ${Math.round(width)} × ${Math.round(height)} px`)
    }
    return wrong
  })
}

/** Nothing moves that its user has asked to be still. @param {Page} page */
export async function moving(page) {
  // What the change of settings itself has set going comes to rest.
  await sleep(400)
  return page.evaluate(() =>
    document.getAnimations()
      .filter((one) => one.playState === 'running' && Number(one.effect?.getComputedTiming().activeDuration) > 50)
      .map((one) => `${/** @type {KeyframeEffect} */ (one.effect).target?.className} moves`))
}

/** A switch that is on looks different from one that is off, also without the page's colours. @param {Page} page */
export function alike(page) {
  return page.evaluate(() => {
    const wrong = []
    for (const one of document.querySelectorAll('[type=checkbox], [type=radio]')) {
      const { appearance, borderStyle, opacity } = getComputedStyle(one)
      if ((appearance === 'none' && borderStyle === 'none') || opacity === '0') wrong.push(`“${one.closest('label')?.textContent?.trim()}” does not show whether it is chosen`)
    }
    for (const one of document.querySelectorAll('button[aria-pressed]:not([aria-disabled=true], :disabled)')) {
      if (!one.checkVisibility()) continue
      const look = () => {
        const all = [one, ...one.querySelectorAll('*')].filter((part) => !part.closest('.sr-only'))
        return all.map((part) => {
          const { color, backgroundColor, borderColor, borderStyle, outline, fontWeight, textDecoration, strokeWidth } = getComputedStyle(part)
          return [color, backgroundColor, borderColor, borderStyle, outline, fontWeight, textDecoration, strokeWidth].join()
        }).join()
      }
      // What the state changes besides colour: an icon that is struck through, another word.
      if (one.querySelector('svg path + path') || one.matches('.off, .lit')) continue
      const was = one.getAttribute('aria-pressed') ?? ''
      const before = look()
      one.setAttribute('aria-pressed', was === 'true' ? 'false' : 'true')
      const after = look()
      one.setAttribute('aria-pressed', was)
      if (before === after && !one.querySelector('svg')) wrong.push(`“${one.textContent?.trim()}” looks alike on and off`)
    }
    return wrong
  })
}

/**
 * The page says its language, has a title that tells where one is, and one heading of the first level.
 *
 * @param {Page} page
 * @param {string} language
 */
export function unnamed(page, language) {
  return page.evaluate((language) => {
    const wrong = []
    const headings = [...document.querySelectorAll('h1')].map((one) => one.textContent?.trim() ?? '')
    if (document.documentElement.lang !== language) wrong.push(`the page says that its language is “${document.documentElement.lang}”`)
    if (headings.length !== 1) wrong.push(`there are ${headings.length} headings of the first level`)
    else if (!document.title.includes(headings[0])) wrong.push(`the title “${document.title}” does not say “${headings[0]}”`)
    return wrong
  }, language)
}
