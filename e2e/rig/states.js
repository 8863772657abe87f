// Every state of the video client and the way to it: the one list that the accessibility tests, the
// pictures and their page in docs/ go by.
//
// States are reached in the order of the list by one cast, because most begin where another ends.
// Whoever needs a single one asks for it by its id; `visit` plays what it comes `after`, too.
import { useSupportAndTerms } from './booking.js'
import { ARRIVING } from './states/arriving.js'
import { DEVICES } from './states/devices.js'
import { ENDINGS } from './states/endings.js'
import { HOSTING } from './states/hosting.js'
import { MEETING } from './states/meeting.js'
import { sleep } from './wait.js'

/** @typedef {import('./person.js').Person} Person */

/**
 * @typedef {object} State
 * @property {string} id also the name of its picture
 * @property {string} what what somebody sees here, for people who read
 * @property {string} [after] the state that this one begins in
 * @property {(cast: import('./cast.js').Cast) => Promise<Person>} reach comes here, and answers whose page is looked at
 */

/** @type {State[]} */
export const STATES = [...ARRIVING, ...DEVICES, ...MEETING, ...HOSTING, ...ENDINGS]

/** The states that these need to be reached, in order. @param {string[]} ids all without */
function needed(ids) {
  if (ids.length === 0) return STATES
  const wanted = new Set(ids)
  for (const { id, after } of [...STATES].reverse()) if (after && wanted.has(id)) wanted.add(after)
  return STATES.filter(({ id }) => wanted.has(id))
}

/**
 * Plays the states in their order, at an organisation with all that a page may show, and shows each
 * that is wanted. The last two end the hub.
 *
 * @param {import('./cast.js').Cast} cast
 * @param {(state: State, person: Person) => Promise<void>} look
 * @param {string[]} [ids] all without
 */
export async function visit(cast, look, ids = []) {
  await useSupportAndTerms(cast.hub)
  for (const state of needed(ids)) {
    const person = await state.reach(cast).catch(async (error) => {
      await cast.picture(state.id)
      throw new Error(`the state ${state.id} was not reached: ${error instanceof Error ? error.message : error}`)
    })
    if (ids.length > 0 && !ids.includes(state.id)) continue
    await sleep(200) // what moves has come to rest
    await look(state, person)
  }
}
