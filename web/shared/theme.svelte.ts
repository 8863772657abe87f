/** The look of the organisation whose meeting this is. */

import { after } from './after';
import { parse, BLACK, WHITE } from './colour';
import { texts } from './i18n.svelte';
import { type ByLanguage, pick, PLAIN, properties, readTheme, type Scheme, type Theme } from './theme';

const READ_TIMEOUT_MS = 10_000;

class CurrentTheme {
  now = $state.raw<Theme>(PLAIN);
  #written: string[] = [];
  /** The room whose theme is being read. */
  #room: string | null = null;

  /** Follows the visitor's wish for dark and for contrast. */
  start(): void {
    for (const wish of ['(prefers-color-scheme: dark)', '(prefers-contrast: more)']) {
      matchMedia(wish).addEventListener('change', () => this.#paint());
    }
  }

  /** Takes what an answer of the hub said; nothing is the plain look. */
  take(answer: unknown): void {
    this.#room = null;
    this.#apply(answer);
  }

  /** The look of a room by its address. A page without it is still a page. */
  async ofRoom(room: string): Promise<void> {
    if (room === this.#room) return;
    this.#room = room;
    try {
      const response = await fetch(`/api/hub/v1/rooms/${encodeURIComponent(room)}/theme`, {
        signal: after(READ_TIMEOUT_MS),
      });
      const answer: unknown = response.ok ? await response.json() : null;
      if (room === this.#room) this.#apply(answer);
    } catch {
      if (room === this.#room) this.#room = null;
    }
  }

  /** One of the organisation's texts, in the visitor's language where it has it. */
  text(of: ByLanguage): { text: string; lang: string } | null {
    return pick(of, texts.preferred);
  }

  #apply(answer: unknown): void {
    this.now = readTheme(answer, location.origin);
    this.#paint();
  }

  #paint(): void {
    const { style } = document.documentElement;
    for (const name of this.#written) style.removeProperty(name);
    const found = properties(this.now.colours, scheme());
    for (const [name, value] of Object.entries(found)) style.setProperty(name, value);
    this.#written = Object.keys(found);
  }
}

/** The page's own colours, as its style sheet has them now. */
function scheme(): Scheme {
  const style = getComputedStyle(document.documentElement);
  const dark = matchMedia('(prefers-color-scheme: dark)').matches;
  const read = (name: string) => parse(style.getPropertyValue(name));
  return {
    ink: read('--ink') ?? (dark ? WHITE : BLACK),
    card: read('--card') ?? (dark ? BLACK : WHITE),
    paper: read('--paper') ?? (dark ? BLACK : WHITE),
    dark,
    strong: matchMedia('(prefers-contrast: more)').matches,
  };
}

export const theme = new CurrentTheme();
