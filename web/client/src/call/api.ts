/** The hub's APIs as the client uses them: short links, and the rooms' client API. */

import { after } from '../../../shared/after';
import type { CandidateEvent } from './directConnection';
import type { Told } from './quality';

/** Answer of `GET /api/hub/v1/links/{shortId}`. */
export interface Link {
  state: 'open' | 'not_yet' | 'over' | 'cancelled';
  address: string;
  opens_at: string;
  starts_at: string;
  ends_at: string;
  pin_required: boolean;
  guest_microphone: 'on' | 'off' | 'muted';
  call_type: string | null;
  return_url: string | null;
  /** When the meeting was to start before it was moved. */
  moved_from?: string | null;
  /** The organisation's look. */
  theme?: unknown;
  /** Entry as guest; only while open and where no PIN is asked. */
  ticket?: string;
  /** How far the clock here is ahead of the hub's. */
  clockAheadMs?: number;
}

/** How somebody gets in. */
export interface Credentials {
  /** Digits; `none` says "I am a guest and have no PIN". */
  pin?: string | undefined;
  ticket?: string | undefined;
}

export interface Admission {
  token: string;
  expiresSeconds: number;
  participant: string;
  host: boolean;
  /** A guest before the host has come. */
  waiting: boolean;
  roomName: string;
  /** Ways to the media port through networks that let nothing else through. */
  iceServers: RTCIceServer[];
  /** Media may go from browser to browser. */
  directMedia: boolean;
  /** Where the browser learns its own address, for another browser. */
  stunServers: RTCIceServer[];
  /** People may write to each other. */
  chat: boolean;
}

/** Who would be let in. */
export interface Checked {
  host: boolean;
  /** Who waits at the door now, the first first; hosts alone are told. */
  waiting: readonly Waiting[];
}

export interface Waiting {
  name: string;
  /** In milliseconds since the epoch. */
  since: number;
}

/** What a guest needs to come. */
export interface Invitation {
  address: string;
  /** Where guests are asked for one. */
  guest_pin: string | null;
  /** The short link, where the room belongs to a meeting. */
  link: string | null;
}

/** A text message on its way. */
export interface SmsStatus {
  uuid: string;
  status: string;
}

/** The hub refuses this, and would again. */
export class Refused extends Error {
  constructor(
    readonly status: number,
    readonly reason: string,
  ) {
    super(`refused with ${status}`);
  }
}

/** Why nobody was let in. */
export type Refusal =
  | { kind: 'pin_needed'; host: boolean; guest: boolean }
  /** `triesLeft` 0: no PIN is read here for `retryAfterMs`, not the right one either. */
  | { kind: 'wrong_pin'; triesLeft?: number; retryAfterMs?: number }
  | { kind: 'unknown_room' }
  | { kind: 'full' };

/** A request that did not get a usable answer: worth trying again. */
export class Unreachable extends Error {}

/** The hub lets nobody new in for now: it would not be good for those inside. */
export class Busy extends Unreachable {}

/** There is no direct media now: the call is the hub's. */
export class NoDirectMedia extends Error {}

/** The hub no longer knows this token. */
export class TokenRefused extends Error {}

const REQUEST_TIMEOUT_MS = 15_000;

async function ask(path: string, init: RequestInit): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(path, { signal: after(REQUEST_TIMEOUT_MS), ...init });
  } catch (cause) {
    throw new Unreachable('no answer', { cause });
  }
  if (response.status === 503 && (await isFull(response))) throw new Busy('full');
  if (response.status >= 500 || response.status === 429) throw new Unreachable(`status ${response.status}`);
  return response;
}

async function isFull(response: Response): Promise<boolean> {
  const why = await result<unknown>(response).catch(() => null);
  return why === 'Out of resource';
}

async function result<T>(response: Response): Promise<T> {
  return (await body<{ result: T }>(response)).result;
}

async function body<T>(response: Response): Promise<T> {
  try {
    return (await response.json()) as T;
  } catch (cause) {
    throw new Unreachable('unreadable answer', { cause });
  }
}

/** Looks a short link up; null when there is none. */
export async function readLink(shortId: string): Promise<Link | null> {
  // Already on its way: the hub named it in the page's headers.
  const response = await ask(`/api/hub/v1/links/${encodeURIComponent(shortId)}`, {});
  if (response.status === 404 || response.status === 400) return null;
  if (!response.ok) throw new Unreachable(`status ${response.status}`);
  const link = (await response.json()) as Link;
  const told = Date.parse(response.headers.get('date') ?? '');
  return { ...link, clockAheadMs: told ? Date.now() - told : 0 };
}

