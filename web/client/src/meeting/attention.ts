/** Reaching a host who looks elsewhere: title, badge, sound and notification. */

import { t } from '../../../shared/i18n.svelte';
import { KNOCK, play } from '../devices/sound';

/** A knock is heard so often at most: it must not nag. */
const QUIET_MS = 15_000;

type Badging = Navigator & { setAppBadge?: (count: number) => Promise<void>; clearAppBadge?: () => Promise<void> };

/** Whether the browser may be asked to show notifications. */
export function canAskToNotify(): boolean {
  return 'Notification' in globalThis && Notification.permission === 'default';
}

/** Asks; to be called on a tap. */
export async function askToNotify(): Promise<void> {
  await Notification.requestPermission().catch(() => undefined);
}

export class Attention {
  /** In front of the window's own title, which may change meanwhile: how many wait. */
  #prefix = '';
  #heardAt = -Infinity;
  #shown: Notification | null = null;

  /** So many wait now, `name` the last to come; `more` when somebody has come since the last time. */
  waiting(count: number, name: string, more: boolean, speakerId: string): void {
    const own = document.title.startsWith(this.#prefix) ? document.title.slice(this.#prefix.length) : document.title;
    this.#prefix = count > 0 ? `(${count}) ${t('door.title', { count })} – ` : '';
    document.title = this.#prefix + own;
    const badging = navigator as Badging;
    void (count > 0 ? badging.setAppBadge?.(count) : badging.clearAppBadge?.())?.catch(() => undefined);
    if (count === 0) this.#shown?.close();
    if (!more) return;
    if (performance.now() - this.#heardAt > QUIET_MS) {
      this.#heardAt = performance.now();
      void play(KNOCK, speakerId);
    }
    if (document.visibilityState === 'hidden') this.#notify(name);
  }

  end(): void {
    this.waiting(0, '', false, '');
  }

  #notify(name: string): void {
    if (!('Notification' in globalThis) || Notification.permission !== 'granted') return;
    try {
      this.#shown = new Notification(t('door.notification', { name }), { tag: 'door' });
      this.#shown.onclick = () => window.focus();
    } catch {
      // Phones take notifications of service workers alone.
    }
  }
}
