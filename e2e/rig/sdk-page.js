// The page of a foreign client: the npm package @pexip/infinity as published, and nothing of ours
// but the elements its streams are shown in. rig/sdk.js bundles it.
import { ClientCallType, MAIN_ROOM_ID, createCallSignals, createInfinityClient, createInfinityClientSignals } from '@pexip/infinity'

const seen = {
  errors: [],
  pinRequired: null,
  serviceType: null,
  disconnected: null,
  connected: false,
  messages: [],
  applicationMessages: [],
  layout: null,
  stage: [],
  transfers: [],
  hands: [],
  mutings: [],
  presentation: null,
  reconnections: 0,
  peerDisconnects: 0,
}

let mediaStream

const signals = createInfinityClientSignals([], { batchScheduleTimeoutMS: 50, batchBufferSize: 10 })
const callSignals = createCallSignals([])
const client = createInfinityClient(signals, callSignals)

signals.onPinRequired.add((what) => { seen.pinRequired = what })
signals.onError.add(({ error }) => { seen.errors.push(error) })
signals.onServiceType.add((type) => { seen.serviceType = type })
signals.onDisconnected.add((event) => { seen.disconnected = event })
signals.onMessage.add(({ message, displayName, userId, direct }) => { seen.messages.push({ message, displayName, userId, direct }) })
signals.onApplicationMessage.add(({ message }) => { seen.applicationMessages.push(message) })
signals.onLayoutUpdate.add((layout) => { seen.layout = layout })
signals.onStage.add((stage) => { seen.stage = stage })
signals.onTransfer.add((details) => { seen.transfers.push(details) })
signals.onRaiseHand.add(({ participant }) => { seen.hands.push({ uuid: participant.uuid, raised: participant.raisedHand }) })
// As clients do with direct media: the other end is gone, so the call is made again.
signals.onPeerDisconnect.add(() => {
  seen.peerDisconnects += 1
  void client.restartCall({ mediaStream, bandwidth: 1_000, callType: ClientCallType.AudioVideoPresentation })
})
signals.onMyselfMuted.add((muted) => { seen.mutings.push(muted) })
signals.onConnected.add(() => { seen.reconnections += 1 })
callSignals.onPresentationConnectionChange.add((state) => { seen.presentation = { ...state } })
callSignals.onCallConnected.add(() => { seen.connected = true })
callSignals.onRemoteStream.add((stream) => {
  for (const track of stream.getTracks()) {
    const element = document.getElementById(track.kind)
    if (element.srcObject?.getTracks()[0] !== track) element.srcObject = new MediaStream([track])
  }
})

Object.assign(window, {
  sdk: {
    seen: () => ({
      ...seen,
      roster: client
        .getParticipants(MAIN_ROOM_ID)
        .map(({ rawData, ...participant }) => participant),
      status: client.conferenceStatus.get(MAIN_ROOM_ID) ?? null,
      flags: client.conferenceFeatureFlags ?? null,
      me: client.getMe(MAIN_ROOM_ID)?.uuid ?? null,
    }),
    /** Camera and microphone, then the call; answers with the status of request_token. */
    async join({ host, alias, pin, displayName, token, supportsDirectChat }) {
      mediaStream = await navigator.mediaDevices.getUserMedia({ video: true, audio: true })
      const answer = await client.call({
        host,
        node: new URL(host).host,
        conferenceAlias: alias,
        displayName,
        pin,
        token,
        supportsDirectChat,
        mediaStream,
        bandwidth: 1_000,
        callType: ClientCallType.AudioVideoPresentation,
      })
      return answer?.status
    },
    /** Calls the client by the name of a method; gives the status and result of the answer, or the error thrown. */
    async ask(method, args) {
      try {
        const answer = await client[method](args)
        return { status: answer?.status, result: answer?.data?.result ?? (answer?.data === undefined ? answer : undefined) }
      } catch (error) {
        return { error: String(error.message) }
      }
    },
    /** Shares a drawn picture, as a screen. */
    present() {
      const canvas = Object.assign(document.createElement('canvas'), { width: 320, height: 180 })
      const context = canvas.getContext('2d')
      setInterval(() => {
        context.fillStyle = `hsl(${(Date.now() / 20) % 360} 80% 50%)`
        context.fillRect(0, 0, 320, 180)
      }, 100)
      client.present(canvas.captureStream(10))
    },
    stopPresenting: () => client.stopPresenting(),
    leave: () => client.disconnect({ reason: 'User initiated disconnect' }),
    mute: (mute) => client.mute({ mute }),
  },
})
