/** What is said about the devices: what happened, what the page does, what the visitor does. */

import type { TextKey } from '../../../shared/i18n.svelte';
import type { Browser } from './browser';
import { allowAgain, allowInSystem, type Steps } from './guidance';
import type { Wanted } from './localMedia.svelte';
import type { Kind, Problem, Trouble } from './problem';

export type What = Kind | 'both';

export interface Card {
  /** Tells one card from another. */
  id: string;
  why: Problem | 'held' | 'silent';
  what: What;
  /** The device's name, where it is known. */
  label: string;
  happened: TextKey;
  we: TextKey;
  you: TextKey;
  /** Where the permission is, in this browser. */
  steps: Steps;
  /** What helps: to try again, or the browser's own button for a permission. */
  mend: 'retry' | 'permit' | null;
}

/** What is known of the devices. */
export interface State {
  problems: Partial<Record<Kind, Trouble>>;
  held: Record<Kind, boolean>;
  /** The microphone is on, and nothing is heard from it. */
  silent: boolean;
  microphoneLabel: string;
}

function stepsFor(why: Problem, browser: Browser): Steps {
  if (why === 'refused' || why === 'withdrawn') return allowAgain(browser);
  return why === 'system' ? allowInSystem(browser) : [];
}

function mendFor(why: Problem): Card['mend'] {
  if (why === 'refused' || why === 'withdrawn' || why === 'dismissed') return 'permit';
  return why === 'unsupported' ? null : 'retry';
}

function card({ why, label }: Trouble, what: What, browser: Browser): Card {
  return {
    id: `${why}-${what}`,
    why,
    what,
    label,
    // What went is called by its name, where it has one.
    happened: why === 'unplugged' && label ? 'devices.unplugged.named' : `devices.${why}`,
    we: `devices.${why}.we`,
    you: `devices.${why}.you`,
    steps: stepsFor(why, browser),
    mend: mendFor(why),
  };
}

/** Cards in the order they are shown: first what keeps the visitor from being heard. */
export function cards(state: State, wanted: Wanted, browser: Browser): Card[] {
  const microphone = wanted.microphone ? state.problems.microphone : undefined;
  const camera = wanted.camera ? state.problems.camera : undefined;
  const together = microphone && camera && microphone.why === camera.why && microphone.why !== 'unplugged';
  const found: Card[] = together
    ? [card({ why: microphone.why, label: '' }, 'both', browser)]
    : [
        ...(microphone ? [card(microphone, 'microphone', browser)] : []),
        ...(camera ? [card(camera, 'camera', browser)] : []),
      ];
  const plain = { what: 'microphone', label: state.microphoneLabel, steps: [], mend: null } as const;
  if (state.held.microphone) {
    found.push({ ...plain, id: 'held', why: 'held', happened: 'devices.held', we: 'devices.held.we', you: 'devices.held.you' });
  } else if (state.silent) {
    found.push({ ...plain, id: 'silent', why: 'silent', happened: 'devices.silent', we: 'devices.silent.we', you: 'devices.silent.you' });
  }
  return found;
}
