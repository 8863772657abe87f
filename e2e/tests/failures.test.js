// What goes wrong, as a visitor is told of it in Danish, English and German: each in its language's
// own words, with what happened, what we do and what the visitor does, and with the number to call
// that the organisation gave.
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { hears, listenTo } from '../rig/announcements.js'
import { book } from '../rig/booking.js'
import { Cast } from '../rig/cast.js'
import { Hub } from '../rig/hub.js'
import { Person } from '../rig/person.js'
import { visit } from '../rig/states.js'
import { failure, foreign, LANGUAGES, plain, said } from '../rig/texts.js'
import { until } from '../rig/wait.js'

/** Whom to call, as `visit` has the organisation say it. */
const SUPPORT = { name: 'Demo Region', phone: '00 00 00 00' }

/**
 * What is told in each state: keys of texts, in the order they are read in, of several at one place
 * the one that the browser can; and whether it is told whom to call, where that is of this test.
 *
 * @type {Record<string, { says: (string | string[])[], phone?: boolean }>}
 */
const TOLD = {
  'address-empty': { says: ['address.title', 'address.missing'], phone: false },
  'address-unknown': { says: ['address.title', ...failure('address.unknown')], phone: false },
  // A link that leads nowhere is no organisation's.
  'link-unknown': { says: ['link.unknown.title', ...failure('link.unknown')], phone: false },
  'link-not-yet': { says: ['link.notYet.title', 'link.notYet.opens', 'link.notYet.starts', 'link.notYet.stay'], phone: true },
  'link-over': { says: ['link.over.title', ...failure('link.over')], phone: true },
  'link-moved': { says: ['link.notYet.title', 'link.moved', 'link.notYet.opens', 'link.notYet.starts', 'link.notYet.stay'], phone: true },
  'link-cancelled': { says: ['link.cancelled.title', ...failure('link.cancelled')], phone: true },
  'pin-wrong': { says: ['pin.guest.title', ...failure('pin.wrongTries')], phone: true },
  'pin-unreachable': { says: ['pin.guest.title', ...failure('error.unreachable')], phone: true },
  'pin-closed': { says: ['pin.guest.title', ...failure('pin.closed')], phone: true },
  full: { says: ['devices.title', ...failure('error.full')], phone: true },
  'devices-none': { says: ['devices.none', 'devices.none.we', 'devices.none.you'], phone: true },
  'devices-busy': { says: ['devices.busy', 'devices.soundWorks', 'devices.busy.you'], phone: true },
  'devices-refused': { says: ['devices.refused', 'devices.refused.we', ['devices.refused.you', 'devices.permit']], phone: true },
  waiting: { says: ['meeting.waiting.title', 'meeting.waiting.text'] },
  'door-one': { says: ['meeting.locked', 'door.since', 'door.admit', 'door.deny'] },
  denied: { says: ['left.denied.title', ...failure('left.denied')], phone: true },
  removed: { says: ['left.removed.title', ...failure('left.removed')], phone: true },
  ended: { says: ['left.ended.title', 'left.ended.text'], phone: true },
  elsewhere: { says: ['left.elsewhere.title', ...failure('left.elsewhere')], phone: true },
  trouble: { says: ['meeting.trouble'] },
  lost: { says: ['left.lost.title', ...failure('left.lost')], phone: true },
}

/** What a page shows, and what it says of itself. @param {import('../rig/person.js').Person} person */
async function shown({ page }) {
  return page.evaluate(() => ({
    lang: document.documentElement.lang,
    text: document.body.innerText,
    title: document.title,
    phones: [...document.querySelectorAll('[data-testid=support] a')].map((one) => one.getAttribute('href')),
  }))
}

/** That a text has these, one after the other. @param {string} text @param {(RegExp | RegExp[])[]} patterns */
function reads(text, patterns) {
  let rest = plain(text)
  for (const one of patterns) {
    const found = [one].flat().map((pattern) => pattern.exec(rest)).find((match) => match !== null)
    assert.ok(found, `${[one].flat().map(({ source }) => source).join(' or ')} is not in: ${rest}`)
    rest = rest.slice(found.index + found[0].length)
  }
}

