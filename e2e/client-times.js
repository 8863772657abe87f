// What people wait for in the client, for `make bench`: one line a figure on standard output.
// node client-times.js [TIMES]
//
// waiting: from the tap that goes in until the page says that one waits, and until the host sees it.
// admit: from the host's tap until both see the first picture of the other.
// share: from the tap, the choice of a window included, until the other sees the screen.
import { book } from './rig/booking.js'
import { LOOKS } from './rig/capture.js'
import { Hub } from './rig/hub.js'
import { Person } from './rig/person.js'
import { until } from './rig/wait.js'

const times = Number(process.argv[2] ?? 20)

/** @param {Person} person @param {string[]} names */
async function moments(person, ...names) {
  return until(names.join(' and '), async () => {
    const all = await person.page.evaluate(() => window.senses.moments())
    return names.every((name) => all[name]) ? names.map((name) => all[name]) : undefined
  }, { every: 20 })
}

/** @type {Record<string, number[]>} */
const figures = { waiting: [], 'waiting.seen_by_host': [], admit: [], share: [] }

/** @param {string} name @param {number[]} values */
function print(name, values) {
  values.sort((a, b) => a - b)
  for (const p of [50, 95]) {
    const value = values[Math.min(values.length - 1, Math.ceil((p / 100) * values.length) - 1)]
    console.log(`client.${name}.p${p} ${value?.toFixed(0)} ms`)
  }
}

const hub = await Hub.start()
/** @type {Person[]} */
const people = []
try {
  const meeting = await book(hub)
  const host = await Person.start({ look: LOOKS.red, viewport: { width: 1280, height: 800 }, flags: ['--auto-select-tab-capture-source-by-title=VDX'] })
  const guest = await Person.start({ look: LOOKS.green })
  people.push(host, guest)
  await host.joinAsHost(meeting.link, 'Clinician', meeting.hostPin)
  await host.press('people')
  await host.press('lock')
  await host.press('people-close')

  for (let time = 0; time <= times; time++) {
    // The first time warms up: script compilation, codec libraries.
    const add = (/** @type {string} */ name, /** @type {number} */ value) => { if (time > 0) figures[name].push(value) }
    const name = `Patient ${time}`
    await guest.goInAsGuest(meeting.link, name)
    const [tapped, waiting] = await moments(guest, 'press of join', 'waiting')
    const [seen] = await moments(host, `${name} at the door`)
    add('waiting', waiting - tapped)
    add('waiting.seen_by_host', seen - tapped)

    await host.answerAtDoor(name, 'admit')
    const [admitted, atHost] = await moments(host, 'press of admit', `picture of ${name}`)
    const [atGuest] = await moments(guest, 'picture of Clinician')
    add('admit', Math.max(atHost, atGuest) - admitted)

    await host.press('share')
    const [shared] = await moments(host, 'press of share')
    const [slides] = await moments(guest, 'slides')
    add('share', slides - shared)
    await host.press('share')
    await guest.leave()
  }
  for (const [name, values] of Object.entries(figures)) print(name, values)
} finally {
  await Promise.all(people.map((person) => person.close()))
  await hub.stop()
}
