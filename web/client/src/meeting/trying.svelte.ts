/** A thing the hub is asked to do: one at a time, and told when it did not work. */

export interface Attempt {
  readonly busy: boolean;
  /** True when it worked. */
  run: (act: () => Promise<unknown>) => Promise<boolean>;
}

export function trying(failed: (error: unknown) => void): Attempt {
  let busy = $state(false);
  return {
    get busy() {
      return busy;
    },
    async run(act) {
      if (busy) return false;
      busy = true;
      try {
        await act();
        return true;
      } catch (error) {
        failed(error);
        return false;
      } finally {
        busy = false;
      }
    },
  };
}