const address = process.env.VDX_TEST_ADDRESS

/**
 * @type {{ name: string, language: import('../rig/texts.js').Language, firefox?: import('../rig/cast.js').Part[],
 *   without?: string[], skip?: string | false }[]}
 */
const WALKS = [
  ...LANGUAGES.map((language) => ({ name: language, language })),
  {
    name: 'en, in Firefox',
    language: 'en',
    firefox: ['guest', 'host'],
    // Firefox has no answer before somebody presses, and a refusal needs one of its own; what is left
    // out here is of firefox.test.js and devices.test.js.
    without: ['devices-none', 'devices-busy', 'devices-refused', 'pin-unreachable'],
    skip: address ? false : 'SKIPPED: Firefox does no media over loopback, and no network namespace can be made here (root is needed)',
  },
]

for (const { name, language, firefox, without = [], skip = false } of WALKS) {
  const told = Object.entries(TOLD).filter(([id]) => !without.includes(id))

  describe(`what goes wrong is told in ${name}`, { skip }, () => {
    /** @type {Map<string, Awaited<ReturnType<typeof shown>>>} */
    const seen = new Map()
    /** @type {Hub} */
    let hub
    /** @type {Cast} */
    let cast
    /** @type {unknown} */
    let failed

    before(async () => {
      hub = await Hub.start(firefox && { address })
      cast = new Cast(hub, { language, firefox, trust: hub.url, viewport: { width: 1280, height: 800 } })
      await listenTo(await cast.person('host'))
      await visit(cast, async ({ id }, person) => {
        seen.set(id, await shown(person))
        if (id !== 'trouble') return
        // Back, and lost again.
        await hub.startAgain()
        await hears(person, said(language, 'meeting.trouble.over'))
        seen.set('back', await shown(person))
        await hub.kill()
        await person.shows('trouble')
      }, told.map(([id]) => id)).catch((error) => { failed = error })
    })
    after(async () => {
      await cast?.end()
      await hub?.stop()
    })

    test('every failure was met', () => {
      if (failed) throw failed
    })

    for (const [id, { says, phone }] of told)
      test(id, () => {
        const page = seen.get(id)
        assert.ok(page, 'was met')
        reads(page.text, says.map((keys) => [keys].flat().map((key) => said(language, key))))
        assert.equal(page.lang, language)
        assert.deepEqual(foreign(language, plain(`${page.title} ${page.text}`)), [])
        if (phone) reads(page.text, [said(language, 'support.callName', SUPPORT)])
        if (phone !== undefined) assert.deepEqual(page.phones, phone ? [`tel:${SUPPORT.phone.replaceAll(' ', '')}`] : [])
      })

    test('the connection is back', () => {
      const page = seen.get('back')
      assert.ok(page, 'was met')
      assert.deepEqual(foreign(language, plain(page.text)), [])
      reads(page.text, [said(language, 'meeting.trouble.over')])
    })
  })
}

describe('a hub that is full', () => {
  test('says so, and in another language as soon as one is chosen', async () => {
    const hub = await Hub.start({ settings: { VDX_MEDIA__MAX_CALLS: '1' } })
    const [host, guest] = await Promise.all([Person.start({ silent: true }), Person.start({ silent: true, language: 'da' })])
    try {
      const meeting = await book(hub)
      await host.joinAsHost(meeting.link, 'Host', meeting.hostPin)
      await guest.goInAsGuest(meeting.link, 'Guest')
      await guest.problem()
      for (const language of LANGUAGES) {
        await guest.page.select('[data-testid=language]', language)
        await until(`the page to be in ${language}`, async () => (await shown(guest)).lang === language)
        const { text } = await shown(guest)
        reads(text, ['devices.title', ...failure('error.busy')].map((key) => said(language, key)))
        assert.deepEqual(foreign(language, plain(text)), [])
      }
      await host.leave()
      await guest.goIn()
      await guest.waits()
    } finally {
      await Promise.all([host.close(), guest.close()])
      await hub.stop()
    }
  })
})
