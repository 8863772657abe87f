// Booking as an integration does it: a token from the token service, then the API.

/**
 * @typedef {{ uuid: string, shortId: string, shortLink: string, link: string,
 *   address: string, hostPin: string, guestPin: string | null }} Booked
 */

/** @param {Response} answer */
async function json(answer) {
  const text = await answer.text()
  if (!answer.ok) throw new Error(`${answer.url} answered ${answer.status}: ${text}`)
  return JSON.parse(text)
}

/** @param {import('./hub.js').Hub} hub @param {{ client_id: string, client_secret: string }} [client] */
export async function token(hub, { client_id, client_secret } = hub.booker) {
  const answer = await fetch(`${hub.url}/oauth2/token`, {
    method: 'POST',
    headers: { authorization: `Basic ${Buffer.from(`${client_id}:${client_secret}`).toString('base64')}` },
    body: new URLSearchParams({ grant_type: 'client_credentials' }),
  })
  return /** @type {string} */ ((await json(answer)).access_token)
}

/** A token of a new client with this role alone. @param {import('./hub.js').Hub} hub @param {string} role */
export async function tokenWith(hub, role) {
  const { organisation, email } = hub.booker
  const printed = await hub.vdx('client', 'add', '--name', 'Helpdesk', '--organisation', organisation, '--email', email, '--role', role)
  const [client_id = '', client_secret = ''] = ['client_id', 'client_secret'].map((name) => new RegExp(`${name}: (\\S+)`).exec(printed)?.[1])
  return token(hub, { client_id, client_secret })
}

/**
 * Makes a template the organisation's default: meetings booked from now on follow it.
 *
 * @param {import('./hub.js').Hub} hub
 * @param {object} [fields] of the template
 */
export async function useTemplate(hub, fields = {}) {
  await json(await fetch(`${hub.url}/videoapi/v2/scheduling-templates`, {
    method: 'POST',
    headers: { authorization: `Bearer ${await token(hub)}`, 'content-type': 'application/json' },
    body: JSON.stringify({
      conferencingSysId: 1,
      uriPrefix: '',
      uriDomain: 'rooms.example',
      uriNumberRangeLow: 10_000,
      uriNumberRangeHigh: 99_999,
      hostPinRequired: true,
      hostPinRangeLow: 10_000,
      hostPinRangeHigh: 99_999,
      guestPinRequired: false,
      isDefaultTemplate: true,
      ...fields,
    }),
  }))
}

/**
 * Gives the booker's organisation whom to call, and terms, beside what the demo gave it.
 *
 * @param {import('./hub.js').Hub} hub
 */
export async function useSupportAndTerms(hub) {
  const url = `${hub.url}/api/hub/v1/organisations/${hub.booker.organisation}/theme`
  const headers = { authorization: `Bearer ${await tokenWith(hub, 'management-admin')}`, 'content-type': 'application/json' }
  const { own } = await json(await fetch(url, { headers }))
  // Nobody has this number.
  const theme = { ...own, support_phone: '00 00 00 00', terms_url: 'https://www.example.dk/vilkaar' }
  await json(await fetch(url, { method: 'PUT', headers, body: JSON.stringify(theme) }))
}

/**
 * Books a meeting that is open now and waits until its room is made.
 *
 * @param {import('./hub.js').Hub} hub
 * @param {object} [fields] further fields of the request
 * @returns {Promise<Booked>}
 */
export async function book(hub, fields = {}) {
  const bearer = { authorization: `Bearer ${await token(hub)}` }
  const now = Date.now()
  const meeting = await json(await fetch(`${hub.url}/videoapi/v2/meetings`, {
    method: 'POST',
    headers: { ...bearer, 'content-type': 'application/json' },
    body: JSON.stringify({
      subject: 'Consultation',
      startTime: new Date(now).toISOString(),
      endTime: new Date(now + 3_600_000).toISOString(),
      ...fields,
    }),
  }))
  const room = await json(await fetch(`${hub.url}/videoapi/v2/scheduling-info/${meeting.uuid}`, { headers: bearer }))
  return {
    uuid: meeting.uuid,
    shortId: meeting.shortId,
    shortLink: meeting.shortLink,
    // The link on the address that the test reaches the hub at.
    link: `${hub.url}/m/${meeting.shortId}`,
    address: room.uriWithDomain,
    hostPin: String(room.hostPin),
    guestPin: room.guestPin === null || room.guestPin === undefined ? null : String(room.guestPin),
  }
}

/** Moves a booked meeting, which keeps its length of half an hour. @param {import('./hub.js').Hub} hub @param {string} uuid @param {number} start */
export async function move(hub, uuid, start) {
  await json(await fetch(`${hub.url}/videoapi/v2/meetings/${uuid}`, {
    method: 'PATCH',
    headers: { authorization: `Bearer ${await token(hub)}`, 'content-type': 'application/json' },
    body: JSON.stringify({ startTime: new Date(start).toISOString(), endTime: new Date(start + 1_800_000).toISOString() }),
  }))
}

/** Cancels a booked meeting. @param {import('./hub.js').Hub} hub @param {string} uuid */
export async function cancel(hub, uuid) {
  const answer = await fetch(`${hub.url}/videoapi/v2/meetings/${uuid}`, { method: 'DELETE', headers: { authorization: `Bearer ${await token(hub)}` } })
  if (!answer.ok) throw new Error(`cancelling was answered ${answer.status}: ${await answer.text()}`)
}

/** A host's own link, which needs no PIN. @param {import('./hub.js').Hub} hub @param {Booked} booked */
export async function hostLink(hub, { address }) {
  const made = await json(await fetch(`${hub.url}/api/hub/v1/rooms/${encodeURIComponent(address)}/host-link`, {
    method: 'POST',
    headers: { authorization: `Bearer ${await token(hub)}` },
  }))
  return /** @type {string} */ (made.link)
}