/** The client API of one room. */
export class RoomApi {
  readonly #base: string;

  constructor(address: string) {
    this.#base = `/api/client/v2/conferences/${encodeURIComponent(address)}`;
  }

  /** Asks to be let in; whoever is let in is in the room from then on. */
  async requestToken(name: string, credentials: Credentials, directMedia = false): Promise<Admission | Refusal> {
    const response = await this.#knock({ display_name: name, direct_media: directMedia, supports_direct_chat: true }, credentials);
    if (!response.ok) return refusal(response);
    const data = await result<{
      token: string;
      expires: string;
      participant_uuid: string;
      role: 'HOST' | 'GUEST';
      current_service_type: string;
      conference_name?: string;
      turn?: RTCIceServer[];
      stun?: { url: string }[];
      direct_media?: boolean;
      chat_enabled?: boolean;
      vdx_chat?: boolean;
    }>(response);
    return {
      token: data.token,
      expiresSeconds: Number(data.expires) || 120,
      participant: data.participant_uuid,
      host: data.role === 'HOST',
      waiting: data.current_service_type === 'waiting_room',
      roomName: data.conference_name ?? '',
      // The hub's answers need no STUN server: it learns where a browser is from its checks.
      iceServers: data.turn ?? [],
      directMedia: data.direct_media === true,
      stunServers: (data.stun ?? []).map(({ url }) => ({ urls: url })),
      chat: data.vdx_chat ?? data.chat_enabled !== false,
    };
  }

  /** Asks whether these credentials would be let in, without going in. */
  async check(credentials: Credentials): Promise<Refusal | Checked> {
    const response = await this.#knock({ display_name: '', vdx: { check: true } }, credentials);
    if (!response.ok) return refusal(response);
    const data = await result<{ role: 'HOST' | 'GUEST'; waiting?: { display_name: string; seconds: number }[] }>(response);
    const waiting = (data.waiting ?? []).map((one) => ({ name: one.display_name, since: Date.now() - one.seconds * 1000 }));
    return { host: data.role === 'HOST', waiting };
  }

