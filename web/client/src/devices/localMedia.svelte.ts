/** The visitor's own camera, microphone and loudspeaker. */

import { permissionOf } from './permission';
import { isMendable, isPermission, isTooChoosy, type Kind, problemOf, type Trouble } from './problem';
import { type Chosen, recallDevices, rememberDevices } from './remembered';

export type Wanted = Record<Kind, boolean>;

/** What the page changed by itself. */
export interface News {
  what: Kind | 'speaker';
  /** The device that went; empty where none did. */
  gone: string;
  /** The one that is used now. */
  now: string;
}

const KINDS = ['microphone', 'camera'] as const;
const CAMERA: MediaTrackConstraints = {
  width: { ideal: 1280 },
  height: { ideal: 720 },
  frameRate: { ideal: 30, max: 30 },
};
const MICROPHONE: MediaTrackConstraints = { echoCancellation: true, noiseSuppression: true, autoGainControl: true };

/** What the system gives back by itself after a phone call, it gives back within this. */
const GIVEN_BACK_MS = 2_000;
/** Permissions that change together are told of within this. */
const LOOK_AFTER_MS = 200;
/** A device that goes more often than this within a minute is not taken again by itself. */
const MOST_LOSSES = 4;

export class LocalMedia {
  camera = $state.raw<MediaStreamTrack | null>(null);
  microphone = $state.raw<MediaStreamTrack | null>(null);
  /** What the visitor wants; the microphone's track stays open while it is off. */
  cameraOn = $state(true);
  microphoneOn = $state(true);
  problems = $state<Partial<Record<Kind, Trouble>>>({});
  /** The newest change that nobody asked for. */
  news = $state.raw<News | null>(null);
  /** Held back by the system: a phone call, a key of the keyboard. */
  held = $state<Record<Kind, boolean>>({ camera: false, microphone: false });
  /** Whether permission has been asked for. */
  asked = $state(false);
  cameras = $state.raw<MediaDeviceInfo[]>([]);
  microphones = $state.raw<MediaDeviceInfo[]>([]);
  speakers = $state.raw<MediaDeviceInfo[]>([]);
  speakerId = $state('');
  /** Told when a track was put in another's place. */
  changed: () => void = () => undefined;
  /** Counts the openings: only the newest one counts. */
  #opening = 0;
  /** From the first opening until all is closed: in between nothing is taken, whatever comes late. */
  #inUse = false;
  #wanted: Wanted = { camera: false, microphone: false };
  #chosen: Chosen = recallDevices();
  /** Counts the requests for each kind: only the newest one counts. */
  #turn: Record<Kind, number> = { camera: 0, microphone: 0 };
  #permissions: Partial<Record<Kind, PermissionStatus>> = {};
  #granted: Record<Kind, boolean> = { camera: false, microphone: false };
  #look: ReturnType<typeof setTimeout> | undefined;
  #losses: Record<Kind, number[]> = { camera: [], microphone: [] };

