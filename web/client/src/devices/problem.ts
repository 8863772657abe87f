/** Why there is no picture or sound of one's own. */

export type Kind = 'camera' | 'microphone';

export type Problem =
  /** The page may not, until somebody changes it. */
  | 'refused'
  /** The question was left without a yes; it can be asked again. */
  | 'dismissed'
  /** The browser itself may not. */
  | 'system'
  /** The page was allowed to, and no longer is. */
  | 'withdrawn'
  | 'none'
  /** It was in use, and is gone. */
  | 'unplugged'
  | 'busy'
  | 'unsupported';

export interface Trouble {
  why: Problem;
  /** The device's name, where the browser tells it. */
  label: string;
}

/** Nobody reads a question and answers it faster than this: the browser answered by itself. */
export const QUICKEST_ANSWER_MS = 400;

/**
 * @param permission the page's, after the error; null where the browser does not tell
 * @param afterMs from the question to the error
 */
export function problemOf(error: unknown, permission: PermissionState | null, afterMs: number): Problem {
  const { name = '', message = '' } = error instanceof Error ? error : {};
  switch (name) {
    case 'NotAllowedError':
    case 'SecurityError':
      if (/\bsystem\b/i.test(message) || permission === 'granted') return 'system';
      // Chromium's word for a question that was closed.
      if (/\bdismissed\b/i.test(message) && permission !== 'denied') return 'dismissed';
      if (permission === 'denied' || afterMs < QUICKEST_ANSWER_MS) return 'refused';
      return permission === 'prompt' ? 'dismissed' : 'refused';
    case 'NotFoundError':
    case 'OverconstrainedError':
      return 'none';
    default:
      return 'busy';
  }
}

/** Whether a request that asks for less may do better. */
export function isTooChoosy(error: unknown, forOneDevice: boolean): boolean {
  const name = error instanceof Error ? error.name : '';
  return name === 'OverconstrainedError' || (forOneDevice && name === 'NotFoundError');
}

/** What the next attempt may mend without anybody being asked. */
export function isMendable(why: Problem | undefined): boolean {
  return why === undefined || why === 'none' || why === 'unplugged' || why === 'busy';
}

/** What waits for a permission. */
export function isPermission(why: Problem | undefined): boolean {
  return why === 'refused' || why === 'dismissed' || why === 'system' || why === 'withdrawn';
}
