/**
 * Functions that return their value at once if they need not wait, and a
 * promise otherwise. Always returning a promise would cost a turn of the event
 * loop between two effects of one event, which takes longer than most effects.
 */

/**
 * The body of such a function. It yields every promise that it waits for, and
 * gets back the value to which that promise resolves.
 */
export type MaybeAsync<T> = Generator<Promise<unknown>, T, unknown>;

/** Waits for a promise inside such a body. */
export function* awaiting<T>(promise: Promise<T>): MaybeAsync<T> {
  // `runMaybeAsync` gives back the value to which this promise has resolved.
  return (yield promise) as T;
}

/** Runs the body to its end; returns a promise if the body has to wait. */
export function runMaybeAsync<T>(work: MaybeAsync<T>): T | Promise<T> {
  const first = work.next();
  return first.done ? first.value : go(work, first.value);
}

/**
 * Runs the same work, but gives it up when a wait ends after the signal was
 * aborted: then `error` is thrown, and the body ends as by a `return` at that
 * place. The body's clean-up must not wait.
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
