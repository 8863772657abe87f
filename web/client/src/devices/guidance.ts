/** Where this browser, or the system under it, has hidden its permissions. */

import type { TextKey } from '../../../shared/i18n.svelte';
import type { Browser, Maker, System } from './browser';

/** Steps one after the other; texts may use `{browser}`. */
export type Steps = readonly TextKey[];

const PHONE_CHROMIUM: Steps = ['guide.siteIcon', 'guide.permissions', 'guide.switchOn', 'guide.comeBack'];
const DESK_CHROMIUM: Steps = ['guide.siteIcon', 'guide.switchOn', 'guide.comeBack'];

/** Browsers on Apple's phones that are not Safari get their permission from the system. */
const IOS_SETTINGS: Steps = ['guide.ios.settings', 'guide.ios.app', 'guide.switchOn', 'guide.comeBackRetry'];

const REFUSED: Record<System, Partial<Record<Maker, Steps>>> = {
  ios: {
    safari: ['guide.safari.page', 'guide.safari.website', 'guide.safari.allow', 'guide.retry'],
    chrome: IOS_SETTINGS,
    edge: IOS_SETTINGS,
    firefox: IOS_SETTINGS,
    opera: IOS_SETTINGS,
  },
  android: {
    chrome: PHONE_CHROMIUM,
    edge: PHONE_CHROMIUM,
    opera: PHONE_CHROMIUM,
    samsung: ['guide.lock', 'guide.permissions', 'guide.switchOn', 'guide.comeBack'],
    firefox: ['guide.lock', 'guide.firefox.blocked', 'guide.retry'],
  },
  macos: {
    safari: ['guide.safari.menu', 'guide.safari.allow', 'guide.retry'],
  },
  windows: {},
  other: {},
};

const DESK: Partial<Record<Maker, Steps>> = {
  chrome: DESK_CHROMIUM,
  opera: DESK_CHROMIUM,
  edge: ['guide.lock', 'guide.permissions', 'guide.allowBoth', 'guide.comeBack'],
  firefox: ['guide.firefox.icon', 'guide.firefox.cross', 'guide.retry'],
};

const ANY_BROWSER: Steps = ['guide.siteIcon', 'guide.allowBoth', 'guide.retry'];

const SYSTEM: Record<System, Steps> = {
  ios: IOS_SETTINGS,
  android: ['guide.android.settings', 'guide.android.app', 'guide.android.permissions', 'guide.comeBackRetry'],
  macos: ['guide.macos.settings', 'guide.macos.list', 'guide.macos.browser', 'guide.comeBackRetry'],
  windows: ['guide.windows.settings', 'guide.windows.list', 'guide.windows.desktop', 'guide.comeBackRetry'],
  other: ['guide.system.other', 'guide.comeBackRetry'],
};

/** How to allow again what the page was refused. */
export function allowAgain({ maker, system }: Browser): Steps {
  const desk = system === 'ios' || system === 'android' ? undefined : DESK[maker];
  return REFUSED[system][maker] ?? desk ?? ANY_BROWSER;
}

/** How to let the browser have what the system keeps from it. */
export function allowInSystem({ system }: Browser): Steps {
  return SYSTEM[system];
}
