/** What the page's own address says, in today's forms of join links. */

import { parseUrl } from '../../shared/url';

/** The way a visitor came in. */
export interface Entry {
  /** To test the connection, `/test`. */
  test: boolean;
  /** Id of a short link, `/m/{shortId}`. */
  shortId: string | null;
  /** Room address. */
  conference: string | null;
  pin: string | null;
  /** A host's ticket: in without a PIN. */
  ticket: string | null;
  name: string | null;
  role: 'host' | 'guest' | null;
  muteMicrophone: boolean;
  muteCamera: boolean;
  callType: string | null;
  /** When the meeting starts, in milliseconds since the epoch: a hint, for a room that is not open yet. */
  startsAt: number | null;
  /** Go in without asking once the devices are decided. */
  join: boolean;
  /** Straight to the devices. */
  express: boolean;
  /** Send H.264 when the hub chooses it. */
  preferH264: boolean;
}

const SECRETS = ['pin', 'role', 'ticket'];

function flag(value: string | null): boolean {
  return value !== null && /^(1|true|yes|)$/i.test(value);
}

function word(value: string | null, limit: number): string | null {
  const text = value?.trim().slice(0, limit);
  return text ? text : null;
}

/** A PIN is digits; people and calendars add spaces and dashes. */
export function cleanPin(text: string): string {
  return text.replace(/[\s-]/g, '').slice(0, 20);
}

/** Parameters stand in the query, in the fragment (`#/?…`), or in both; the query wins. */
function parameters(url: URL): URLSearchParams {
  const all = new URLSearchParams(url.search);
  const at = url.hash.indexOf('?');
  if (at >= 0) {
    for (const [key, value] of new URLSearchParams(url.hash.slice(at + 1))) {
      if (!all.has(key)) all.append(key, value);
    }
  }
  return all;
}

function pathPart(path: string, pattern: RegExp): string | null {
  const found = pattern.exec(path)?.[1];
  if (found === undefined) return null;
  try {
    return decodeURIComponent(found);
  } catch {
    return null;
  }
}

export function readEntry(url: URL): Entry {
  const all = parameters(url);
  const get = (name: string): string | null => all.get(name);
  const pin = cleanPin(get('pin') ?? '');
  const role = get('role')?.toLowerCase();
  return {
    test: /^\/test\/?$/.test(url.pathname),
    shortId: pathPart(url.pathname, /^\/m\/([^/]+)\/?$/),
    conference: word(pathPart(url.pathname, /^\/webapp3\/m\/([^/]+)/) ?? get('conference'), 255),
    pin: pin === '' ? null : pin,
    ticket: word(get('ticket'), 4096),
    name: word(get('name'), 100),
    role: role === 'host' || role === 'guest' ? role : null,
    // A portal link says how guests come in: muted, or off.
    muteMicrophone: flag(get('muteMicrophone')) || /^(muted|off)$/i.test(get('muteMicrophone') ?? ''),
    muteCamera: flag(get('muteCamera')),
    callType: word(get('callType'), 64),
    // Written without a zone: it is where the visitor is, nearly always.
    startsAt: Date.parse(get('start_dato') ?? '') || null,
    join: flag(get('join')),
    express: /^\/webapp3\/m\/[^/]+\/express\/?$/.test(url.pathname),
    preferH264: flag(get('preferH264')),
  };
}

/** The same address without what gives entry; null when there is nothing to remove. */
export function withoutSecrets(url: URL): string | null {
  const clean = new URL(url);
  let found = false;
  for (const name of SECRETS) {
    if (clean.searchParams.has(name)) found = true;
    clean.searchParams.delete(name);
  }
  const at = clean.hash.indexOf('?');
  if (at >= 0) {
    const inner = new URLSearchParams(clean.hash.slice(at + 1));
    for (const name of SECRETS) {
      if (inner.has(name)) found = true;
      inner.delete(name);
    }
    const rest = inner.toString();
    clean.hash = rest ? `${clean.hash.slice(0, at)}?${rest}` : clean.hash.slice(0, at);
  }
  return found ? clean.pathname + clean.search + clean.hash : null;
}

/**
 * What somebody typed or pasted as the room: an address, or a whole join link
 * of this hub, which is then opened instead.
 */
export function readTyped(text: string, origin: string): { address: string } | { link: string } | null {
  const typed = text.trim();
  if (typed === '') return null;
  const url = /^https?:\/\//i.test(typed) ? parseUrl(typed) : null;
  if (url) {
    const entry = readEntry(url);
    if (url.origin === origin && (entry.shortId || entry.conference)) return { link: url.pathname + url.search + url.hash };
    return entry.conference ? { address: entry.conference } : null;
  }
  const address = typed.replace(/^sips?:/i, '').replace(/\s/g, '');
  return address.length <= 255 ? { address } : null;
}