  constructor() {
    this.speakerId = this.#chosen.speaker;
    navigator.mediaDevices?.addEventListener?.('devicechange', () => void this.#devicesChanged());
    // Whoever comes back from the settings has perhaps allowed what was refused.
    window.addEventListener('focus', () => this.#lookSoon());
    document.addEventListener('visibilitychange', () => document.hidden || void this.recover());
    for (const kind of KINDS) void this.#watchPermission(kind);
  }

  /** Whether the browser has its answer already, a yes or a no, and will ask nobody. */
  static async decided(wanted: Wanted): Promise<boolean> {
    const states = await Promise.all(KINDS.filter((kind) => wanted[kind]).map(permissionOf));
    return states.every((one) => one !== null && one.state !== 'prompt');
  }

  /** What the browser's own button for these kinds is to ask for. */
  constraints(kinds: readonly Kind[]): MediaStreamConstraints {
    return request(kinds, CAMERA, MICROPHONE);
  }

  /** Asks for both at once, so that there is one question; then singly, to learn what is missing. */
  async open(wanted: Wanted): Promise<void> {
    const opening = (this.#opening += 1);
    this.#inUse = true;
    this.#wanted = wanted;
    this.problems = {};
    const kinds = KINDS.filter((kind) => this.#isMissing(kind));
    if (!navigator.mediaDevices?.getUserMedia) {
      for (const kind of kinds) this.problems[kind] = { why: 'unsupported', label: '' };
    } else if (kinds.length > 0 && !(await this.#take(kinds)) && kinds.length > 1) {
      // Whoever said no to both is not asked again for each.
      const answered = kinds.every((kind) => this.problems[kind]?.why === 'dismissed');
      for (const kind of answered ? [] : kinds) if (opening === this.#opening) await this.#take([kind]);
    }
    if (opening !== this.#opening) return;
    this.asked = true;
    await this.#list();
    this.changed();
  }

  /** Takes what the browser's own button for camera and microphone brought. */
  async adopt(stream: MediaStream): Promise<void> {
    this.#inUse = true;
    for (const track of stream.getTracks()) {
      this.#turn[kindOf(track)] += 1;
      this.#keep(track);
    }
    this.asked = true;
    await this.#list();
    this.changed();
  }

  async chooseCamera(id: string): Promise<void> {
    await this.#choose('camera', id);
  }

  async chooseMicrophone(id: string): Promise<void> {
    await this.#choose('microphone', id);
  }

  chooseSpeaker(id: string): void {
    this.speakerId = id;
    this.#chosen.speaker = id;
    rememberDevices(this.#chosen);
  }

  /** Looks again for a microphone that was missing, and switches it on. */
  async findMicrophone(): Promise<void> {
    this.microphoneOn = true;
    this.#wanted.microphone = true;
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
    this.#wanted.camera ||= on;
    this.#inUse ||= on;
    if (!on) this.#stop('camera');
    else if (!this.camera) await this.#take(['camera']);
    this.changed();
  }

  /** Tries again what failed, and asks again where nothing was answered; what works is left alone. */
  async retry(): Promise<void> {
    await this.open(this.#wanted);
  }

  /** Takes up again what sleep, a phone call or another app took away. */
  async recover(): Promise<void> {
    const lost = this.#missing().filter((kind) => isMendable(this.problems[kind]?.why));
    for (const kind of lost) await this.#take([kind]);
    if (lost.length > 0) this.changed();
    if (!KINDS.some((kind) => this[kind]?.muted)) return;
    await new Promise((resolve) => setTimeout(resolve, GIVEN_BACK_MS));
    const held = KINDS.filter((kind) => this[kind]?.muted && !document.hidden);
    for (const kind of held) await this.#take([kind]);
    if (held.length > 0) this.changed();
  }

  close(): void {
    this.#opening += 1;
    this.#inUse = false;
    for (const kind of KINDS) {
      this.#turn[kind] += 1;
      this.#stop(kind);
    }
    this.problems = {};
    this.news = null;
    this.asked = false;
  }

  get cameraId(): string {
    return this.camera?.getSettings().deviceId ?? this.#chosen.camera;
  }

  get microphoneId(): string {
    return this.microphone?.getSettings().deviceId ?? this.#chosen.microphone;
  }

  async #choose(kind: Kind, id: string): Promise<void> {
    this.#chosen[kind] = id;
    rememberDevices(this.#chosen);
    if (kind === 'camera') this.cameraOn = true;
    this.#wanted[kind] = true;
    this.#inUse = true;
    this.news = null;
    // A phone has one camera open at a time, so the old one goes first.
    this.#stop(kind);
    await this.#take([kind]);
    this.changed();
  }

  #stop(kind: Kind): void {
    this[kind]?.stop();
    this[kind] = null;
    this.held[kind] = false;
  }

  /** The request, and what to ask for when it is too much: not that device, then nothing special. */
  #attempts(kinds: readonly Kind[]): MediaStreamConstraints[] {
    const chosen = (kind: Kind): MediaTrackConstraints =>
      this.#chosen[kind] ? { deviceId: { exact: this.#chosen[kind] } } : {};
    const first = request(kinds, { ...CAMERA, ...chosen('camera') }, { ...MICROPHONE, ...chosen('microphone') });
    const particular = kinds.some((kind) => this.#chosen[kind]);
    return [...(particular ? [first] : []), request(kinds, CAMERA, MICROPHONE), request(kinds, true, true)];
  }

  /** Gets tracks of these kinds; false where it did not, and then `problems` says why. */
  async #take(kinds: readonly Kind[]): Promise<boolean> {
    if (!this.#inUse) return false;
    const turns = kinds.map((kind) => (this.#turn[kind] += 1));
    const isNewest = (kind: Kind): boolean => turns[kinds.indexOf(kind)] === this.#turn[kind];
    const began = performance.now();
    const attempts = this.#attempts(kinds);
    let failure: unknown;
    for (const [index, constraints] of attempts.entries()) {
      try {
        const stream = await navigator.mediaDevices.getUserMedia(constraints);
        for (const track of stream.getTracks()) {
          if (isNewest(kindOf(track))) this.#keep(track);
          else track.stop();
        }
        return true;
      } catch (error) {
        failure = error;
        if (!isTooChoosy(error, attempts.length > 2 && index === 0)) break;
      }
    }
    const afterMs = performance.now() - began;
    for (const kind of kinds) {
      const permission = (await permissionOf(kind))?.state ?? null;
      if (!isNewest(kind)) continue;
      this.problems[kind] = { why: problemOf(failure, permission, afterMs), label: this.#labelOf(this.#chosen[kind]) };
    }
    return false;
  }

  #keep(track: MediaStreamTrack): void {
    const kind = kindOf(track);
    this.#stop(kind);
    delete this.problems[kind];
    this.#granted[kind] = this.#permissions[kind]?.state === 'granted';
    if (kind === 'camera') {
      track.contentHint = 'motion';
      this.camera = track;
    } else {
      track.enabled = this.microphoneOn;
      this.microphone = track;
    }
    track.addEventListener('ended', () => void this.#lost(kind, track));
    const hold = (): void => {
      if (this[kind] === track) this.held[kind] = track.muted;
    };
    track.addEventListener('mute', hold);
    track.addEventListener('unmute', hold);
    hold();
  }

  /** A device went while it was used: which, why, and whether another can take its place. */
  async #lost(kind: Kind, track: MediaStreamTrack): Promise<void> {
    if (this[kind] !== track) return;
    const { label } = track;
    const id = track.getSettings().deviceId ?? '';
    this.#stop(kind);
    this.news = null;
    const permission = (await permissionOf(kind))?.state;
    if (this.#granted[kind] && permission !== undefined && permission !== 'granted') {
      this.problems[kind] = { why: 'withdrawn', label };
      this.changed();
      return;
    }
    await this.#list();
    if (!this.#inUse) return;
    if (!this.#losesTooOften(kind) && (await this.#take([kind]))) {
      const now = this[kind]?.label ?? '';
      if (now !== label) this.news = { what: kind, gone: label, now };
    } else if (!this[kind]) {
      const gone = !this.#devices(kind).some((one) => one.deviceId === id);
      const why = gone && isMendable(this.problems[kind]?.why) ? 'unplugged' : (this.problems[kind]?.why ?? 'busy');
      this.problems[kind] = { why, label };
    }
    this.changed();
  }

  #losesTooOften(kind: Kind): boolean {
    const now = performance.now();
    this.#losses[kind] = [...this.#losses[kind].filter((at) => now - at < 60_000), now];
    return this.#losses[kind].length > MOST_LOSSES;
  }

  async #devicesChanged(): Promise<void> {
    if (!this.asked) return;
    await this.#list();
    if (!this.#inUse) return;
    for (const kind of KINDS) {
      const track = this[kind];
      const ids = this.#devices(kind).map((one) => one.deviceId);
      const id = track?.getSettings().deviceId;
      // Not every browser ends the track of a device that is gone.
      if (track && id && ids.length > 0 && !ids.includes(id)) await this.#lost(kind, track);
    }
    for (const kind of this.#missing()) {
      const before = this.problems[kind];
      if (!before || !isMendable(before.why) || this.#devices(kind).length === 0) continue;
      if (await this.#take([kind])) {
        this.news = { what: kind, gone: '', now: this[kind]?.label ?? '' };
        this.changed();
      } else this.problems[kind] = before;
    }
  }

  /** What is wanted, switched on, and not there. */
  #isMissing(kind: Kind): boolean {
    const on = kind === 'microphone' || this.cameraOn;
    return this.#wanted[kind] && on && this[kind]?.readyState !== 'live';
  }

  #missing(): Kind[] {
    return this.asked ? KINDS.filter((kind) => this.#isMissing(kind)) : [];
  }

  async #watchPermission(kind: Kind): Promise<void> {
    const status = await permissionOf(kind);
    if (!status) return;
    this.#permissions[kind] = status;
    status.addEventListener('change', () => this.#lookSoon());
  }

  /** Camera and microphone are allowed one after the other, and taken together. */
  #lookSoon(): void {
    clearTimeout(this.#look);
    this.#look = setTimeout(() => void this.#lookAgain(), LOOK_AFTER_MS);
  }

  /** Goes on by itself with what has been allowed meanwhile. */
  async #lookAgain(): Promise<void> {
    for (const kind of KINDS) if (this.#permissions[kind]?.state === 'granted') this.#granted[kind] = this[kind] !== null;
    const waiting = this.#missing().filter((kind) => isPermission(this.problems[kind]?.why));
    const allowed: Kind[] = [];
    for (const kind of waiting) if ((await permissionOf(kind))?.state === 'granted') allowed.push(kind);
    if (allowed.length === 0) return;
    for (const kind of allowed) await this.#take([kind]);
    await this.#list();
    this.changed();
  }

  #devices(kind: Kind): MediaDeviceInfo[] {
    return kind === 'camera' ? this.cameras : this.microphones;
  }

  #labelOf(id: string): string {
    const all = [...this.cameras, ...this.microphones, ...this.speakers];
    return (id && all.find((one) => one.deviceId === id)?.label) || '';
  }

  async #list(): Promise<void> {
    if (!this.asked || !navigator.mediaDevices?.enumerateDevices) return;
    const all = await navigator.mediaDevices.enumerateDevices().catch(() => []);
    const named = (kind: MediaDeviceKind): MediaDeviceInfo[] =>
      all.filter((one) => one.kind === kind && one.deviceId !== '');
    const gone = this.#labelOf(this.speakerId);
    this.cameras = named('videoinput');
    this.microphones = named('audioinput');
    this.speakers = 'setSinkId' in HTMLMediaElement.prototype ? named('audiooutput') : [];
    if (this.speakers.length === 0) return;
    const there = this.speakers.some((one) => one.deviceId === this.#chosen.speaker);
    if (!there && this.speakerId && gone) this.news = { what: 'speaker', gone, now: this.speakers[0]?.label ?? '' };
    this.speakerId = there ? this.#chosen.speaker : '';
  }
}

function request(
  kinds: readonly Kind[],
  camera: MediaTrackConstraints | true,
  microphone: MediaTrackConstraints | true,
): MediaStreamConstraints {
  return {
    ...(kinds.includes('camera') ? { video: camera } : {}),
    ...(kinds.includes('microphone') ? { audio: microphone } : {}),
  };
}

function kindOf(track: MediaStreamTrack): Kind {
  return track.kind === 'video' ? 'camera' : 'microphone';
}
