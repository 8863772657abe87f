// A picture of every state of the client, on a phone, a tablet and a desk, in e2e/screenshots/ for
// people to look at: docs/screens.md says what each shows.
import assert from 'node:assert/strict'
import { mkdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { before, describe, test } from 'node:test'
import { Cast } from '../rig/cast.js'
import { Hub } from '../rig/hub.js'
import { unfilled } from '../rig/looks.js'
import { STATES, visit } from '../rig/states.js'
import { set } from '../rig/system.js'
import { sleep } from '../rig/wait.js'

const FOLDER = join(import.meta.dirname, '../screenshots')
const SIZES = {
  phone: { width: 360, height: 740 },
  tablet: { width: 768, height: 1024 },
  desk: { width: 1440, height: 900 },
}
/** In English on one size: the texts differ, the rest does not. */
const PICTURES = { da: SIZES, en: { phone: SIZES.phone } }

/** The states that VDX_TEST_STATES names, while somebody works at a few. */
const only = (process.env.VDX_TEST_STATES ?? '').split(/[\s,]+/).filter(Boolean)

describe('every state of the client', () => {
  before(async () => {
    await rm(FOLDER, { recursive: true, force: true })
    await mkdir(FOLDER, { recursive: true })
  })

  for (const [language, sizes] of Object.entries(PICTURES))
    test(`has its picture, ${language}`, async () => {
      const hub = await Hub.start()
      const cast = new Cast(hub, { language, viewport: SIZES.desk, camera: { width: 640, height: 360, figure: true } })
      try {
        await visit(cast, async ({ id }, { page }) => {
          for (const [size, settings] of Object.entries(sizes)) {
            await set(page, settings)
            // The focus stays in sight when a window is made smaller.
            await page.evaluate(() => document.activeElement?.scrollIntoView({ block: 'nearest' }))
            await sleep(300) // a picture that is shown larger comes in more points
            assert.deepEqual(await unfilled(page), [], `${id} on a ${size}`)
            await page.screenshot({ path: join(FOLDER, `${id}-${size}-${language}.png`) })
          }
          await set(page, SIZES.desk)
        }, only)
      } finally {
        await cast.end()
        await hub.stop()
      }
    })

  test('stands in docs/screens.md', async () => {
    const page = await readFile(join(import.meta.dirname, '../../docs/screens.md'), 'utf8')
    const rows = page.split('\n').filter((line) => line.startsWith('| `'))
    assert.deepEqual(rows, STATES.map(({ id, what }) => `| \`${id}\` | ${what} |`))
  })
})
