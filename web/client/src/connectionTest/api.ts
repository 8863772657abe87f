/** The hub's API of connection tests. */

import { after } from '../../../shared/after';
import { Busy, Unreachable } from '../call/api';
import type { Platform } from './platform';
import type { Found } from './results';

const PATH = '/api/hub/v1/connection-tests';
const TIMEOUT_MS = 15_000;
const TRIES = 3;
const PAUSE_MS = 1_000;

export interface BegunTest {
  /** What the test is looked up by. */
  reference: string;
  address: string;
  ticket: string;
}

export async function begin(): Promise<BegunTest> {
  const response = await ask(PATH, { method: 'POST' });
  if (response.status === 429 || response.status === 503) throw new Busy(`status ${response.status}`);
  if (!response.ok) throw new Unreachable(`status ${response.status}`);
  try {
    return (await response.json()) as BegunTest;
  } catch (cause) {
    throw new Unreachable('unreadable answer', { cause });
  }
}

/** Tells what was found; false when the hub could not be told, so nobody can look it up. */
export async function tell({ reference, ticket }: BegunTest, found: Found, platform: Platform): Promise<boolean> {
  const { measured: both, ...rest } = found;
  const { heard: _, ...measured } = both ?? {};
  const body = JSON.stringify({ ...rest, ...(both ? { measured } : {}), ...platform });
  const headers = { 'Content-Type': 'application/json', ticket };
  for (let tries = 0; tries < TRIES; tries++) {
    if (tries > 0) await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    const response = await ask(`${PATH}/${reference}`, { method: 'PUT', headers, body }).catch(() => null);
    if (response?.ok) return true;
    if (response && response.status < 500) return false;
  }
  return false;
}

async function ask(path: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(path, { signal: after(TIMEOUT_MS), cache: 'no-store', ...init });
  } catch (cause) {
    throw new Unreachable('no answer', { cause });
  }
}
