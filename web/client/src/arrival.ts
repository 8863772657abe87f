/** How the visitor came: by which address, which loses what gives entry before anything else happens. */

import { recall, remember } from '../../shared/storage';
import { type Entry, readEntry, withoutSecrets } from './address';

/** An address for the page that is loaded next, in this tab. */
const NEXT = 'vdx.arrival';
/** The host's ticket that this tab came with: the bar does not have it any more when the page is loaded anew. */
const TICKET = 'vdx.ticket';

export interface Arrival {
  entry: Entry;
  /** As it was opened, with what gives entry: for another browser to be opened with. */
  url: URL;
}

/** Where the page is, without what gives entry. */
export function here(): string {
  return location.pathname + location.search + location.hash;
}

export function arrive(): Arrival {
  const url = new URL(recall(NEXT, 'tab') ?? location.href);
  remember(NEXT, null, 'tab');
  hide(url);
  const entry = readEntry(url);
  if (entry.ticket) remember(TICKET, JSON.stringify([here(), entry.ticket]), 'tab');
  else entry.ticket = keptTicket();
  return { entry, url };
}

/** A link of which only the part behind the `#` is another, pasted over this page's, loads no page by itself. */
export function watchAddress(): void {
  window.addEventListener('hashchange', () => {
    if (!location.hash.includes('?')) return;
    const { href } = location;
    hide(new URL(href));
    remember(NEXT, href, 'tab');
    location.reload();
  });
}

function hide(url: URL): void {
  const clean = withoutSecrets(url);
  if (clean !== null) history.replaceState(null, '', clean);
}

function keptTicket(): string | null {
  try {
    const [page, ticket] = JSON.parse(recall(TICKET, 'tab') ?? '[]') as string[];
    return page === here() ? (ticket ?? null) : null;
  } catch {
    return null;
  }
}
