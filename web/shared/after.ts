/** A signal that ends what it is given to after so many milliseconds: `AbortSignal.timeout`, which Safari 15 lacks. */
export function after(ms: number): AbortSignal {
  const controller = new AbortController();
  setTimeout(() => controller.abort(new DOMException('too late', 'TimeoutError')), ms);
  return controller.signal;
}
