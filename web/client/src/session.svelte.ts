/** The visitor's way through the page: one step at a time, back possible. */

import { type Admission, Busy, type Credentials, type Link, type Refusal, readLink, RoomApi, type Waiting } from './call/api';
import { type Directions, directions } from './call/callType';
import { dropSeat, keepSeat, type KeptSeat, takeSeat } from './call/keptSeat';
import type { Ending, Meeting, MeetingOptions, MeetingState } from './call/meeting';
import type { Entry } from './address';
import { type Arrival, here } from './arrival';
import { thisBrowser } from './devices/browser';
import { type InApp, inApp } from './devices/inApp';
import { LocalMedia, type Wanted } from './devices/localMedia.svelte';
import { type Problem, t } from '../../shared/i18n.svelte';
import { recall, remember } from '../../shared/storage';
import { remaining } from '../../shared/time';
import { theme } from '../../shared/theme.svelte';
import { parseUrl } from '../../shared/url';

export type StepName = 'wayOut' | 'test' | 'link' | 'address' | 'pin' | 'name' | 'devices' | 'meeting' | 'left';

const NAME = 'vdx.name';

/** What is known of a meeting whose room is not open yet, from a link that says no more than when it starts. */
function comingUp(address: string, startsAt: number): Link {
  const start = new Date(startsAt).toISOString();
  const unknown = { pin_required: true, guest_microphone: 'on', call_type: null, return_url: null } as const;
  return { state: 'not_yet', address, opens_at: start, starts_at: start, ends_at: start, ...unknown };
}

