import { expect, test } from 'vitest';
import { platform } from './platform';

const CHROME = 'Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Mobile Safari/537.36';
const SAFARI = 'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.6 Safari/605.1.15';

test.each([
  [CHROME, 5, 'chrome', 140, 'android'],
  [CHROME.replace('Chrome/140.0.0.0', 'SamsungBrowser/28.0 Chrome/130.0.0.0'), 5, 'samsung_internet', 28, 'android'],
  [CHROME.replace('Chrome/', 'HeadlessChrome/'), 0, 'chrome', 140, 'android'],
  [`${CHROME} OPR/91.0.0.0`, 5, 'opera', 91, 'android'],
  [`${CHROME.replace('Linux; Android 10; K', 'Windows NT 10.0; Win64; x64')} Edg/139.0.0.0`, 0, 'edge', 139, 'windows'],
  ['Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0', 0, 'firefox', 140, 'linux'],
  [SAFARI, 0, 'safari', 18, 'macos'],
  [SAFARI, 5, 'safari', 18, 'ios'],
  [SAFARI.replace('Version/18.6', 'CriOS/140.0').replace('Macintosh; Intel', 'iPhone; CPU'), 5, 'chrome', 140, 'ios'],
  ['Something', 0, 'other', null, 'other'],
])('%s', (userAgent, touchPoints, browser, version, system) => {
  expect(platform(userAgent, touchPoints)).toEqual({ browser, browser_version: version, system });
});
