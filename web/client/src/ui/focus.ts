/** Moves the focus to a step's heading when the step appears, so that it is read first. */
export function announce(heading: HTMLElement): void {
  heading.tabIndex = -1;
  heading.focus({ preventScroll: true });
  window.scrollTo(0, 0);
}
