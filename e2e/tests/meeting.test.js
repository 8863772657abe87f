// What the hub is for: a booked meeting in which people see and hear each other.
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { book } from '../rig/booking.js'
import { LOOKS } from '../rig/capture.js'
import { Hub } from '../rig/hub.js'
import { Person } from '../rig/person.js'
import { sleep, until } from '../rig/wait.js'

const { red, green, blue } = LOOKS
const ALL = Object.values(LOOKS)

describe('a booked meeting', () => {
  /** @type {Hub} */
  let hub
  before(async () => { hub = await Hub.start() })
  after(() => hub?.stop())

  test('three people see and hear each other, and the others go on when one leaves', async () => {
    const meeting = await book(hub)
    const people = {
      Clinician: await Person.start({ look: red }),
      Patient: await Person.start({ look: green }),
      Interpreter: await Person.start({ look: blue }),
    }
    const looks = { Clinician: red, Patient: green, Interpreter: blue }
    try {
      await people.Clinician.joinAsHost(meeting.link, 'Clinician', meeting.hostPin)
      await people.Patient.joinAsGuest(meeting.link, 'Patient')
      await people.Interpreter.joinAsGuest(meeting.link, 'Interpreter')

      for (const [name, person] of Object.entries(people)) {
        const others = Object.fromEntries(Object.entries(looks).filter(([other]) => other !== name))
        const rates = await person.seesAndHears(others, ALL)
        for (const [other, rate] of Object.entries(rates))
          console.log(`frames a second of ${other} at ${name}: ${rate.toFixed(1)}`)
      }

      const left = Date.now()
      await people.Interpreter.leave()
      const told = await Promise.all([people.Clinician, people.Patient].map(async (person) => {
        await until('a tile to go', async () => !(await person.tiles()).includes('Interpreter'), { ms: 20_000, every: 50 })
        return Date.now() - left
      }))
      console.log(`told that one left after ${told.join(' and ')} ms (at most 2000 wanted)`)
      // Those who stay keep their pictures and sound, without the one who left.
      await sleep(1_000)
      const atClinician = await people.Clinician.seesAndHears({ Patient: green }, ALL)
      const atPatient = await people.Patient.seesAndHears({ Clinician: red }, ALL)
      console.log(`frames a second afterwards: ${atClinician.Patient.toFixed(1)} and ${atPatient.Clinician.toFixed(1)}`)
    } finally {
      await Promise.all(Object.values(people).map((person) => person.close()))
    }
  })

  test('a wrong PIN lets nobody in', async () => {
    const meeting = await book(hub)
    const person = await Person.start({ look: red })
    try {
      await person.open(meeting.link)
      await person.sayHost()
      for (const pin of ['0000', meeting.hostPin === '12345' ? '54321' : '12345']) {
        await person.enterPin(pin)
        assert.match(await person.problem(), /PIN/)
        assert.notEqual(await person.page.$('[data-testid=step-pin]'), null, 'the page goes on asking')
      }
    } finally {
      await person.close()
    }
  })

  test('a guest waits for the host, is told so, and is let in when the host comes', async () => {
    const meeting = await book(hub)
    const [guest, host] = await Promise.all([Person.start({ look: green }), Person.start({ look: red })])
    try {
      await guest.goInAsGuest(meeting.link, 'Patient')
      await guest.waits()
      await host.joinAsHost(meeting.link, 'Clinician', meeting.hostPin)
      const begin = Date.now()
      await guest.isIn()
      console.log(`let in ${Date.now() - begin} ms after the host was in`)
      await guest.seesAndHears({ Clinician: red }, ALL)
      await host.seesAndHears({ Patient: green }, ALL)
    } finally {
      await Promise.all([guest.close(), host.close()])
    }
  })

  test('where the booking asks guests for a PIN, the link does', async () => {
    const meeting = await book(hub, { guestPinRequired: true, guestPin: 4711, hostPin: 8822 })
    const [guest, host] = await Promise.all([Person.start({ look: green }), Person.start({ look: red })])
    try {
      await host.joinAsHost(meeting.link, 'Clinician', meeting.hostPin)
      await guest.joinAsGuest(meeting.link, 'Patient', '4711')
      await guest.seesAndHears({ Clinician: red }, ALL)
    } finally {
      await Promise.all([guest.close(), host.close()])
    }
  })

  test('a page opened by its link asks the hub for the link once', async () => {
    const meeting = await book(hub)
    const person = await Person.start({ look: green })
    try {
      const answered = async () => {
        const text = await (await fetch(`${hub.url}/metrics`)).text()
        return Number(/^vdx_http_request_duration_seconds_count\{api="hub-v1",method="GET",status="200"\} (\d+)/m.exec(text)?.[1] ?? 0)
      }
      const before = await answered()
      await person.open(meeting.link)
      await person.shows('step-devices')
      assert.equal((await answered()) - before, 1)
    } finally {
      await person.close()
    }
  })
})
