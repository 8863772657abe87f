// How long a visitor with an old phone and 3G looks at nothing, for `make bench`: from the opening of
// the page until its first large button, nothing in the cache. node first-button.js [TIMES]
//
// The processor is slowed six times and the network is the "Fast 3G" of the developer tools of
// browsers (562 ms there and back, 1.4 Mbit/s down): the slowdown of Lighthouse with a worse network.
import { PredefinedNetworkConditions } from 'puppeteer-core'
import { book } from './rig/booking.js'
import { Hub } from './rig/hub.js'
import { Person } from './rig/person.js'
import { until } from './rig/wait.js'

const times = Number(process.argv[2] ?? 5)
const SLOWER = 6

const hub = await Hub.start()
try {
  const meeting = await book(hub)
  const pages = { link: meeting.link, address: hub.url }
  for (const [name, url] of Object.entries(pages)) {
    /** @type {number[]} */
    const values = []
    for (let time = 0; time < times; time++) {
      // A browser of its own each time: nothing is cached.
      const person = await Person.start({ language: 'da', viewport: { width: 360, height: 740, isMobile: true, hasTouch: true } })
      await person.page.emulateCPUThrottling(SLOWER)
      await person.page.emulateNetworkConditions(PredefinedNetworkConditions['Fast 3G'])
      void person.page.goto(url, { timeout: 60_000 }).catch(() => undefined)
      const probe = () => person.page.evaluate(() => {
        const at = window.senses?.moments()['first button']
        return at ? at - performance.timeOrigin : 0
      }).catch(() => 0) // between two pages
      values.push(await until('the first button', probe, { ms: 60_000 }))
      await person.close()
    }
    values.sort((a, b) => a - b)
    console.log(`client.first_button.${name} ${values[values.length >> 1]?.toFixed(0)} ms (${values[0]?.toFixed(0)}-${values.at(-1)?.toFixed(0)})`)
  }
} finally {
  await hub.stop()
}
