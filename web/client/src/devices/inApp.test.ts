import { expect, test } from 'vitest';
import { readEntry } from '../address';
import { AGENTS, INSIDE } from './agents.fixture';
import { recognise } from './browser';
import { inApp, intent } from './inApp';

const appOf = (agent: string, standalone = false) => inApp(agent, recognise(agent).system, standalone);

test.each([
  ['facebookIos', 'Facebook'],
  ['facebookAndroid', 'Facebook'],
  ['messengerIos', 'Messenger'],
  ['messengerAndroid', 'Messenger'],
  ['instagramIos', 'Instagram'],
  ['instagramAndroid', 'Instagram'],
  ['linkedInIos', 'LinkedIn'],
  ['snapchatIos', 'Snapchat'],
  ['outlookAndroid', 'Outlook'],
  ['googleIos', 'Google'],
  ['webViewAndroid', null],
  ['webViewIos', null],
] as const)('%s is a window of %s', (agent, name) => {
  expect(appOf(INSIDE[agent])).toEqual({ name });
});

test.each(Object.keys(AGENTS) as (keyof typeof AGENTS)[])('%s is a browser of its own', (agent) => {
  expect(appOf(AGENTS[agent])).toBeNull();
});

test('a page on the home screen of a phone is no window of another app', () => {
  expect(appOf(INSIDE.webViewIos, true)).toBeNull();
});

test('Android opens the same address in its browser', () => {
  expect(intent(new URL('https://video.example.dk/m/abc123'))).toBe(
    'intent://video.example.dk/m/abc123#Intent;scheme=https;action=android.intent.action.VIEW;category=android.intent.category.BROWSABLE;end',
  );
});

test('parameters of the fragment are kept, in the query', () => {
  const [address = ''] = intent(new URL('https://video.example.dk/webapp/#/?conference=1234@rooms.example.dk')).split('#');
  expect(readEntry(new URL(address.replace('intent:', 'https:'))).conference).toBe('1234@rooms.example.dk');
});