function wrongPin({ triesLeft, retryAfterMs = 0 }: Extract<Refusal, { kind: 'wrong_pin' }>): Problem {
  if (triesLeft === undefined) return 'pin.wrong';
  if (triesLeft > 0) return { key: 'pin.wrongTries', values: { tries: triesLeft } };
  return { key: 'pin.closed', values: { time: remaining(retryAfterMs) } };
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
  error = $state.raw<Problem | null>(null);
  call = $state.raw<MeetingState | null>(null);
  /** Why the stay is over; `elsewhere`: sent to another room, which did not let the visitor in. */
  ending = $state<Ending | 'elsewhere' | null>(null);
  /** Who waits to be let in; null for guests. */
  waiting = $state.raw<readonly Waiting[] | null>(null);
  readonly media = new LocalMedia();
  /** The app whose window this is, where it is not a browser of its own. */
  readonly inside: InApp | null = inApp(navigator.userAgent, thisBrowser().system, matchMedia('(display-mode: standalone)').matches);
  /** Devices first and the name with them: the express way in. */
  readonly express: boolean;
  readonly entry: Entry;
  /** The address that the page was opened with. */
  readonly url: URL;
  meeting: Meeting | null = null;
  #credentials: Credentials = {};
  /** Whether guests need a PIN, as the room said. */
  #guestPin = true;
  #decided = false;
  /** The page goes away, and its seat is kept for the next. */
  #going = false;
  /** On the way from one room to another. */
  #moving = false;
  #depth = 0;
  /** Counts what the visitor has asked for: only the newest counts. */
  #turn = 0;

  constructor({ entry, url }: Arrival) {
    this.entry = entry;
    this.url = url;
    if (entry.test) this.step = 'test';
    // The first step has no way back: who has a link of their own needs no address.
    else if (entry.shortId) this.step = 'link';
    this.express = entry.express;
    this.name = entry.name ?? recall(NAME) ?? '';
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
    const kept = await takeSeat(here());
    if (kept && (await this.#resume(kept))) return;
    if (this.inside && (this.entry.shortId || this.entry.conference)) this.#show('wayOut');
    else await this.stay();
  }

  /** Goes on in this window. */
  async stay(): Promise<void> {
    // Typed, where the page was loaded anew after its seat was gone.
    const address = this.entry.conference ?? this.address;
    if (this.entry.shortId) {
      this.#show('link');
      await this.readLink();
    } else if (address) {
      await this.submitAddress(address);
    }
  }

  get directions(): Directions {
    const wanted = directions(this.entry.callType ?? this.link?.call_type ?? null);
    if (this.byTicket && this.link?.guest_microphone === 'off') wanted.sendAudio = false;
    return wanted;
  }

  /** The devices that are used here. */
  get wanted(): Wanted {
    const { sendVideo, sendAudio } = this.directions;
    return { camera: sendVideo, microphone: sendAudio };
  }

  /** Whether the name is asked for beside the devices, not in a step of its own. */
  get asksNameAtDevices(): boolean {
    return this.entry.name === null && (this.express || this.byTicket);
  }

  /** A link read again may have opened, moved or closed. */
  async readLink(): Promise<void> {
    const { shortId } = this.entry;
    if (!shortId) return await this.#knock();
    await this.#try(async (stale) => {
      const link = await readLink(shortId);
      if (stale()) return;
      this.link = link;
      if (link?.theme) theme.take(link.theme);
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
    // What opens one room is not told to another.
    if (this.address && this.address !== address) this.#credentials = {};
    this.waiting = null;
    this.address = address;
    void theme.ofRoom(address);
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
    } else if (this.link?.ticket && this.link.address === this.address) {
      this.#credentials = { ticket: this.link.ticket };
      this.#afterDoor();
    } else if (this.#guestPin) {
      this.#askFor('guest');
    } else {
      this.#credentials = { pin: 'none' };
      await this.#knock();
    }
  }

  /** From a guest's link: the host has a PIN. */
  askHost(): void {
    this.media.close();
    this.#askFor('host');
  }

  submitName(name: string): void {
    this.name = name;
    remember(NAME, name);
    this.#show('devices');
  }

  /** As a host who is not inside: looks who waits. */
  async lookAtTheDoor(): Promise<void> {
    const answer = await new RoomApi(this.address).check(this.#credentials).catch(() => null);
    if (answer && this.waiting) this.waiting = 'waiting' in answer ? answer.waiting : [];
  }

  /** Goes in. What the room says against it leads back to the step that can mend it. */
  async join(): Promise<void> {
    if (this.name) remember(NAME, this.name);
    await this.#try(async (stale) => {
      // The larger part of the page: it comes while the visitor is on the way here.
      const { Meeting } = await import('./call/meeting');
      if (stale()) return;
      const entered = await Meeting.enter(this.#options());
      if (!(entered instanceof Meeting)) {
        if (!stale()) this.#refused(entered);
      } else if (stale()) {
        entered.leave();
        dropSeat();
      } else this.#entered(entered);
    });
  }

  #options(): MeetingOptions {
    return {
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
      seated: (admission) => this.#keep(admission),
      referred: (address, ticket) => void this.#referred(address, ticket),
    };
  }

  #entered(meeting: Meeting): void {
    this.meeting = meeting;
    this.call = meeting.state;
    this.ending = null;
    // Who waits is told inside now.
    if (this.waiting) this.waiting = [];
    this.#decided = true;
    this.#show('meeting');
  }

  /** A reload of the page leads back to the meeting. */
  #keep(admission: Admission): void {
    keepSeat({
      page: here(),
      address: this.address,
      name: this.name,
      admission,
      microphoneOn: this.media.microphoneOn,
      cameraOn: this.media.cameraOn,
    });
  }

  /** Back into the meeting the page was in before it was loaded anew; false when its seat is gone. */
  async #resume({ address, name, admission, microphoneOn, cameraOn }: KeptSeat): Promise<boolean> {
    this.#show('link');
    Object.assign(this, { address, name });
    Object.assign(this.media, { microphoneOn, cameraOn });
    // Its directions are the link's to say, unless a host sent the visitor on from there.
    const link = this.entry.shortId ? await readLink(this.entry.shortId).catch(() => undefined) : undefined;
    if (link?.address === address) this.link = link;
    if (this.link?.theme) theme.take(this.link.theme);
    else void theme.ofRoom(address);
    // A PIN is not kept: should the seat go later, a host is asked for it, and a guest where guests need one.
    const before = { asking: this.asking, credentials: this.#credentials };
    this.asking = admission.host ? 'host' : 'guest';
    if (!this.entry.ticket) this.#credentials = admission.host ? {} : this.link?.ticket ? { ticket: this.link.ticket } : { pin: 'none' };
    const resume = async () => (await import('./call/meeting')).Meeting.resume(this.#options(), admission);
    const meeting = await resume().catch(() => null);
    if (!meeting) {
      this.asking = before.asking;
      this.#credentials = before.credentials;
      if (!this.entry.shortId) this.#show('address');
      return false;
    }
    this.#entered(meeting);
    await this.media.open(this.wanted);
    this.#publish();
    return true;
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

  /** The page is being closed, or loaded anew. */
  leaveWithPage(): void {
    this.#going = true;
    this.meeting?.leaveWithPage();
  }

  /** The page was put away, and is shown again as it was. */
  shownAgain(): void {
    this.#going = false;
  }

  /** A microphone that was missing is looked for again. */
  async toggleMicrophone(): Promise<void> {
    if (!this.media.microphone) await this.media.findMicrophone();
    // Muted by a host it is on, and not heard: pressing asks to be heard.
    else if (this.media.microphoneOn && this.call?.me?.muted) this.media.setMicrophone(true);
    else this.media.setMicrophone(!this.media.microphoneOn);
  }

  async toggleCamera(): Promise<void> {
    await this.media.setCamera(!(this.media.camera && this.media.cameraOn));
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
    return /^https?:\/\//i.test(url) && parseUrl(url) ? url : null;
  }

  back(): void {
    if (this.#depth > 0) history.back();
  }

  get canGoBack(): boolean {
    // The step first: it is what tells the page to look again.
    return ['pin', 'name', 'devices'].includes(this.step) && this.#depth > 0;
  }

  /** Asks the room whether these credentials are enough. */
  async #knock(): Promise<void> {
    await this.#try(async (stale) => {
      const answer = await new RoomApi(this.address).check(this.#credentials);
      if (stale()) return;
      if ('kind' in answer) return this.#refused(answer);
      this.waiting = answer.host ? answer.waiting : null;
      this.#afterDoor();
    });
  }

  #refused(why: Refusal): void {
    switch (why.kind) {
      case 'pin_needed': {
        this.#guestPin = why.guest;
        // Whoever has been in as a guest is one.
        const guest = this.entry.role === 'guest' || (this.#decided && this.asking === 'guest' && why.guest);
        this.#askFor(why.host && !guest ? 'host' : 'guest');
        return;
      }
      case 'wrong_pin':
        if (this.step !== 'pin') this.#askFor(this.asking);
        this.error = wrongPin(why);
        return;
      case 'unknown_room':
        return this.#notOpen();
      case 'full':
        this.error = 'error.full';
        return;
    }
  }

  /** There is no room at this address now: not yet, no more, or never. */
  #notOpen(): void {
    const { shortId, startsAt } = this.entry;
    this.media.close();
    if (shortId && this.step === 'link') {
      // The link says it is open. Not asked again at once: it would go on for ever.
      this.error = 'error.unreachable';
    } else if (shortId) {
      this.#show('link');
      void this.readLink();
    } else if (startsAt !== null && startsAt > Date.now()) {
      this.link = comingUp(this.address, startsAt);
      this.#show('link');
    } else {
      this.#show('address');
      this.error = 'address.unknown';
    }
  }

  #askFor(which: 'host' | 'guest'): void {
    this.asking = which;
    this.#show('pin');
  }

  #afterDoor(): void {
    if (!this.entry.shortId) this.link = undefined;
    const named = this.express || this.byTicket || (this.entry.join && this.name !== '') || this.#decided;
    this.#show(named ? 'devices' : 'name');
  }

  #callChanged(state: MeetingState): void {
    // The last word of a room one was sent away from ends nothing.
    if (state.ended && this.#moving) return;
    this.call = state;
    if (state.ended && this.step === 'meeting') {
      this.ending = state.ended;
      this.meeting = null;
      if (!this.#going) dropSeat();
      this.media.close();
      this.#show('left');
    }
  }

  /** A host sends the visitor to another room, whose door this ticket opens. */
  async #referred(address: string, ticket: string): Promise<void> {
    const before = { address: this.address, credentials: this.#credentials };
    this.#moving = true;
    this.meeting?.leave();
    this.#moving = false;
    this.meeting = null;
    this.address = address;
    this.#credentials = { ticket };
    const { Meeting } = await import('./call/meeting');
    const there = await Meeting.enter(this.#options()).catch(() => null);
    if (there instanceof Meeting) {
      void theme.ofRoom(address);
      return this.#entered(there);
    }
    // To go in again leads back to where the visitor was.
    this.address = before.address;
    this.#credentials = before.credentials;
    this.ending = there ? 'elsewhere' : 'lost';
    dropSeat();
    this.media.close();
    this.#show('left');
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
    const passing = this.step === 'wayOut' || this.step === 'link' || this.step === 'meeting' || this.step === 'left';
    this.step = step;
    if (passing || step === 'left') history.replaceState({ step }, '');
    else {
      this.#depth += 1;
      history.pushState({ step }, '');
    }
  }

  #wentBack(state: { step?: StepName } | null): void {
    // An address that somebody put into the bar.
    if (state === null) return;
    if (this.step === 'meeting') {
      // Leaving is a button: a swipe or a wrong key must not end a consultation.
      history.pushState({ step: 'meeting' }, '');
      return;
    }
    this.#depth = Math.max(0, this.#depth - 1);
    const { step } = state;
    if (step === undefined || step === 'meeting' || step === 'left') return;
    if (this.step === 'devices' && step !== 'devices') this.media.close();
    // What was asked for before is not wanted any more.
    this.#turn += 1;
    this.busy = false;
    this.error = null;
    this.step = step;
  }

  async #try(work: (stale: () => boolean) => Promise<void>): Promise<void> {
    const turn = (this.#turn += 1);
    const stale = () => turn !== this.#turn;
    this.busy = true;
    this.error = null;
    try {
      await work(stale);
    } catch (error) {
      if (!stale()) this.error = error instanceof Busy ? 'error.busy' : 'error.unreachable';
    } finally {
      if (!stale()) this.busy = false;
    }
  }
}
