import { expect, test } from 'vitest';
import { AGENTS } from './agents.fixture';
import { recognise } from './browser';
import { allowAgain, allowInSystem } from './guidance';

const first = (agent: keyof typeof AGENTS) => allowAgain(recognise(AGENTS[agent]))[0];

test.each([
  ['chromeWindows', 'guide.siteIcon'],
  ['chromeMac', 'guide.siteIcon'],
  ['chromeLinux', 'guide.siteIcon'],
  ['chromeAndroid', 'guide.siteIcon'],
  ['edgeWindows', 'guide.lock'],
  ['firefoxWindows', 'guide.firefox.icon'],
  ['firefoxAndroid', 'guide.lock'],
  ['safariMac', 'guide.safari.menu'],
  ['safariIos', 'guide.safari.page'],
  ['samsung', 'guide.lock'],
  ['chromeIos', 'guide.ios.settings'],
  ['firefoxIos', 'guide.ios.settings'],
] as const)('%s is told to begin with %s', (agent, step) => {
  expect(first(agent)).toBe(step);
});

test('a phone has its permissions one level deeper than a desk', () => {
  expect(allowAgain(recognise(AGENTS.chromeAndroid))).toContain('guide.permissions');
  expect(allowAgain(recognise(AGENTS.chromeWindows))).not.toContain('guide.permissions');
});

test('every browser has steps, also one that nobody knows', () => {
  for (const agent of [...Object.values(AGENTS), 'Lynx/2.9']) {
    expect(allowAgain(recognise(agent)).length).toBeGreaterThan(1);
    expect(allowInSystem(recognise(agent)).length).toBeGreaterThan(1);
  }
});
