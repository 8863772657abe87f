/** The devices somebody chose, kept for the next visit. Ids of a browser that forgets them fit nothing, which is allowed for. */

import { recall, remember } from '../../../shared/storage';

export interface Chosen {
  camera: string;
  microphone: string;
  speaker: string;
}

const KEY = 'vdx.devices';
/** Ids are 64 hexadecimal digits, or a word. */
const LONGEST_ID = 200;

export function recallDevices(): Chosen {
  const chosen: Chosen = { camera: '', microphone: '', speaker: '' };
  try {
    const kept = JSON.parse(recall(KEY) ?? '{}') as Partial<Record<string, unknown>>;
    for (const kind of ['camera', 'microphone', 'speaker'] as const) {
      const id = kept[kind];
      if (typeof id === 'string' && id.length <= LONGEST_ID) chosen[kind] = id;
    }
  } catch {
    // What is kept cannot be read: it is chosen anew.
  }
  return chosen;
}

export function rememberDevices(chosen: Chosen): void {
  remember(KEY, JSON.stringify(chosen));
}
