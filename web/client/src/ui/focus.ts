import { t } from '../../../shared/i18n.svelte';

/**
 * Moves the focus to a heading when it appears, so that it is read first. The heading of a step is
 * also what the window is called.
 */
export function announce(heading: HTMLElement): { destroy(): void } | undefined {
  heading.tabIndex = -1;
  heading.focus({ preventScroll: true });
  if (heading.tagName !== 'H1') return undefined;
  window.scrollTo(0, 0);
  const name = (): void => void (document.title = `${heading.textContent.trim()} – ${t('app.name')}`);
  name();
  // In another language it reads differently.
  const changes = new MutationObserver(name);
  changes.observe(heading, { subtree: true, childList: true, characterData: true });
  return { destroy: () => changes.disconnect() };
}

/** Where the focus may go without anything being pressed by mistake. */
const RESTS = '[aria-label], [aria-labelledby], main';

/**
 * Keeps the focus within `area` when what had it goes away: it comes to rest on what was around it,
 * or on the heading of that, from where the tab key goes on. Browsers would begin at the top again.
 */
export function keepFocus(area: HTMLElement): { destroy(): void } {
  /** What has the focus, and what is around it, from the inside out. */
  let chain: HTMLElement[] = [];

  function focused(event: FocusEvent): void {
    chain = [];
    for (let one = event.target as HTMLElement | null; one && one !== area.parentElement; one = one.parentElement) chain.push(one);
  }

  const changes = new MutationObserver(() => {
    if (!chain[0] || chain[0].isConnected || document.activeElement !== document.body) return;
    const rest = chain.find((one) => one.isConnected && one.matches(RESTS));
    const heading = rest?.querySelector<HTMLElement>(':is(h1, h2)[tabindex]') ?? rest;
    if (!heading) return;
    heading.tabIndex = -1;
    heading.focus({ preventScroll: true });
  });

  area.addEventListener('focusin', focused);
  changes.observe(area, { subtree: true, childList: true });
  return {
    destroy() {
      area.removeEventListener('focusin', focused);
      changes.disconnect();
    },
  };
}
