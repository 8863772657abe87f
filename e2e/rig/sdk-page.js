// The page of a foreign client: the npm package @pexip/infinity as published, and nothing of ours
// but the elements its streams are shown in. rig/sdk.js bundles it.
import { ClientCallType, MAIN_ROOM_ID, createCallSignals, createInfinityClient, createInfinityClientSignals } from '@pexip/infinity'

const seen = { errors: [], pinRequired: null, serviceType: null, disconnected: null, connected: false }

const signals = createInfinityClientSignals([], { batchScheduleTimeoutMS: 50, batchBufferSize: 10 })
const callSignals = createCallSignals([])
const client = createInfinityClient(signals, callSignals)

signals.onPinRequired.add((what) => { seen.pinRequired = what })
signals.onError.add(({ error }) => { seen.errors.push(error) })
signals.onServiceType.add((type) => { seen.serviceType = type })
signals.onDisconnected.add((event) => { seen.disconnected = event })
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
        .map(({ uuid, displayName, role, isWaiting }) => ({ uuid, displayName, role, isWaiting })),
    }),
    /** Camera and microphone, then the call; answers with the status of request_token. */
    async join({ host, alias, pin, displayName }) {
      const mediaStream = await navigator.mediaDevices.getUserMedia({ video: true, audio: true })
      const answer = await client.call({
        host,
        node: new URL(host).host,
        conferenceAlias: alias,
        displayName,
        pin,
        mediaStream,
        bandwidth: 1_000,
        callType: ClientCallType.AudioVideoPresentation,
      })
      return answer?.status
    },
    leave: () => client.disconnect({ reason: 'User initiated disconnect' }),
    mute: (mute) => client.mute({ mute }),
  },
})
