/** What somebody does in the room, to others and to the meeting. The hub decides who may. */

import type { Admission, Invitation, RoomApi, SmsStatus } from './api';

export type Role = 'host' | 'guest';

export class Acts {
  constructor(
    private readonly api: RoomApi,
    private readonly seat: () => Admission,
  ) {}

  raiseHand(up: boolean): Promise<void> {
    return this.#on(this.seat().participant, up ? 'buzz' : 'clearbuzz');
  }

  // Hosts, to one.

  admit(who: string): Promise<void> {
    return this.#on(who, 'unlock');
  }

  /** Puts somebody out, or turns one away who waits. */
  putOut(who: string): Promise<void> {
    return this.#on(who, 'disconnect');
  }

  mute(who: string, muted: boolean): Promise<void> {
    return this.#on(who, muted ? 'mute' : 'unmute');
  }

  lowerHand(who: string): Promise<void> {
    return this.#on(who, 'clearbuzz');
  }

  spotlight(who: string, lit: boolean): Promise<void> {
    return this.#on(who, lit ? 'spotlighton' : 'spotlightoff');
  }

  setRole(who: string, role: Role): Promise<void> {
    return this.#on(who, 'role', { role: role === 'host' ? 'chair' : 'guest' });
  }

  // Hosts, to all.

  admitAll(): Promise<void> {
    return this.#do('vdx_admit_all');
  }

  lock(locked: boolean): Promise<void> {
    return this.#do(locked ? 'lock' : 'unlock');
  }

  muteGuests(muted: boolean): Promise<void> {
    return this.#do(muted ? 'muteguests' : 'unmuteguests');
  }

  lowerAllHands(): Promise<void> {
    return this.#do('clearallbuzz');
  }

  /** Another view for everybody, such as `1:7`. */
  setLayout(view: string): Promise<void> {
    return this.#do('transform_layout', { transforms: { layout: view } });
  }

  endForAll(): Promise<void> {
    return this.#do('disconnect');
  }

  /** Moves the end of the meeting. */
  extend(minutes: number): Promise<void> {
    return this.#do('vdx_extend', { minutes });
  }

  /** What a guest needs to come. */
  invitation(): Promise<Invitation> {
    return this.api.get<Invitation>('vdx_invitation', this.seat().token);
  }

  /** Sends the meeting's link to a phone. */
  sendSms(phone: string): Promise<SmsStatus> {
    return this.api.post<SmsStatus>('vdx_sms', this.seat().token, { phone });
  }

  smsStatus(uuid: string): Promise<SmsStatus> {
    return this.api.get<SmsStatus>(`vdx_sms/${uuid}`, this.seat().token);
  }

  /** Writes to everybody inside, or to one. */
  write(text: string, to: string | null): Promise<void> {
    const body = { type: 'text/plain', payload: text };
    return to ? this.#on(to, 'message', body) : this.#do('message', body);
  }

  async #do(what: string, body: object = {}): Promise<void> {
    await this.api.post(what, this.seat().token, body);
  }

  #on(who: string, what: string, body: object = {}): Promise<void> {
    return this.#do(`participants/${who}/${what}`, body);
  }
}
