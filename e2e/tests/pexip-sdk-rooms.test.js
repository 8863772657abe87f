// Compatibility: two and three clients on the unmodified @pexip/infinity in one room, and every call
// of theirs that the rooms answer.
import assert from 'node:assert/strict'
import { after, afterEach, before, describe, test } from 'node:test'
import { book } from '../rig/booking.js'
import { Hub } from '../rig/hub.js'
import { SdkPerson, servePage } from '../rig/sdk.js'
import { Way } from '../rig/way.js'

const DONE = { status: 200, result: true }
const REFUSED = { status: 403, result: 'Invalid role' }

describe('clients built on @pexip/infinity in one room', () => {
  /** @type {Hub} */
  let hub
  /** @type {Awaited<ReturnType<typeof servePage>>} */
  let page
  /** @type {SdkPerson[]} */
  let people
  before(async () => {
    ;[hub, page] = await Promise.all([Hub.start(), servePage()])
    people = await SdkPerson.several(page.url, 3)
  })
  // A fresh page is a fresh client.
  afterEach(async () => {
    for (const { page } of people) await page.reload()
  })
  after(async () => {
    await people?.[0]?.close()
    page?.close()
    await hub?.stop()
  })

  /**
   * A host and guests of a new room, who know each other.
   *
   * @param {number} count
   * @param {object} [fields] of the booking
   * @param {string} [hostsWay] the address by which the host reaches the hub
   */
  async function meet(count, fields, hostsWay = hub.url) {
    const room = await book(hub, fields)
    const where = { host: hub.url, alias: room.address, supportsDirectChat: true }
    const names = ['Host', 'Patient', 'Interpreter'].slice(0, count)
    for (const [n, displayName] of names.entries()) {
      const pin = n === 0 ? room.hostPin : (room.guestPin ?? 'none')
      assert.equal(await people[n].join({ ...where, ...(n === 0 && { host: hostsWay }), pin, displayName }), 200)
    }
    for (const person of people.slice(0, count))
      await person.knows('everybody in the roster', ({ roster }) => roster.length === count && roster.every((one) => !one.isWaiting))
    return { room, where, guestPin: room.guestPin ?? 'none' }
  }

  test('the door: waiting for a host, the lock, knocking, letting in, turning away', async () => {
    const [host, first, second] = people
    const room = await book(hub)
    const where = { host: hub.url, alias: room.address }
    const guestPin = room.guestPin ?? 'none'
    assert.equal(await first.join({ ...where, pin: guestPin, displayName: 'Patient' }), 200)
    await first.knows('the waiting room', ({ serviceType }) => serviceType === 'waiting_room')
    assert.equal(await host.join({ ...where, pin: room.hostPin, displayName: 'Host' }), 200)
    await first.knows('the conference', ({ serviceType, status }) => serviceType === 'conference' && status?.started)
    assert.deepEqual(await host.ask('startConference'), DONE)

    assert.match((await first.ask('lock', { lock: true })).error ?? '', /403/)
    assert.deepEqual(await host.ask('lock', { lock: true }), DONE)
    await first.knows('the lock', ({ status }) => status?.locked)
    assert.equal(await second.join({ ...where, pin: guestPin, displayName: 'Interpreter' }), 200)
    await second.knows('the waiting room', ({ serviceType }) => serviceType === 'waiting_room')
    await host.finds('Interpreter', 'knocking', (one) => one.isWaiting)
    assert.equal((await first.seen()).roster.length, 2, 'guests hear no knock')

    const knocking = await host.uuid('Interpreter')
    assert.deepEqual(await host.ask('admit', { participantUuid: knocking }), DONE)
    await second.knows('the conference', ({ serviceType }) => serviceType === 'conference')
    await first.finds('Interpreter', 'inside', (one) => !one.isWaiting)

    await second.leave()
    await second.page.reload()
    assert.equal(await second.join({ ...where, pin: guestPin, displayName: 'Again' }), 200)
    await host.finds('Again', 'knocking', (one) => one.isWaiting)
    assert.deepEqual(await host.ask('kick', { participantUuid: await host.uuid('Again') }), DONE)
    await second.knows('that it was turned away', ({ disconnected }) => disconnected?.error === 'API initiated participant disconnect')

    await second.page.reload()
    assert.equal(await second.join({ ...where, pin: guestPin, displayName: 'Third time' }), 200)
    await second.knows('the waiting room', ({ serviceType }) => serviceType === 'waiting_room')
    assert.deepEqual(await host.ask('lock', { lock: false }), DONE)
    await second.knows('the conference', ({ serviceType, status }) => serviceType === 'conference' && status?.locked === false)
  })

  test('chat: to all, to one, and for programs', async () => {
    const [host, first, second] = people
    await meet(3)
    await host.finds('Patient', 'with direct chat', (one) => one.supportsDirectChat)
    assert.equal((await host.seen()).flags.chatEnabled, true)
    assert.deepEqual(await first.ask('sendMessage', { payload: 'Goddag æøå' }), DONE)
    for (const person of [host, second]) {
      await person.knows('the message', ({ messages }) => messages.length === 1)
      const [{ message, displayName, direct }] = (await person.seen()).messages
      assert.deepEqual({ message, displayName, direct }, { message: 'Goddag æøå', displayName: 'Patient', direct: false })
    }
    const participantUuid = await host.uuid('Patient')
    assert.deepEqual(await host.ask('sendMessage', { payload: 'just you', participantUuid }), DONE)
    await first.knows('the direct message', ({ messages }) => messages.some((one) => one.direct && one.message === 'just you'))
    assert.deepEqual(await host.ask('sendApplicationMessage', { payload: { n: 1 } }), DONE)
    await second.knows('the message for programs', ({ applicationMessages }) => applicationMessages[0]?.n === 1)
    assert.equal((await second.seen()).messages.length, 1)
    assert.equal((await first.seen()).messages.length, 1, 'one is not told one\'s own')
  })

  test('microphones and cameras: of one, of all guests, and who may switch them on', async () => {
    const [host, first] = people
    await meet(2)
    const patient = await host.uuid('Patient')
    const rowOf = (/** @type {SdkPerson} */ person, /** @type {string} */ what, /** @type {(one: import('../rig/sdk.js').Entry) => unknown} */ fits) =>
      person.finds('Patient', what, fits)

    assert.deepEqual(await host.ask('mute', { mute: true, participantUuid: patient }), DONE)
    await rowOf(first, 'muted', (one) => one.isMuted)
    await first.knows('that it was muted', ({ mutings }) => mutings.at(-1) === true)
    assert.deepEqual(await first.ask('mute', { mute: false }), DONE)
    await rowOf(host, 'heard', (one) => !one.isMuted)
    assert.deepEqual(await first.ask('mute', { mute: true, participantUuid: await first.uuid('Host') }), REFUSED)

    assert.deepEqual(await first.ask('clientMute', { mute: true }), DONE)
    await rowOf(host, 'muted by itself', (one) => one.isClientMuted)
    assert.deepEqual(await first.ask('clientMute', { mute: false }), DONE)
    await rowOf(host, 'open again', (one) => !one.isClientMuted)

    assert.deepEqual(await host.ask('muteVideo', { muteVideo: true, participantUuid: patient }), DONE)
    await rowOf(first, 'without camera', (one) => one.isCameraMuted)
    assert.deepEqual(await first.ask('muteVideo', { muteVideo: false, participantUuid: patient }), DONE)
    await rowOf(host, 'with camera', (one) => !one.isCameraMuted)

    assert.deepEqual(await host.ask('muteAllGuests', { mute: true }), DONE)
    await first.knows('that guests are muted', ({ status }) => status?.guestsMuted)
    await rowOf(host, 'muted', (one) => one.isMuted)
    assert.deepEqual(await host.ask('guestsCanUnmute', { setting: false }), DONE)
    await first.knows('that guests may not unmute', ({ status }) => status?.guestsCanUnmute === false)
    assert.deepEqual(await first.ask('mute', { mute: false }), REFUSED)
    assert.deepEqual(await host.ask('guestsCanUnmute', { setting: true }), DONE)
    assert.deepEqual(await first.ask('mute', { mute: false }), DONE)
    assert.deepEqual(await host.ask('muteAllGuests', { mute: false }), DONE)
    await first.knows('that guests are not muted', ({ status }) => status?.guestsMuted === false)
  })

  test('attention: hands, spotlight, texts, roles', async () => {
    const [host, first, second] = people
    await meet(3)
    const patient = await host.uuid('Patient')
    assert.deepEqual(await first.ask('raiseHand', { raise: true }), DONE)
    await host.knows('the raised hand', ({ hands }) => hands.some((one) => one.uuid === patient && one.raised))
    assert.deepEqual(await host.ask('raiseHand', { raise: false, participantUuid: patient }), DONE)
    await first.finds('Patient', 'with the hand down', (one) => !one.raisedHand)
    for (const person of [first, second]) assert.deepEqual(await person.ask('raiseHand', { raise: true }), DONE)
    await host.knows('two hands', ({ roster }) => roster.filter((one) => one.raisedHand).length === 2)
    assert.deepEqual(await host.ask('lowerAllRaisedHands'), DONE)
    await first.knows('no hand', ({ roster }) => roster.every((one) => !one.raisedHand))

    assert.deepEqual(await host.ask('spotlight', { enable: true, participantUuid: patient }), DONE)
    await second.finds('Patient', 'in the spotlight', (one) => one.isSpotlight && one.spotlightOrder > 1_600_000_000)
    assert.deepEqual(await second.ask('spotlight', { enable: false, participantUuid: patient }), REFUSED)
    assert.deepEqual(await host.ask('spotlight', { enable: false, participantUuid: patient }), DONE)
    await second.finds('Patient', 'out of the spotlight', (one) => !one.isSpotlight)

    assert.deepEqual(await host.ask('setTextOverlay', { text: 'Mrs P', participantUuid: patient }), DONE)
    await second.finds('Patient', 'with another text', (one) => one.overlayText === 'Mrs P')

    assert.deepEqual(await host.ask('setRole', { role: 'chair', participantUuid: patient }), {})
    await first.finds('Patient', 'a host', (one) => one.isHost)
    assert.deepEqual(await first.ask('lock', { lock: true }), DONE)
    assert.deepEqual(await first.ask('lock', { lock: false }), DONE)
    assert.deepEqual(await host.ask('setRole', { role: 'guest', participantUuid: patient }), {})
    await second.finds('Patient', 'a guest', (one) => !one.isHost)
  })

  test('views: the layouts there are, another one, and who is shown', async () => {
    const [host, first] = people
    await meet(2)
    const { result: names } = await host.ask('availableLayouts')
    assert.deepEqual([names.length, names.includes('1:7'), names.includes('25:0')], [10, true, true])
    const drawings = (await host.ask('layoutSvgs')).result
    for (const name of names) assert.match(drawings[name], /^<svg/)
    await first.knows('a layout', ({ layout }) => layout?.view === '1:7' && layout.overlay_text_enabled === true)
    const transforms = { host_layout: '4:0', guest_layout: '1:0', enable_overlay_text: false }
    assert.deepEqual(await host.ask('setLayout', { transforms }), DONE)
    await first.knows('the other layout', ({ layout }) =>
      layout.view === '1:0' && layout.requested_layout.primary_screen.chair_layout === '4:0' && layout.overlay_text_enabled === false)
    assert.match((await first.ask('setLayout', { transforms })).error ?? '', /403/)
    assert.match((await host.ask('setLayout', { transforms: { layout: '3:3' } })).error ?? '', /400/)
    const shown = await host.uuid('Patient')
    await host.knows('the guest shown', ({ layout }) => layout?.participants.includes(shown))
    await host.knows('who spoke', ({ stage }) => stage.some((/** @type {any} */ one) => typeof one.vad === 'number'))
  })

  test('presenting: start, steal, stop, and who may receive', async () => {
    const [host, first, second] = people
    await meet(3)
    for (const person of people) await person.knows('its call', ({ connected }) => connected)
    await first.present()
    await first.knows('that it presents', ({ presentation }) => presentation?.send === 'connected')
    await host.finds('Patient', 'presenting', (one) => one.isPresenting)
    for (const person of [host, second]) await person.knows('the presentation', ({ presentation }) => presentation?.recv === 'connected')

    await host.present()
    await host.knows('that it presents', ({ presentation }) => presentation?.send === 'connected')
    await first.knows('that it lost the floor', ({ presentation }) => presentation?.send === 'disconnected' && presentation.recv === 'connected')
    await second.finds('Host', 'presenting', (one) => one.isPresenting)
    await second.finds('Patient', 'not presenting', (one) => !one.isPresenting)

    const path = `participants/${await host.uuid('Interpreter')}/denyrxpresentation`
    assert.equal((await host.ask('sendConferenceRequest', { path, method: 'POST' })).status, 200)
    await second.knows('that it receives none', ({ presentation }) => presentation?.recv === 'disconnected')
    await host.finds('Interpreter', 'without presentation', (one) => !one.rxPresentation)
    const allow = path.replace('deny', 'allow')
    assert.equal((await host.ask('sendConferenceRequest', { path: allow, method: 'POST' })).status, 200)
    await second.knows('the presentation again', ({ presentation }) => presentation?.recv === 'connected')

    await host.stopPresenting()
    for (const person of [first, second]) await person.knows('no presentation', ({ presentation }) => presentation?.recv === 'disconnected')
  })

  test('presenting: a guest who may not is refused, and nobody is shown anything', async () => {
    const [host, first] = people
    await meet(2, { guestsCanPresent: false })
    await first.knows('that it may not present', ({ status }) => status?.presentationAllowed === false)
    for (const person of [host, first]) await person.knows('its call', ({ connected }) => connected)
    const asked = first.page.waitForResponse((answer) => answer.url().endsWith('/take_floor') && answer.request().method() === 'POST')
    await first.present()
    const answer = await asked
    assert.deepEqual([answer.status(), (await answer.json()).result], [403, 'Invalid role'])
    // Whatever is told next is told after what a floor that was taken would have been.
    assert.deepEqual(await first.ask('raiseHand', { raise: true }), DONE)
    await host.finds('Patient', 'with a raised hand', (one) => one.raisedHand && !one.isPresenting)
    assert.notEqual((await host.seen()).presentation?.recv, 'connected')
    await host.present()
    await first.knows('the presentation of the host', ({ presentation }) => presentation?.recv === 'connected')
  })

  test('statistics: sent by the client by itself, and taken', async () => {
    const [host] = people
    const told = host.page.waitForResponse((answer) => answer.url().endsWith('/statistics') && answer.request().method() === 'POST', { timeout: 120_000 })
    await meet(2)
    const answer = await told
    assert.equal(answer.status(), 200)
    assert.equal((await answer.json()).status, 'success')
    const said = JSON.parse((await answer.request().fetchPostData()) ?? '')
    assert.ok(said.audio || said.video, `something was said: ${Object.keys(said)}`)
    assert.deepEqual((await host.seen()).errors, [])
  })

  test('the roster and state when asked for', async () => {
    const [host] = people
    await meet(2)
    const roster = await host.ask('requestParticipants')
    assert.equal(roster.status, 200)
    assert.equal(roster.result.length, 2)
    const state = await host.ask('sendConferenceRequest', { path: 'conference_status', method: 'GET' })
    assert.equal(state.status, 200)
    assert.equal(state.result.started, true)
  })

  test('what there is not, in words, and what is so anyhow', async () => {
    const [host, first] = people
    await meet(2)
    await host.knows('its call', ({ connected }) => connected)
    const dialled = await host.ask('dial', { destination: 'somebody@elsewhere.example', role: 'GUEST' })
    assert.match(dialled.error ?? '', /404/)
    const breakout = await host.ask('sendConferenceRequest', { path: 'breakouts', method: 'POST', payload: { name: 'Side room' } })
    assert.deepEqual(breakout, { status: 404, result: 'This hub has no breakout rooms' })
    assert.equal((await host.seen()).flags.breakoutRoomsEnabled, false)

    const patient = await host.uuid('Patient')
    // The client throws at an answer it has no type for; the words are in the answer.
    for (const [method, args, path, words] of /** @type {[string, object, string, string][]} */ ([
      ['setPersonalLayout', { transforms: { layout: '1:0' } }, '/video_mixes/create', 'This hub mixes no pictures'],
      ['deleteVideoMix', { mixName: 'main.!personal' }, '/delete', 'This hub mixes no pictures'],
      ['presInMix', { state: true }, '/pres_in_mix', 'This hub mixes no pictures'],
      ['liveCaptions', { enable: true }, '/show_live_captions', 'This hub has no live captions'],
      ['liveCaptions', { enable: false }, '/hide_live_captions', 'This hub has no live captions'],
      ['sendDTMF', { digits: '1' }, '/dtmf', 'This hub sends no tones'],
      ['sendDTMF', { digits: '1', participantUuid: patient }, '/dtmf', 'This hub sends no tones'],
      ['fecc', { action: 'start', movement: [{ axis: 'pan', direction: 'left' }], timeout: 1000, target: patient }, '/fecc', 'This hub moves no cameras'],
    ])) {
      const answered = host.page.waitForResponse((answer) => answer.url().endsWith(path) && answer.request().method() === 'POST')
      const asked = await host.ask(method, args)
      assert.match(asked.error ?? '', /404/, method)
      const answer = await answered
      assert.deepEqual([answer.status(), (await answer.json()).result], [404, words], method)
    }
    for (const [path, method, status, result] of /** @type {[string, 'GET' | 'POST', number, string][]} */ ([
      ['silent_video_detection', 'POST', 404, 'This hub does not look for silent video'],
      [`participants/${patient}/avatar.jpg`, 'GET', 404, 'No image available'],
    ]))
      assert.deepEqual(await host.ask('sendConferenceRequest', { path, method }), { status, result })

    assert.deepEqual(await first.ask('notifyNotAFK'), DONE)
    assert.deepEqual(await first.ask('requestAspectRatio', { aspectRatio: 16 / 9 }), DONE)
    assert.deepEqual(await first.ask('presInMix', { state: false }), DONE)
    const theme = await first.page.evaluate(() => performance.getEntriesByType('resource')
      .filter(({ name }) => name.endsWith('/theme/')).map((one) => /** @type {PerformanceResourceTiming} */ (one).responseStatus))
    assert.deepEqual(theme, [204])
    assert.equal((await host.seen()).disconnected, null, 'and the client goes on')
  })

  test('a stream that was lost comes back with the truth', async () => {
    const [host, first, second] = people
    const way = await Way.to(hub.url)
    try {
      const { where, guestPin } = await meet(2, {}, way.url)
      for (const name of ['Host', 'Patient']) await host.finds(name, 'in the roster', () => true)
      const before = (await host.seen()).reconnections
      way.cut()
      assert.deepEqual(await first.ask('raiseHand', { raise: true }), DONE)
      assert.equal(await second.join({ ...where, pin: guestPin, displayName: 'Interpreter' }), 200)
      await second.finds('Patient', 'with a raised hand', (one) => one.raisedHand)
      const { roster } = await host.seen()
      assert.deepEqual(roster.map(({ displayName, raisedHand }) => [displayName, raisedHand]).sort(), [['Host', false], ['Patient', false]], 'nothing gets through')
      way.mend()
      await host.knows('another stream', ({ reconnections }) => reconnections > before)
      await host.finds('Interpreter', 'in the roster', () => true)
      await host.finds('Patient', 'with a raised hand', (one) => one.raisedHand)
      assert.equal((await host.seen()).disconnected, null)
    } finally {
      way.close()
    }
  })

  test('elsewhere: a host sends somebody to another room, with a token that opens it', async () => {
    const [host, first] = people
    const { where } = await meet(2)
    const other = await book(hub)
    const participantUuid = await host.uuid('Patient')
    const there = { destination: other.address, participantUuid }
    assert.deepEqual(await host.ask('transfer', { ...there, role: 'host', pin: other.hostPin === '1234' ? '4321' : '1234' }), { status: 403, result: 'Invalid PIN' })
    assert.deepEqual(await host.ask('transfer', { ...there, role: 'host', pin: other.hostPin }), DONE)
    await first.knows('where to go', ({ transfers }) => transfers[0]?.alias === other.address)
    const [{ alias, token }] = (await first.seen()).transfers
    await first.leave()
    await first.page.reload()
    assert.equal(await first.join({ host: where.host, alias, token, displayName: 'Patient' }), 200)
    await first.finds('Patient', 'a host there', (one) => one.isHost && !one.isWaiting)
    await host.knows('one left', ({ roster }) => roster.length === 1)
  })

  test('the end: one is put out, then all', async () => {
    const [host, first, second] = people
    await meet(3)
    assert.deepEqual(await first.ask('kick', { participantUuid: await first.uuid('Host') }), REFUSED)
    assert.deepEqual(await host.ask('kick', { participantUuid: await host.uuid('Patient') }), DONE)
    await first.knows('that it is out', ({ disconnected }) => disconnected?.error === 'API initiated participant disconnect')
    await host.knows('two in the roster', ({ roster }) => roster.length === 2)
    assert.match((await second.ask('disconnectAll')).error ?? '', /403/)
    assert.deepEqual(await host.ask('disconnectAll'), DONE)
    for (const person of [host, second])
      await person.knows('the end', ({ disconnected }) => disconnected?.error === 'Conference terminated by another participant')
  })

  test('one-way video: the guest has no voice and no say, and is not told otherwise', async () => {
    const [host, first] = people
    await meet(2, { guestMicrophone: 'off', callType: 'VideoSendOnlyPresentationRecvOnly' })
    await host.finds('Patient', 'without a voice', (one) => one.isMuted && !one.canMute)
    assert.deepEqual(await first.ask('mute', { mute: false }), REFUSED)
    await first.knows('that it may not present', ({ status }) => status?.presentationAllowed === false)
    await host.knows('the guest shown', ({ layout, roster }) => {
      const guest = roster.find((one) => one.displayName === 'Patient')
      return layout?.participants.includes(guest?.uuid)
    })
    await first.knows('nobody shown', ({ layout }) => layout?.participants.length === 0)
  })
})
