/** The visitor's own camera, microphone and loudspeaker. */

/** Why there is no picture or sound of one's own. */
export type Problem = 'refused' | 'none' | 'busy' | 'unsupported';

const CAMERA: MediaTrackConstraints = {
  width: { ideal: 1280 },
  height: { ideal: 720 },
  frameRate: { ideal: 30, max: 30 },
};
const MICROPHONE: MediaTrackConstraints = { echoCancellation: true, noiseSuppression: true, autoGainControl: true };

function problem(error: unknown): Problem {
  const name = error instanceof DOMException ? error.name : '';
  if (name === 'NotAllowedError' || name === 'SecurityError') return 'refused';
  if (name === 'NotFoundError' || name === 'OverconstrainedError') return 'none';
  return 'busy';
}

type Kind = 'camera' | 'microphone';

export class LocalMedia {
  camera = $state.raw<MediaStreamTrack | null>(null);
  microphone = $state.raw<MediaStreamTrack | null>(null);
  /** What the visitor wants; the microphone's track stays open while it is off. */
  cameraOn = $state(true);
  microphoneOn = $state(true);
  problems = $state<Partial<Record<Kind, Problem>>>({});
  /** Whether permission has been asked for. */
  asked = $state(false);
  cameras = $state.raw<MediaDeviceInfo[]>([]);
  microphones = $state.raw<MediaDeviceInfo[]>([]);
  speakers = $state.raw<MediaDeviceInfo[]>([]);
  speakerId = $state('');
  /** Told when a track was put in another's place. */
  changed: () => void = () => undefined;
  #cameraId = '';
  #microphoneId = '';

  constructor() {
    navigator.mediaDevices?.addEventListener?.('devicechange', () => void this.#list());
  }

  /** Whether the browser can say already that both were permitted here before. */
  static async permitted(): Promise<boolean> {
    try {
      const names = ['camera', 'microphone'] as PermissionName[];
      const states = await Promise.all(names.map((name) => navigator.permissions.query({ name })));
      return states.every((one) => one.state === 'granted');
    } catch {
      return false;
    }
  }

  /** Asks for both at once, so that there is one question; then singly, to learn what is missing. */
  async open(wanted: { camera: boolean; microphone: boolean }): Promise<void> {
    this.problems = {};
    if (!navigator.mediaDevices?.getUserMedia) {
      this.problems = { camera: 'unsupported', microphone: 'unsupported' };
      this.asked = true;
      return;
    }
    const kinds = (['camera', 'microphone'] as const).filter((kind) => wanted[kind]);
    if (kinds.length === 0) {
      this.asked = true;
      return;
    }
    if (!(await this.#take(kinds)) && kinds.length > 1) {
      this.problems = {};
      for (const kind of ['microphone', 'camera'] as const) await this.#take([kind]);
    }
    this.asked = true;
    await this.#list();
  }

  async chooseCamera(id: string): Promise<void> {
    this.#cameraId = id;
    this.#stop('camera');
    await this.#take(['camera']);
    this.changed();
  }

  async chooseMicrophone(id: string): Promise<void> {
    this.#microphoneId = id;
    this.#stop('microphone');
    await this.#take(['microphone']);
    this.changed();
  }

  setMicrophone(on: boolean): void {
    this.microphoneOn = on;
    if (this.microphone) this.microphone.enabled = on;
    this.changed();
  }

  /** Off means released: the lamp beside the lens goes out. */
  async setCamera(on: boolean): Promise<void> {
    this.cameraOn = on;
    if (!on) this.#stop('camera');
    else if (!this.camera) await this.#take(['camera']);
    this.changed();
  }

  /** Takes up again what a phone call or another app took away. */
  async recover(): Promise<void> {
    const lost = (kind: Kind, on: boolean): boolean =>
      on && this[kind]?.readyState === 'ended' && this.problems[kind] === undefined;
    const kinds = [
      ...(lost('camera', this.cameraOn) ? (['camera'] as const) : []),
      ...(lost('microphone', true) ? (['microphone'] as const) : []),
    ];
    for (const kind of kinds) await this.#take([kind]);
    if (kinds.length > 0) this.changed();
  }

  close(): void {
    this.#stop('camera');
    this.#stop('microphone');
    this.asked = false;
  }

  get cameraId(): string {
    return this.camera?.getSettings().deviceId ?? this.#cameraId;
  }

  get microphoneId(): string {
    return this.microphone?.getSettings().deviceId ?? this.#microphoneId;
  }

  #stop(kind: Kind): void {
    this[kind]?.stop();
    this[kind] = null;
  }

  async #take(kinds: readonly Kind[]): Promise<boolean> {
    const pick = (constraints: MediaTrackConstraints, id: string): MediaTrackConstraints =>
      id ? { ...constraints, deviceId: { exact: id } } : constraints;
    try {
      const stream = await navigator.mediaDevices.getUserMedia({
        ...(kinds.includes('camera') ? { video: pick(CAMERA, this.#cameraId) } : {}),
        ...(kinds.includes('microphone') ? { audio: pick(MICROPHONE, this.#microphoneId) } : {}),
      });
      for (const track of stream.getTracks()) this.#keep(track);
      return true;
    } catch (error) {
      for (const kind of kinds) this.problems[kind] = problem(error);
      return false;
    }
  }

  #keep(track: MediaStreamTrack): void {
    const kind: Kind = track.kind === 'video' ? 'camera' : 'microphone';
    this.#stop(kind);
    delete this.problems[kind];
    if (kind === 'camera') {
      track.contentHint = 'motion';
      this.camera = track;
    } else {
      track.enabled = this.microphoneOn;
      this.microphone = track;
    }
  }

  async #list(): Promise<void> {
    if (!this.asked) return;
    const all = await navigator.mediaDevices.enumerateDevices();
    const named = (kind: MediaDeviceKind): MediaDeviceInfo[] =>
      all.filter((one) => one.kind === kind && one.deviceId !== '');
    this.cameras = named('videoinput');
    this.microphones = named('audioinput');
    this.speakers = 'setSinkId' in HTMLMediaElement.prototype ? named('audiooutput') : [];
  }
}
