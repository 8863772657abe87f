/** The visitor's way through the page: one step at a time, back possible. */

import { Busy, type Credentials, type Link, type Refusal, readLink, RoomApi } from './call/api';
import { type Directions, directions } from './call/callType';
import { type Ending, Meeting, type MeetingState } from './call/meeting';
import type { Entry } from './address';
import { LocalMedia } from './devices/localMedia.svelte';
import { t, type TextKey } from '../../shared/i18n.svelte';

export type StepName = 'test' | 'link' | 'address' | 'pin' | 'name' | 'devices' | 'meeting' | 'left';

const NAME = 'vdx.name';

function recallName(): string {
  try {
    return localStorage.getItem(NAME) ?? '';
  } catch {
    return '';
  }
}

function rememberName(name: string): void {
  try {
    localStorage.setItem(NAME, name);
  } catch {
    // Private windows may forbid storage.
  }
}

export class Session {
  step = $state<StepName>('address');
  /** The short link, once read; `undefined` while it is being read, null when there is none. */
  link = $state.raw<Link | null | undefined>(undefined);
  address = $state('');
  name = $state('');
  /** Which PIN is asked for. */
  asking = $state<'host' | 'guest'>('guest');
  busy = $state(false);
  /** What went wrong in this step. */
  error = $state<TextKey | null>(null);
  call = $state.raw<MeetingState | null>(null);
  ending = $state<Ending | null>(null);
  readonly media = new LocalMedia();
  /** Devices first and the name with them: the express way in. */
  readonly express: boolean;
  readonly entry: Entry;
  meeting: Meeting | null = null;
  #credentials: Credentials = {};
  /** Whether guests need a PIN, as the room said. */
  #guestPin = true;
  #decided = false;
  #depth = 0;

  constructor(entry: Entry) {
    this.entry = entry;
    if (entry.test) this.step = 'test';
    this.express = entry.express;
    this.name = entry.name ?? recallName();
    if (entry.ticket) this.#credentials.ticket = entry.ticket;
    else if (entry.pin) this.#credentials.pin = entry.pin;
    if (entry.role === 'host') this.asking = 'host';
    this.media.microphoneOn = !entry.muteMicrophone;
    this.media.cameraOn = !entry.muteCamera;
    this.media.changed = () => this.#publish();
    window.addEventListener('popstate', (event) => this.#wentBack(event.state as { step?: StepName } | null));
  }

  async start(): Promise<void> {
    history.replaceState({ step: this.step }, '');
    if (this.entry.shortId) {
      this.#show('link');
      await this.readLink();
    } else if (this.entry.conference) {
      await this.submitAddress(this.entry.conference);
    }
  }

  get directions(): Directions {
    const wanted = directions(this.entry.callType ?? this.link?.call_type ?? null);
    if (this.byTicket && this.link?.guest_microphone === 'off') wanted.sendAudio = false;
    return wanted;
  }

  /** A link read again may have opened, moved or closed. */
  async readLink(): Promise<void> {
    await this.#try(async () => {
      const link = await readLink(this.entry.shortId ?? '');
      this.link = link;
      if (link?.state !== 'open' || this.step !== 'link') return;
      this.address = link.address;
      if (this.#byHostTicket) return await this.#knock();
      if (link.guest_microphone === 'muted') this.media.microphoneOn = false;
      if (link.ticket) {
        this.#credentials = { ticket: link.ticket };
        this.#afterDoor();
      } else {
        this.#guestPin = true;
        this.#askFor('guest');
      }
    });
  }

