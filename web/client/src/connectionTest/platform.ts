/** Which browser and system this is, in the few words of the hub's API. */

const BROWSERS = [
  ['edge', /\bEdg(?:e|A|iOS)?\/(\d+)/],
  ['samsung_internet', /\bSamsungBrowser\/(\d+)/],
  ['opera', /\b(?:OPR|OPT|OPiOS)\/(\d+)/],
  ['firefox', /\b(?:Firefox|FxiOS)\/(\d+)/],
  ['chrome', /(?:Chrome|CriOS)\/(\d+)/],
  ['safari', /\bVersion\/(\d+).*\bSafari\//],
] as const;

const SYSTEMS = [
  ['android', /Android/],
  ['ios', /iPhone|iPad|iPod/],
  ['windows', /Windows/],
  ['macos', /Mac OS X/],
  ['linux', /Linux/],
] as const;

export interface Platform {
  browser: (typeof BROWSERS)[number][0] | 'other';
  browser_version: number | null;
  system: (typeof SYSTEMS)[number][0] | 'other';
}

export function platform(userAgent: string, touchPoints: number): Platform {
  let browser: Pick<Platform, 'browser' | 'browser_version'> = { browser: 'other', browser_version: null };
  for (const [name, pattern] of BROWSERS) {
    const version = pattern.exec(userAgent)?.[1];
    if (version === undefined) continue;
    browser = { browser: name, browser_version: Math.min(Number(version), 9999) };
    break;
  }
  const system = SYSTEMS.find(([, pattern]) => pattern.test(userAgent))?.[0] ?? 'other';
  // A tablet of Apple says it is a computer; no computer of theirs has a touch screen.
  return { ...browser, system: system === 'macos' && touchPoints > 1 ? 'ios' : system };
}
