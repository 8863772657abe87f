import { expect, test } from 'vitest';
import { AGENTS } from './agents.fixture';
import { recognise } from './browser';

test.each([
  ['chromeWindows', 'chrome', 'windows'],
  ['chromeMac', 'chrome', 'macos'],
  ['chromeLinux', 'chrome', 'other'],
  ['chromeAndroid', 'chrome', 'android'],
  ['chromeIos', 'chrome', 'ios'],
  ['edgeWindows', 'edge', 'windows'],
  ['edgeAndroid', 'edge', 'android'],
  ['edgeIos', 'edge', 'ios'],
  ['firefoxWindows', 'firefox', 'windows'],
  ['firefoxAndroid', 'firefox', 'android'],
  ['firefoxIos', 'firefox', 'ios'],
  ['safariMac', 'safari', 'macos'],
  ['safariIos', 'safari', 'ios'],
  ['samsung', 'samsung', 'android'],
  ['operaWindows', 'opera', 'windows'],
] as const)('%s is %s on %s', (agent, maker, system) => {
  expect(recognise(AGENTS[agent])).toEqual({ maker, system });
});

test('a tablet that calls itself a Macintosh, and a phone that asks for the page of a desk', () => {
  expect(recognise(AGENTS.safariMac, { touchPoints: 5 }).system).toBe('ios');
  expect(recognise(AGENTS.chromeLinux, { platform: 'Android' }).system).toBe('android');
});
