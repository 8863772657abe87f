// The time from a browser's request for a token to the first picture of somebody else, for
// `make bench`: one line a figure on standard output. node join-time.js [JOINS]
import { book } from './rig/booking.js'
import { LOOKS } from './rig/capture.js'
import { Hub } from './rig/hub.js'
import { Person } from './rig/person.js'
import { until } from './rig/wait.js'

const joins = Number(process.argv[2] ?? 20)

const hub = await Hub.start()
/** @type {Person[]} */
const people = []
try {
  const meeting = await book(hub)
  const host = await Person.start({ look: LOOKS.red })
  people.push(host)
  await host.joinAsHost(meeting.link, 'Clinician', meeting.hostPin)
  // One browser joins again and again: a new process each time would measure the machine.
  const guest = await Person.start({ look: LOOKS.green })
  people.push(guest)

  /** @type {number[]} */
  const times = []
  for (let i = 0; i <= joins; i++) {
    await guest.joinAsGuest(meeting.link, 'Patient')
    const time = await until('the first picture', () => guest.page.evaluate(() => window.senses.joinTime()))
    await guest.leave()
    // The first join warms up: script compilation, codec libraries.
    if (i > 0) times.push(time)
  }
  times.sort((a, b) => a - b)
  const percentile = (/** @type {number} */ p) => times[Math.min(times.length - 1, Math.ceil((p / 100) * times.length) - 1)]
  console.log(`join.browser.p50 ${percentile(50).toFixed(0)} ms`)
  console.log(`join.browser.p95 ${percentile(95).toFixed(0)} ms`)
} finally {
  await Promise.all(people.map((person) => person.close()))
  await hub.stop()
}
