/** Virtual time: what happens next, and when. A binary heap; ties go in order of arrival. */

interface Entry {
  readonly at: number;
  readonly order: number;
  readonly act: () => void;
}

export class Agenda {
  readonly #heap: Entry[] = [];
  #order = 0;
  #now = 0;
  #leaptMs = 0;
  #stalledMs = 0;
  /** Since when the manager's clock stands still. */
  #frozenSince: number | undefined;
  /** What is due while it does: it is put off until the manager runs again. */
  #putOff: (() => void)[] = [];

  /** Milliseconds of virtual time. */
  get now(): number {
    return this.#now;
  }

  /** Does `act` after `delayMs`. */
  after(delayMs: number, act: () => void): void {
    this.#push({ at: this.#now + delayMs, order: this.#order++, act });
  }

  /** Does `act` at that time of the manager's clock. */
  atAwake(due: number, act: () => void): void {
    const attempt = () => {
      if (this.#frozenSince !== undefined) {
        this.#putOff.push(attempt);
        return;
      }
      const leftMs = due - this.awake;
      // Virtual time is not exact.
      if (leftMs > 0) this.after(Math.max(leftMs, 0.001), attempt);
      else act();
    };
    this.after(Math.max(0, due - this.awake), attempt);
  }

  /** The manager's clock: it stands still while the manager does not run. */
  get awake(): number {
    return this.#now - this.stalledMs;
  }

  /** For how long the manager's clock has stood still. */
  get stalledMs(): number {
    return this.#stalledMs + this.#now - (this.#frozenSince ?? this.#now);
  }

  /** The manager's clock stands still from now on. */
  freeze(): void {
    this.#frozenSince = this.#now;
  }

  /** It goes on. */
  thaw(): void {
    this.#stalledMs = this.stalledMs;
    this.#frozenSince = undefined;
    for (const attempt of this.#putOff.splice(0)) attempt();
  }

  /** By how much the clock has leapt. */
  get leaptMs(): number {
    return this.#leaptMs;
  }

  /** The clock leaps, as when a machine sleeps: what was due meanwhile is late. */
  leap(ms: number): void {
    this.#now += ms;
    this.#leaptMs += ms;
  }

  /** Does the next thing; false when there is none before `until`. */
  step(until: number): boolean {
    const next = this.#heap[0];
    if (next === undefined || next.at > until) return false;
    this.#pop();
    this.#now = Math.max(this.#now, next.at);
    next.act();
    return true;
  }

  #push(entry: Entry): void {
    const heap = this.#heap;
    let index = heap.push(entry) - 1;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (before(heap[parent], entry)) break;
      heap[index] = heap[parent];
      index = parent;
    }
    heap[index] = entry;
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return;
    let index = 0;
    for (;;) {
      let child = 2 * index + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && before(heap[child + 1], heap[child])) {
        child++;
      }
      if (before(last, heap[child])) break;
      heap[index] = heap[child];
      index = child;
    }
    heap[index] = last;
  }
}

const before = (a: Entry, b: Entry) =>
  a.at < b.at || (a.at === b.at && a.order < b.order);