  async submitAddress(address: string): Promise<void> {
    this.address = address;
    if (this.entry.role === 'guest' && !this.#credentials.pin) this.#credentials.pin = 'none';
    await this.#knock();
  }

  async submitPin(pin: string): Promise<void> {
    const ticket = this.#credentials.ticket;
    this.#credentials = { pin };
    await this.#knock();
    // Whoever mistyped as host is still the guest the link said.
    if (this.step === 'pin' && ticket) this.#credentials = { ticket };
  }

  /** "I am the host" and "I am not the host". */
  async switchPin(): Promise<void> {
    this.error = null;
    if (this.asking === 'guest') {
      this.#askFor('host');
    } else if (this.link?.ticket) {
      this.#credentials = { ticket: this.link.ticket };
      this.#afterDoor();
    } else if (this.#guestPin) {
      this.#askFor('guest');
    } else {
      this.#credentials = { pin: 'none' };
      await this.#knock();
    }
  }

  /** From the name step of a link: the host has a PIN. */
  askHost(): void {
    this.#askFor('host');
  }

  submitName(name: string): void {
    this.name = name;
    rememberName(name);
    this.#show('devices');
  }

  /** Goes in. What the room says against it leads back to the step that can mend it. */
  async join(): Promise<void> {
    if (this.name) rememberName(this.name);
    await this.#try(async () => {
      const entered = await Meeting.enter({
        address: this.address,
        name: this.name || t('name.nobody'),
        credentials: this.#credentials,
        directions: this.directions,
        preferH264: this.entry.preferH264,
        tracks: () => ({
          audio: this.directions.sendAudio ? this.media.microphone : null,
          camera: this.directions.sendVideo ? this.media.camera : null,
        }),
        changed: (state) => this.#callChanged(state),
      });
      if (!(entered instanceof Meeting)) return this.#refused(entered);
      this.meeting = entered;
      this.call = entered.state;
      this.ending = null;
      this.#decided = true;
      this.#show('meeting');
    });
  }

  /** Whether the link said to go in without asking; said once. */
  takeJoin(): boolean {
    const join = this.entry.join && !this.#decided && this.step === 'devices';
    this.entry.join = false;
    return join;
  }

  leave(): void {
    this.meeting?.leave();
  }

  /** In again after having left, with everything decided before. */
  again(): void {
    this.#show('devices');
  }

  /** In as the link's guest, without a PIN. */
  get byTicket(): boolean {
    return this.#credentials.ticket !== undefined && !this.#byHostTicket;
  }

  /** In as the host whose own link this is. */
  get #byHostTicket(): boolean {
    return this.entry.ticket !== null && this.#credentials.ticket === this.entry.ticket;
  }

  /** Where the organisation wants its visitors afterwards; only web addresses are followed. */
  get returnUrl(): string | null {
    const url = this.link?.return_url ?? '';
    return /^https?:\/\//i.test(url) && URL.canParse(url) ? url : null;
  }

  back(): void {
    if (this.#depth > 0) history.back();
  }

  get canGoBack(): boolean {
    return this.#depth > 0 && ['pin', 'name', 'devices'].includes(this.step);
  }

  /** Asks the room whether these credentials are enough. */
  async #knock(): Promise<void> {
    await this.#try(async () => {
      const refusal = await new RoomApi(this.address).check(this.#credentials);
      if (refusal) this.#refused(refusal);
      else this.#afterDoor();
    });
  }

  #refused(why: Refusal): void {
    switch (why.kind) {
      case 'pin_needed': {
        this.#guestPin = why.guest;
        const asHost = this.entry.role !== 'guest' && why.host;
        this.#askFor(asHost ? 'host' : 'guest');
        return;
      }
      case 'wrong_pin':
        if (this.step !== 'pin') this.#askFor(this.asking);
        this.error = 'pin.wrong';
        return;
      case 'unknown_room':
        if (this.link) return void this.readLink();
        if (this.step !== 'address') this.#show('address');
        this.error = 'address.unknown';
        return;
      case 'full':
        this.error = 'error.full';
        return;
    }
  }

  #askFor(which: 'host' | 'guest'): void {
    this.asking = which;
    this.#show('pin');
  }

  #afterDoor(): void {
    const named = this.express || (this.entry.join && this.name !== '') || this.#decided;
    this.#show(named ? 'devices' : 'name');
  }

  #callChanged(state: MeetingState): void {
    this.call = state;
    if (state.ended && this.step === 'meeting') {
      this.ending = state.ended;
      this.meeting = null;
      this.media.close();
      this.#show('left');
    }
  }

  #publish(): void {
    const { microphone, microphoneOn, camera } = this.media;
    this.meeting?.setAudio(this.directions.sendAudio ? microphone : null, microphoneOn && microphone !== null);
    this.meeting?.setCamera(this.directions.sendVideo ? camera : null);
  }

  /** Steps are entries of the browser's history, so that its way back works. */
  #show(step: StepName): void {
    this.error = null;
    if (step === this.step) return;
    const passing = this.step === 'link' || this.step === 'meeting' || this.step === 'left';
    this.step = step;
    if (passing || step === 'left') history.replaceState({ step }, '');
    else {
      this.#depth += 1;
      history.pushState({ step }, '');
    }
  }

  #wentBack(state: { step?: StepName } | null): void {
    if (this.step === 'meeting') {
      // Leaving is a button: a swipe or a wrong key must not end a consultation.
      history.pushState({ step: 'meeting' }, '');
      return;
    }
    this.#depth = Math.max(0, this.#depth - 1);
    const step = state?.step;
    if (step === undefined || step === 'meeting' || step === 'left') return;
    if (this.step === 'devices' && step !== 'devices') this.media.close();
    this.error = null;
    this.step = step;
  }

  async #try(work: () => Promise<void>): Promise<void> {
    this.busy = true;
    this.error = null;
    try {
      await work();
    } catch (error) {
      this.error = error instanceof Busy ? 'error.busy' : 'error.unreachable';
    } finally {
      this.busy = false;
    }
  }
}
