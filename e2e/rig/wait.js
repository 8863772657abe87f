// Waiting for something to become true, with a limit and a reason.

/** @param {number} ms */
export const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms))

/**
 * Asks `probe` again and again until it answers something truthy, and returns that.
 *
 * @template T
 * @param {string} what the sentence that a failure begins with: "waited for …"
 * @param {() => Promise<T> | T} probe
 * @param {{ ms?: number, every?: number }} [options] limit and distance in milliseconds
 * @returns {Promise<NonNullable<T>>}
 */
export async function until(what, probe, { ms = 20_000, every = 100 } = {}) {
  const deadline = Date.now() + ms
  let last
  for (;;) {
    last = await probe()
    if (last) return last
    if (Date.now() > deadline) throw new Error(`waited ${ms / 1000} s for ${what}`)
    await sleep(every)
  }
}

/**
 * Tries again and again until `attempt` does not throw; what it threw last is thrown at the end.
 *
 * @template T
 * @param {() => Promise<T>} attempt
 * @param {number} [ms]
 * @returns {Promise<T>}
 */
export async function eventually(attempt, ms = 60_000) {
  const deadline = Date.now() + ms
  for (;;) {
    try {
      return await attempt()
    } catch (error) {
      if (Date.now() > deadline) throw error
    }
    await sleep(100)
  }
}
