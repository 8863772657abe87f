/** The phone goes from one network to another. */

/** The Network Information API, where the browser has it. */
interface NetworkInformation extends EventTarget {
  /** `wifi`, `cellular`, …; browsers on desks do not say. */
  readonly type?: string;
}

function information(): NetworkInformation | undefined {
  return (navigator as Navigator & { connection?: NetworkInformation }).connection;
}

/** Tells of another network, and of none, until it is ended. */
export class NetworkChange {
  readonly #changed: () => void;
  readonly #gone: () => void;
  #type = information()?.type;

  constructor(changed: () => void, gone: () => void) {
    this.#changed = changed;
    this.#gone = gone;
    window.addEventListener('online', changed);
    window.addEventListener('offline', gone);
    information()?.addEventListener('change', this.#look);
  }

  // The event also tells of a new guess of how fast the same network is, every now and then.
  readonly #look = (): void => {
    const type = information()?.type;
    const other = type !== this.#type;
    this.#type = type;
    if (other && type !== 'none') this.#changed();
  };

  end(): void {
    window.removeEventListener('online', this.#changed);
    window.removeEventListener('offline', this.#gone);
    information()?.removeEventListener('change', this.#look);
  }
}
