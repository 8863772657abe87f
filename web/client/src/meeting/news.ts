/** What to tell somebody who does not see the screen, between two states of a meeting. */

import { t } from '../../../shared/i18n.svelte';
import type { MeetingState } from '../call/meeting';
import type { Participant } from '../call/roster';

/** Several are told singly up to this many at once; a crowd is not read out. */
const MOST_NAMES = 3;

type People = ReadonlyMap<string, Participant>;

function inside(state: MeetingState | null): People {
  return new Map(state?.stage.tiles.map(({ participant }) => [participant.uuid, participant]));
}

function few(people: Participant[], say: (name: string) => string): string[] {
  return people.length <= MOST_NAMES ? people.map(({ name }) => say(name)) : [];
}

/** `chatOpen`: messages are before the visitor's eyes, and read by the list itself. */
export function newsBetween(before: MeetingState | null, now: MeetingState, chatOpen = false): string {
  return [...ofOneself(before, now), ...ofOthers(before, now), ...ofMeeting(before, now), ...ofChat(before, now, chatOpen)].join(' ');
}

const alone = (): string => `${t('meeting.alone.title')}. ${t('meeting.alone.text')}`;

/** On coming in. */
export function newsAtFirst(now: MeetingState): string {
  if (now.waiting) return `${t('meeting.waiting.title')} ${t('meeting.waiting.text')}`;
  return now.connected && now.stage.tiles.length === 0 ? alone() : '';
}

function ofOneself(before: MeetingState | null, now: MeetingState): string[] {
  const told: string[] = [];
  if (!before) return told;
  if (before.waiting && !now.waiting) told.push(t('meeting.letIn'));
  if (!before.waiting && now.waiting) told.push(t('meeting.waiting.title'));
  if (!before.connected && now.connected && !now.waiting && now.stage.tiles.length === 0) told.push(alone());
  if (before.trouble !== now.trouble) told.push(t(now.trouble ? 'meeting.trouble' : 'meeting.trouble.over'));
  if (!before.direct && now.direct) told.push(t('meeting.direct'));
  if (before.me && now.me) {
    if (before.me.muted !== now.me.muted) told.push(t(now.me.muted ? 'news.muted' : 'news.unmuted'));
    if (before.me.handSince !== null && now.me.handSince === null) told.push(t('news.handDown'));
  }
  if (before.host !== now.host) told.push(t(now.host ? 'news.host' : 'news.guest'));
  return told;
}

function ofOthers(before: MeetingState | null, now: MeetingState): string[] {
  const old = inside(before);
  const current = inside(now);
  const come = [...current.values()].filter(({ uuid }) => !old.has(uuid));
  const gone = [...old.values()].filter(({ uuid }) => !current.has(uuid));
  const hands = [...current.values()].filter(({ uuid, handSince }) => handSince !== null && old.get(uuid)?.handSince === null);
  const known = new Set(before?.atTheDoor.map(({ uuid }) => uuid));
  const waiting = now.host ? now.atTheDoor.filter(({ uuid }) => !known.has(uuid)) : [];
  return [
    ...few(come, (name) => t('meeting.joined', { name })),
    ...few(gone, (name) => t('meeting.gone', { name })),
    ...few(hands, (name) => t('news.hand', { name })),
    ...few(waiting, (name) => t('door.notification', { name })),
  ];
}

function ofMeeting(before: MeetingState | null, now: MeetingState): string[] {
  const told: string[] = [];
  if (!before) return told;
  if (before.locked !== now.locked && !now.waiting) told.push(t(now.locked ? 'news.locked' : 'news.unlocked'));
  const presenter = now.stage.slides?.participant;
  if (presenter && before.stage.slides?.participant?.uuid !== presenter.uuid) told.push(t('meeting.slides', { name: presenter.name }));
  if (now.endingWithin !== null && now.endingWithin !== before.endingWithin)
    told.push(t('news.ending', { minutes: Math.round(now.endingWithin / 60) }));
  return told;
}

function ofChat(before: MeetingState | null, now: MeetingState, open: boolean): string[] {
  const last = before?.messages.at(-1)?.id ?? 0;
  const fresh = now.messages.filter((one) => one.from && one.id > last);
  // With the chat open the text is what matters; else that there is one.
  return fresh.slice(-MOST_NAMES).map(({ from, text }) => {
    const name = from?.name ?? '';
    return open ? t('news.message.text', { name, text: text.slice(0, 300) }) : t('news.message', { name });
  });
}
