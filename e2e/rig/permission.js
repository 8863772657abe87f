// What a browser answers when a page asks for camera and microphone.

/**
 * From now on, for this hub's pages: they may, they may not, or it is asked (and answered with yes).
 *
 * @param {import('./person.js').Person} person
 * @param {{ url: string }} hub
 * @param {'granted' | 'denied' | 'prompt'} setting
 */
export async function permit(person, hub, setting) {
  const session = await person.page.browser().target().createCDPSession()
  for (const name of ['camera', 'microphone'])
    await session.send('Browser.setPermission', { permission: { name }, setting, origin: hub.url })
  await session.detach()
}
