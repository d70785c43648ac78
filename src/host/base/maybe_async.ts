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

/** Runs a body to its end that waits only to let others have their turn: they have none. */
export function runAtOnce<T>(work: MaybeAsync<T>): T {
  for (;;) {
    const result = work.next();
    if (result.done) return result.value;
  }
}
