/**
 * Functions that return a value at once where nothing has to be awaited, and a
 * promise of it otherwise: a turn of the event loop between two effects of one
 * event takes longer than most effects.
 */

/** The body of such a function: yields every promise that it waits for, and is given what it resolves to. */
export type MaybeAsync<T> = Generator<Promise<unknown>, T, unknown>;

/** Waits inside of such a body. */
export function* awaiting<T>(promise: Promise<T>): MaybeAsync<T> {
  // `runMaybeAsync` gives back what this very promise has resolved to.
  return (yield promise) as T;
}

/** Runs the body to its end, or to the first promise. */
export function runMaybeAsync<T>(work: MaybeAsync<T>): T | Promise<T> {
  const first = work.next();
  return first.done ? first.value : go(work, first.value);
}

/**
 * The same work, given up after the first wait that the signal comes before the end
 * of: then `error` is thrown, and the work is left as by a `return`. Its clean-up
 * must not wait.
 */
export function* unlessAborted<T>(
  work: MaybeAsync<T>,
  signal: AbortSignal,
  error: () => Error,
): MaybeAsync<T> {
  try {
    for (let next = work.next();;) {
      if (next.done) return next.value;
      let value: unknown;
      try {
        value = yield next.value;
      } catch (rejection) {
        next = work.throw(rejection);
        continue;
      }
      if (signal.aborted) throw error();
      next = work.next(value);
    }
  } finally {
    work.return(undefined as T);
  }
}

async function go<T>(
  work: MaybeAsync<T>,
  awaited: Promise<unknown>,
): Promise<T> {
  for (let next = awaited;;) {
    const result = await next.then(
      (value) => work.next(value),
      (error) => work.throw(error),
    );
    if (result.done) return result.value;
    next = result.value;
  }
}
