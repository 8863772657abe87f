/** Which browser this is, as far as telling people where its settings are needs it. */

export type System = 'ios' | 'android' | 'macos' | 'windows' | 'other';
export type Maker = 'chrome' | 'edge' | 'firefox' | 'safari' | 'samsung' | 'opera' | 'other';

export interface Browser {
  maker: Maker;
  system: System;
}

/** What browsers tell of themselves besides the user-agent string. */
export interface Hints {
  /** `navigator.userAgentData.platform`: true also where the page is asked for as for a desk. */
  platform?: string | undefined;
  /** `navigator.maxTouchPoints`: a tablet of Apple's calls itself a Macintosh. */
  touchPoints?: number;
}

function systemOf(agent: string, { platform, touchPoints = 0 }: Hints): System {
  if (/iPhone|iPad|iPod/.test(agent) || (/Macintosh/.test(agent) && touchPoints > 1)) return 'ios';
  if (/Android/.test(agent) || platform === 'Android') return 'android';
  if (/Macintosh/.test(agent)) return 'macos';
  if (/Windows/.test(agent)) return 'windows';
  return 'other';
}

/** Most names contain another's: who calls itself by the fewest comes first. */
const MAKERS: readonly [Maker, RegExp][] = [
  ['edge', /Edg(?:e|A|iOS)?\//],
  ['samsung', /SamsungBrowser\//],
  ['opera', /OPR\/|OPT\//],
  ['firefox', /Firefox\/|FxiOS\//],
  ['chrome', /Chrome\/|CriOS\//],
  ['safari', /Version\/[\d.]+ (?:Mobile\/\w+ )?Safari\//],
];

export function recognise(agent: string, hints: Hints = {}): Browser {
  return {
    maker: MAKERS.find(([, pattern]) => pattern.test(agent))?.[0] ?? 'other',
    system: systemOf(agent, hints),
  };
}

/** The browser this page is in. */
export function thisBrowser(): Browser {
  const { userAgentData } = navigator as Navigator & { userAgentData?: { platform?: string } };
  return recognise(navigator.userAgent, { platform: userAgentData?.platform, touchPoints: navigator.maxTouchPoints });
}

/** What the browser calls itself. */
export const BROWSER_NAMES: Record<Exclude<Maker, 'other'>, string> = {
  chrome: 'Chrome',
  edge: 'Edge',
  firefox: 'Firefox',
  safari: 'Safari',
  samsung: 'Samsung Internet',
  opera: 'Opera',
};
