/**
 * Work that is done at once as far as nothing has to be awaited: a turn of the
 * event loop between two effects of one event costs more than most of them.
 */

/** The work: yields every promise that it waits for, and is given what it resolves to. */
export type Work<T> = Generator<Promise<unknown>, T, unknown>;

/** Waits inside of work. */
export function* wait<T>(promise: Promise<T>): Work<T> {
  // `inOneGo` gives back what this very promise has resolved to.
  return (yield promise) as T;
}

/** Does the work; a promise of the result only where something was awaited. */
export function inOneGo<T>(work: Work<T>): T | Promise<T> {
  const first = work.next();
  return first.done ? first.value : go(work, first.value);
}

async function go<T>(work: Work<T>, awaited: Promise<unknown>): Promise<T> {
  for (let next = awaited;;) {
    const result = await next.then(
      (value) => work.next(value),
      (error) => work.throw(error),
    );
    if (result.done) return result.value;
    next = result.value;
  }
}
