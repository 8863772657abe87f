/** Moments that something else waits for. */

/** Something that happens once. */
export class Moment {
  /** It happened. */
  come: () => void = () => undefined;
  readonly #passed = new Promise<void>((resolve) => (this.come = resolve));

  /** Waits for it, for so many milliseconds at most. */
  async within(ms: number): Promise<void> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const enough = new Promise<void>((resolve) => (timer = setTimeout(resolve, ms)));
    await Promise.race([this.#passed, enough]);
    clearTimeout(timer);
  }
}
