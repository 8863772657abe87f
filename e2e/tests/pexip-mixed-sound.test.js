// Compatibility: a client built on @pexip/infinity has one place for sound, and hears everybody in it.
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { book } from '../rig/booking.js'
import { LOOKS } from '../rig/capture.js'
import { Hub } from '../rig/hub.js'
import { SdkPerson, servePage } from '../rig/sdk.js'
import { until } from '../rig/wait.js'

const { red, green, blue } = LOOKS
const ALL = Object.values(LOOKS)

describe('three clients built on @pexip/infinity', () => {
  /** @type {Hub} */
  let hub
  /** @type {Awaited<ReturnType<typeof servePage>>} */
  let page
  /** @type {SdkPerson[]} */
  let people = []
  before(async () => {
    ;[hub, page] = await Promise.all([Hub.start(), servePage()])
    for (const look of [red, green, blue]) people.push(await SdkPerson.start(page.url, { look }))
  })
  after(async () => {
    await Promise.all(people.map((person) => person.close()))
    page?.close()
    await hub?.stop()
  })

  test('hear both others when they speak at once, and never themselves', async () => {
    const room = await book(hub)
    const [one, two, three] = people
    for (const [index, person] of people.entries()) {
      const how = { host: hub.url, alias: room.address, pin: room.hostPin, displayName: `Sdk ${index}` }
      assert.equal(await person.join(how), 200)
    }
    await one.page.evaluate(() => window.sdk.mute(true))
    const both = await until('both tones at once in the ears of the one who is silent', async () => {
      const share = await one.hearsTogether([green, blue])
      return share > 0.2 && share
    })
    console.log(`both tones sound at once ${Math.round(Number(both) * 100)} % of the time`)
    await until('each who speaks hears the other alone', async () => {
      const [second, third] = [await two.hears(ALL), await three.hears(ALL)]
      return `${second.map(({ name }) => name)} ${third.map(({ name }) => name)}` === 'blue green'
    })

    await one.page.evaluate(() => window.sdk.mute(false))
    for (const [person, own, others] of /** @type {const} */ ([
      [one, red, [green, blue]],
      [two, green, [red, blue]],
      [three, blue, [red, green]],
    ]))
      await until(`the two others and not ${own.name} itself`, async () => {
        const heard = await person.hears(ALL)
        return others.every((look) => heard.includes(look)) && !heard.includes(own)
      })

    await three.page.evaluate(() => window.sdk.mute(true))
    await until('the one who is muted to be gone from the mix', async () => {
      const heard = await one.hears(ALL)
      return heard.includes(green) && !heard.includes(blue)
    })
    await Promise.all(people.map((person) => person.leave()))
  })
})
