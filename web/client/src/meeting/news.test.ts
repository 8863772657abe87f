import { expect, test } from 'vitest';
import { t } from '../../../shared/i18n.svelte';
import { entered, type MeetingState } from '../call/meeting';
import { participant, type ParticipantEvent } from '../call/roster';
import { newsAtFirst, newsBetween } from './news';

const person = (name: string, more: Partial<ParticipantEvent> = {}) =>
  participant({ uuid: name, display_name: name, role: 'guest', ...more });
const tiles = (...people: ReturnType<typeof person>[]): Pick<MeetingState, 'stage'> => ({
  stage: { tiles: people.map((one) => ({ participant: one, mid: null, speaking: false, size: 'large' })), slides: null, sounds: [] },
});
const state = (more: Partial<MeetingState> = {}): MeetingState => ({ ...entered({ host: false, waiting: false, chat: true }), ...more });

test('who comes and goes is told by name, and a crowd is not read out', () => {
  expect(newsBetween(state(), state(tiles(person('A'))))).toBe(t('meeting.joined', { name: 'A' }));
  expect(newsBetween(state(tiles(person('A'))), state())).toBe(t('meeting.gone', { name: 'A' }));
  const crowd = ['A', 'B', 'C', 'D'].map((name) => person(name));
  expect(newsBetween(state(), state(tiles(...crowd)))).toBe('');
});

test('waiting is told on coming in, and when the host is gone; so is being alone', () => {
  const waiting = `${t('meeting.waiting.title')} ${t('meeting.waiting.text')}`;
  expect(newsAtFirst(state({ waiting: true }))).toBe(waiting);
  expect(newsBetween(state(), state({ waiting: true }))).toBe(t('meeting.waiting.title'));
  const alone = `${t('meeting.alone.title')}. ${t('meeting.alone.text')}`;
  expect(newsAtFirst(state({ connected: true }))).toBe(alone);
  expect(newsBetween(state(), state({ connected: true }))).toBe(alone);
  expect(newsAtFirst(state({ connected: true, ...tiles(person('A')) }))).toBe('');
});

test('a lock is told to those inside', () => {
  expect(newsBetween(state(), state({ locked: true }))).toBe(t('news.locked'));
  expect(newsBetween(state({ waiting: true }), state({ waiting: true, locked: true }))).toBe('');
});

test('being let in, muted and made a host is told', () => {
  expect(newsBetween(state({ waiting: true }), state())).toBe(t('meeting.letIn'));
  const muted = (is: 'YES' | 'NO') => state({ me: person('me', { is_muted: is }) });
  expect(newsBetween(muted('NO'), muted('YES'))).toBe(t('news.muted'));
  expect(newsBetween(muted('YES'), muted('NO'))).toBe(t('news.unmuted'));
  expect(newsBetween(state(), state({ host: true }))).toBe(t('news.host'));
});

test('hosts hear who waits, once', () => {
  const waiting = state({ host: true, atTheDoor: [person('W')] });
  expect(newsBetween(state({ host: true }), waiting)).toBe(t('door.notification', { name: 'W' }));
  expect(newsBetween(waiting, waiting)).toBe('');
  expect(newsBetween(state(), state({ atTheDoor: [person('W')] }))).toBe('');
});

test('a hand that goes up is told, and one that was up already is not', () => {
  const up = person('A', { buzz_time: 5 });
  expect(newsBetween(state(tiles(person('A'))), state(tiles(up)))).toBe(t('news.hand', { name: 'A' }));
  expect(newsBetween(state(tiles(up)), state(tiles(up)))).toBe('');
});

test('a message is told of, with its text where the chat is open', () => {
  const message = { id: 1, at: 0, text: 'hej', from: { uuid: 'A', name: 'A' }, direct: false, to: null };
  const one = state({ messages: [message] });
  expect(newsBetween(state(), one)).toBe(t('news.message', { name: 'A' }));
  expect(newsBetween(state(), one, true)).toBe(t('news.message.text', { name: 'A', text: 'hej' }));
  expect(newsBetween(state(), state({ messages: [{ ...message, from: null }] }))).toBe('');
});