  #knock(asking: object, { pin, ticket }: Credentials): Promise<Response> {
    const headers: Record<string, string> = { 'Content-Type': 'application/json' };
    if (pin) headers['pin'] = pin;
    const body = JSON.stringify({ ...asking, ...(ticket ? { token: ticket } : {}) });
    return ask(`${this.#base}/request_token`, { method: 'POST', headers, body });
  }

  async refreshToken(token: string): Promise<{ token: string; expiresSeconds: number }> {
    const data = await this.#post<{ token: string; expires: string }>('refresh_token', token);
    return { token: data.token, expiresSeconds: Number(data.expires) || 120 };
  }

  /** Leaves in the background; the request outlives the page. */
  leave(token: string): void {
    void fetch(`${this.#base}/release_token`, {
      method: 'POST',
      keepalive: true,
      headers: { token, 'Content-Type': 'application/json' },
      body: '{}',
    }).catch(() => undefined);
  }

  /**
   * Leaves while the page is being closed, when nothing but a beacon gets through. If it
   * is loaded anew, the seat is still there for some seconds.
   */
  stepOutByBeacon(token: string): void {
    navigator.sendBeacon(`${this.#base}/release_token?vdx_may_return=true&token=${encodeURIComponent(token)}`);
  }

  /** Where to listen, and after which event. */
  eventsUrl(token: string, last: string): string {
    const after = last ? `&last_event_id=${encodeURIComponent(last)}` : '';
    return `${this.#base}/events?token=${encodeURIComponent(token)}${after}`;
  }

  async call(
    token: string,
    participant: string,
    sdp: string,
    slots: { video_slots: number; audio_slots: number; prefer_h264?: boolean },
  ): Promise<{ call: string; sdp: string }> {
    const body = { call_type: 'WEBRTC', sdp, vdx: slots };
    const data = await this.#post<{ call_uuid: string; sdp: string }>(`participants/${participant}/calls`, token, body);
    return { call: data.call_uuid, sdp: data.sdp };
  }

  /** Offers a call to another browser; the answer is empty while there is none. */
  async callDirect(token: string, participant: string, sdp: string): Promise<{ call: string; sdp: string }> {
    const body = { call_type: 'WEBRTC', sdp, vdx: { direct: true } };
    const data = await this.#post<{ call_uuid: string; sdp: string }>(`participants/${participant}/calls`, token, body);
    return { call: data.call_uuid, sdp: data.sdp };
  }

  /** Answers the offer of another browser. */
  async answer(token: string, participant: string, call: string, sdp: string): Promise<void> {
    await this.#post(`participants/${participant}/calls/${call}/ack`, token, { sdp });
  }

  /** Tells another browser where this one may be reached. */
  async candidate(token: string, participant: string, call: string, candidate: CandidateEvent): Promise<void> {
    await this.#post(`participants/${participant}/calls/${call}/new_candidate`, token, candidate);
  }

  async ack(token: string, participant: string, call: string): Promise<void> {
    await this.#post(`participants/${participant}/calls/${call}/ack`, token, {});
  }

  /** How large pictures are shown, in rows of device pixels; null is left to the hub. */
  async shown(token: string, participant: string, call: string, pictures: ShownPicture[]): Promise<void> {
    await this.#post(`participants/${participant}/calls/${call}/vdx_shown`, token, { pictures });
  }

  /** Offers a call anew, as after its network has changed. */
  async update(token: string, participant: string, call: string, sdp: string): Promise<string> {
    const path = `participants/${participant}/calls/${call}/update`;
    return (await this.#post<{ sdp: string }>(path, token, { sdp })).sdp;
  }

  /** What the participant's browser hears and sees. */
  async tell(token: string, participant: string, call: string, told: Told): Promise<void> {
    await this.#post(`participants/${participant}/calls/${call}/statistics`, token, told);
  }

  /** Something the participant says about itself, such as `client_mute`. */
  async say(token: string, participant: string, what: SelfAction): Promise<void> {
    await this.#post(`participants/${participant}/${what}`, token, {});
  }

  /** An act of the participant that may be refused, such as `lock`. */
  async post<T>(path: string, token: string, body: object): Promise<T> {
    return this.#act<T>(path, this.#posting(token, body));
  }

  async get<T>(path: string, token: string): Promise<T> {
    return this.#act<T>(path, { headers: { token }, cache: 'no-store' });
  }

  async #act<T>(path: string, init: RequestInit): Promise<T> {
    const response = await ask(`${this.#base}/${path}`, init);
    if (response.ok) return result<T>(response);
    throw new Refused(response.status, await result<string>(response).catch(() => ''));
  }

  async #post<T>(path: string, token: string, body: object = {}): Promise<T> {
    const response = await ask(`${this.#base}/${path}`, this.#posting(token, body));
    return result<T>(this.#checked(response));
  }

  #posting(token: string, body: object): RequestInit {
    return { method: 'POST', headers: { token, 'Content-Type': 'application/json' }, body: JSON.stringify(body) };
  }

  #checked(response: Response): Response {
    if (response.status === 401 || response.status === 403 || response.status === 404) {
      throw new TokenRefused(`status ${response.status}`);
    }
    if (response.status === 409) throw new NoDirectMedia();
    if (!response.ok) throw new Unreachable(`status ${response.status}`);
    return response;
  }
}

export interface ShownPicture {
  mid: string;
  height: number | null;
}

export type SelfAction =
  | 'client_mute'
  | 'client_unmute'
  | 'unmute'
  | 'video_muted'
  | 'video_unmuted'
  | 'take_floor'
  | 'release_floor';

/** A 403 of `request_token`: which PINs it asks for, or a word, with the hub's extension after a wrong PIN. */
interface Refusing {
  result: string | { pin?: string; guest_pin?: string };
  vdx?: { tries_left: number; retry_after_seconds?: number };
}

async function refusal(response: Response): Promise<Refusal> {
  if (response.status === 404) return { kind: 'unknown_room' };
  if (response.status !== 403) throw new Unreachable(`status ${response.status}`);
  const { result: why, vdx: tries } = await body<Refusing>(response);
  if (typeof why === 'object') {
    return { kind: 'pin_needed', host: why.pin === 'required', guest: why.guest_pin === 'required' };
  }
  if (/full|limit|capacity/i.test(why)) return { kind: 'full' };
  return {
    kind: 'wrong_pin',
    ...(tries && { triesLeft: tries.tries_left, retryAfterMs: (tries.retry_after_seconds ?? 0) * 1000 }),
  };
}
