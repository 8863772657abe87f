// Every state of the client in every setting of its users: a walk through the states, in each of
// which the page is looked at under all settings; then a test for each setting.
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { Cast } from '../rig/cast.js'
import { Hub } from '../rig/hub.js'
import { alike, cut, moving, sideways, small, unnamed, violations } from '../rig/looks.js'
import { visit } from '../rig/states.js'
import { set } from '../rig/system.js'

/** @typedef {import('puppeteer-core').Page} Page */

const CONTRAST = ['color-contrast', 'link-in-text-block']
const NARROW = { width: 320, height: 640 }

/**
 * What is looked at, in which setting. In English only what depends on the texts.
 *
 * @type {Record<string, { system: import('../rig/system.js').Settings, texts?: boolean, wrong: (page: Page, language: string) => Promise<string[]> }>}
 */
const CHECKS = {
  'axe finds nothing': { system: {}, texts: true, wrong: (page) => violations(page) },
  'the page says its language and where one is': { system: {}, texts: true, wrong: unnamed },
  'axe finds nothing at 320 px': { system: NARROW, texts: true, wrong: (page) => violations(page) },
  'at 320 px nothing is scrolled sideways': { system: NARROW, texts: true, wrong: sideways },
  'at 320 px no text is cut or covered': { system: NARROW, texts: true, wrong: cut },
  'what is pressed is at least 44 px': { system: { width: 360, height: 740 }, wrong: small },
  'with text of 200 % nothing is scrolled sideways': { system: { text: 200 }, wrong: sideways },
  'with text of 200 % no text is cut or covered': { system: { text: 200 }, texts: true, wrong: cut },
  'axe finds nothing with text of 200 %': { system: { text: 200 }, texts: true, wrong: (page) => violations(page) },
  'with text of 200 % on a phone no text is cut or covered': { system: { width: 360, height: 740, text: 200 }, wrong: async (page) => [...await sideways(page), ...await cut(page)] },
  'with text spaced out no text is cut or covered': { system: { spaced: true }, wrong: async (page) => [...await sideways(page), ...await cut(page)] },
  'on a phone on its side no text is cut or covered': { system: { width: 740, height: 360 }, wrong: async (page) => [...await sideways(page), ...await cut(page)] },
  'contrast is enough in the dark scheme': { system: { scheme: 'dark' }, wrong: (page) => violations(page, CONTRAST) },
  'contrast is enough where more is wanted': { system: { contrast: 'more' }, wrong: (page) => violations(page, CONTRAST) },
  'contrast is enough where more is wanted in the dark': { system: { contrast: 'more', scheme: 'dark' }, wrong: (page) => violations(page, CONTRAST) },
  'with the system’s colours switches still tell their state': { system: { forced: true }, wrong: alike },
  'nothing moves where motion is reduced': { system: { still: true }, wrong: moving },
}

for (const [name, language] of Object.entries({ Danish: 'da', English: 'en' })) {
  const checks = Object.entries(CHECKS).filter(([, { texts }]) => texts || language === 'da')

  describe(`every state, ${name}`, () => {
    /** What is wrong, by check. @type {Map<string, string[]>} */
    const found = new Map(checks.map(([check]) => [check, []]))
    /** @type {Hub} */
    let hub
    /** @type {unknown} */
    let failure
    let seen = 0
    let seconds = 0

    before(async () => {
      const began = performance.now()
      hub = await Hub.start()
      const cast = new Cast(hub, { language, viewport: { width: 1280, height: 800 } })
      try {
        await visit(cast, async ({ id }, { page }) => {
          seen += 1
          let current = ''
          for (const [check, { system, wrong }] of checks) {
            const next = JSON.stringify(system)
            if (next !== current) await set(page, system)
            current = next
            for (const one of await wrong(page, language)) found.get(check)?.push(`${id}: ${one}`)
          }
          await set(page)
        }, only())
      } catch (error) {
        failure = error
      } finally {
        seconds = Math.round((performance.now() - began) / 1000)
        await cast.end()
        await hub.stop()
      }
    })
    after(() => hub?.stop())

    test('every state was reached', () => {
      if (failure) throw failure
      console.log(`${seen} states in ${checks.length} ways, ${name}: ${seconds} s`)
    })
    for (const [check] of checks)
      test(check, () => {
        const wrong = found.get(check) ?? []
        assert.equal(wrong.length, 0, `\n  ${wrong.join('\n  ')}`)
        assert.ok(seen > 0, 'no state was seen')
      })
  })
}

/** The states that VDX_TEST_STATES names, while somebody works at a few. */
function only() {
  return (process.env.VDX_TEST_STATES ?? '').split(/[\s,]+/).filter(Boolean)
}
