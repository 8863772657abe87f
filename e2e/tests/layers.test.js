// A picture is received as large as it is shown, and a layer nobody needs is not sent.
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { book } from '../rig/booking.js'
import { LOOKS } from '../rig/capture.js'
import { Hub } from '../rig/hub.js'
import { Person } from '../rig/person.js'
import { until } from '../rig/wait.js'

const { red, green, blue } = LOOKS
// Two layers, of 180 and 360 rows: what a machine can encode three times beside the browsers' own work.
const CAMERA = { camera: { width: 640, height: 360 } }
const LIMIT = { ms: 60_000, every: 200 }

describe('simulcast', () => {
  /** @type {Hub} */
  let hub
  before(async () => { hub = await Hub.start() })
  after(() => hub?.stop())

  test('large pictures are received large, small ones small, and what nobody needs is not sent', async () => {
    const meeting = await book(hub)
    const people = {
      Clinician: await Person.start({ look: red, ...CAMERA }),
      Patient: await Person.start({ look: green, silent: true, ...CAMERA }),
      Interpreter: await Person.start({ look: blue, silent: true, ...CAMERA }),
    }
    const { Clinician, Patient, Interpreter } = people
    /** @param {Person} person @param {string} name @param {'large' | 'small'} size @param {number} rows */
    const shows = async (person, name, size, rows) => {
      await until(`${name} to be ${size}`, async () => (await person.sizeOf(name)) === size, LIMIT)
      let last = 0
      await until(`${rows} rows of ${name}`, async () => (last = await person.rowsOf(name)) === rows, LIMIT)
        .catch((error) => { throw new Error(`${error.message}; ${last} rows arrive`) })
    }
    /** @param {Person} person @param {string} layers */
    const sends = async (person, layers) => {
      let last = ''
      await until(`layers ${layers} to be sent`, async () => (last = await person.layersSent()) === layers, LIMIT)
        .catch((error) => { throw new Error(`${error.message}; sent are ${last || 'none'}`) })
    }
    try {
      await Clinician.joinAsHost(meeting.link, 'Clinician', meeting.hostPin)
      // Nobody sees the only one there is.
      await sends(Clinician, '')
      await Patient.joinAsGuest(meeting.link, 'Patient')
      await shows(Clinician, 'Patient', 'large', 360)
      await shows(Patient, 'Clinician', 'large', 360)
      await Interpreter.joinAsGuest(meeting.link, 'Interpreter')

      // The clinician speaks; of the two others the patient has been large to the clinician.
      await shows(Clinician, 'Patient', 'large', 360)
      await shows(Clinician, 'Interpreter', 'small', 180)
      await shows(Patient, 'Clinician', 'large', 360)
      await shows(Patient, 'Interpreter', 'small', 180)
      await shows(Interpreter, 'Clinician', 'large', 360)
      await shows(Interpreter, 'Patient', 'small', 180)
      await sends(Interpreter, 'l')
      await sends(Clinician, 'lm')
      await sends(Patient, 'lm')
      console.log(`bytes a second at the patient: clinician ${await Patient.bytesOf('Clinician')}, interpreter ${await Patient.bytesOf('Interpreter')}`)

      // The one who was small everywhere becomes large, and its larger layer comes back.
      const left = Date.now()
      await Patient.leave()
      await shows(Clinician, 'Interpreter', 'large', 360)
      console.log(`large ${Date.now() - left} ms after the other left`)
      await sends(Interpreter, 'lm')
    } finally {
      await Promise.all(Object.values(people).map((person) => person.close()))
    }
  })

  test('a window in the background receives no pictures, and has them back when it is seen', async () => {
    const meeting = await book(hub)
    const [host, guest] = await Promise.all([Person.start({ look: red, ...CAMERA }), Person.start({ look: green, ...CAMERA })])
    try {
      await host.joinAsHost(meeting.link, 'Clinician', meeting.hostPin)
      await guest.joinAsGuest(meeting.link, 'Patient')
      await until('the picture', async () => (await guest.bytesOf('Clinician')) > 0, LIMIT)
      const other = await guest.page.browser().newPage()
      await other.bringToFront()
      assert.equal(await guest.page.evaluate(() => document.visibilityState), 'hidden')
      await until('no picture to be sent', async () => (await guest.bytesOf('Clinician')) === 0, LIMIT)
      await until('nothing of the only one nobody sees', async () => (await host.layersSent()) === '', LIMIT)
      await guest.page.bringToFront()
      const seen = Date.now()
      await until('the picture again', async () => (await guest.sees('Clinician', [red])) === red && (await guest.rateOf('Clinician', 500)) > 3, LIMIT)
      console.log(`seen again ${Date.now() - seen} ms after the window came back`)
    } finally {
      await Promise.all([host.close(), guest.close()])
    }
  })
})
