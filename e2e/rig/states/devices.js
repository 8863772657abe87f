// Camera and microphone on the way in: asked for, refused, missing, held by others, chosen.
import { plugIn, pullOut } from '../devices.js'
import { permit } from '../permission.js'

/** @type {import('../states.js').State[]} */
export const DEVICES = [
  {
    id: 'devices-none',
    what: 'No camera and no microphone: in all the same, to see and hear.',
    async reach(cast) {
      const guest = await cast.person('guest')
      await guest.open(cast.hub.url)
      await pullOut(guest, 'videoinput', 'audioinput')
      await guest.open((await cast.consultation()).link)
      await guest.shows('device-problem')
      return guest
    },
  },
  {
    id: 'devices-busy',
    what: 'Another program holds the camera: the sound works, and what to do for the picture.',
    after: 'devices-none',
    async reach(cast) {
      const guest = await cast.person('guest')
      await plugIn(guest)
      await guest.page.evaluate(() => window.cables.fail('video', 'NotReadableError'))
      await guest.open((await cast.consultation()).link)
      await guest.page.waitForSelector('[data-testid=device-problem][data-why=busy]', { visible: true })
      await guest.page.evaluate(() => window.cables.fail('video'))
      return guest
    },
  },
  {
    id: 'devices-refused',
    what: 'The browser does not give camera and microphone: how to allow them again.',
    async reach(cast) {
      const guest = await cast.person('guest')
      await permit(guest, cast.hub, 'denied')
      await guest.open((await cast.consultation()).link)
      await guest.shows('device-problem')
      return guest
    },
  },
  {
    id: 'devices-ask',
    what: 'A citizen’s whole way in: a name and one button; the browser has not asked for the devices yet.',
    async reach(cast) {
      const guest = await cast.person('guest')
      await permit(guest, cast.hub, 'prompt')
      await guest.open((await cast.consultation()).link)
      await guest.shows('step-devices')
      await guest.shows('allow')
      return guest
    },
  },
  {
    id: 'devices',
    what: 'Own picture and level, once the page may use the devices.',
    after: 'devices-ask',
    async reach(cast) {
      const guest = await cast.person('guest')
      await guest.enterName(cast.names.guest)
      await permit(guest, cast.hub, 'granted')
      await guest.allowDevices()
      return guest
    },
  },
  {
    id: 'devices-choices',
    what: 'Another camera, microphone or loudspeaker is chosen and tried.',
    after: 'devices',
    async reach(cast) {
      const guest = await cast.person('guest')
      await guest.press('choose')
      await guest.shows('test-sound')
      return guest
    },
  },
]
