/**
 * Browsers inside other apps: a link opened in a mail or in a social app is shown in a window of
 * that app, where camera and microphone often do not work and never can be allowed again.
 */

import type { System } from './browser';

const APPS: readonly [string, RegExp][] = [
  ['Messenger', /FBAN\/Messenger|FB_IAB\/(?:Orca|Messenger)|\bMessenger(?:Lite)?ForiOS/],
  ['Instagram', /\bInstagram[ /]/],
  ['Facebook', /\bFBA[NV]\/|\bFB_IAB\//],
  ['LinkedIn', /LinkedInApp/],
  ['Snapchat', /\bSnapchat[ /]/],
  ['TikTok', /musical_ly|BytedanceWebview|\btrill_/],
  ['e-Boks', /\be-?boks\b/i],
  ['Outlook', /\bOutlook-(?:iOS|Android)|\bOutlookMobile/],
  ['Gmail', /\bGmail\//],
  ['Teams', /\bTeamsMobile/],
  ['Google', /\bGSA\//],
];

export interface InApp {
  /** Of the app; null where it does not say. */
  name: string | null;
}

/**
 * The app this page is shown in, or null in a browser of its own. `standalone`: opened from the
 * home screen, which on iOS looks like an app.
 */
export function inApp(agent: string, system: System, standalone = false): InApp | null {
  const name = APPS.find(([, pattern]) => pattern.test(agent))?.[0];
  if (name !== undefined) return { name };
  const bare =
    system === 'android'
      ? /; wv\)/.test(agent) || /\bVersion\/4\.0 Chrome\//.test(agent)
      : system === 'ios' && !standalone && /AppleWebKit\//.test(agent) && !/\bSafari\//.test(agent);
  return bare ? { name: null } : null;
}

/**
 * An address that makes Android open `url` in the phone's own browser. What follows # in it is
 * Android's, so parameters that stand in the page's own fragment are moved to the query, where
 * they mean the same.
 */
export function intent(url: URL): string {
  const query = new URLSearchParams(url.search);
  const at = url.hash.indexOf('?');
  for (const [name, value] of new URLSearchParams(at < 0 ? '' : url.hash.slice(at + 1))) {
    if (!query.has(name)) query.append(name, value);
  }
  const target = url.host + url.pathname + (`${query}` && `?${query}`);
  const scheme = url.protocol.slice(0, -1);
  return `intent://${target}#Intent;scheme=${scheme};action=android.intent.action.VIEW;category=android.intent.category.BROWSABLE;end`;
}
