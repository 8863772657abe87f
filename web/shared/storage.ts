/** What the browser keeps for the page. Private windows and settings may forbid it: then nothing is kept. */

/** `tab` lasts as long as the tab, and through a reload; `browser` until it is cleared. */
export type Keeper = 'browser' | 'tab';

// Even to ask for it may be forbidden, so it is asked for within.
const storage = (keeper: Keeper): Storage => (keeper === 'tab' ? sessionStorage : localStorage);

export function recall(key: string, keeper: Keeper = 'browser'): string | null {
  try {
    return storage(keeper).getItem(key);
  } catch {
    return null;
  }
}

/** Null forgets. */
export function remember(key: string, value: string | null, keeper: Keeper = 'browser'): void {
  try {
    if (value === null) storage(keeper).removeItem(key);
    else storage(keeper).setItem(key, value);
  } catch {
    // It lasts as long as the page, then.
  }
}
