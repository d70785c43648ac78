/**
 * What a good change costs a fleet in time, and its store in requests: played with
 * the real seekers, or with a model of them where they are too many for that.
 * Nothing goes wrong.
 */
import { askPauseMs } from "../../src/fleet/seeker/pace.ts";
import { Random } from "../simulation/random.ts";
import { Story } from "./seeker_story.ts";
import { HOLD_MS, RENEW_EVERY_MS } from "./slot_server.ts";

export interface CostCase {
  readonly replicas: number;
  readonly limit: number;
  /** In which the change reaches all replicas, at a moment of its own each. */
  readonly spreadMs: number;
  readonly reloadMs: number;
  readonly soakMs: number;
  /** For how long a manager of proven content keeps its slot once its child is ready. */
  readonly settleMs: number;
  readonly seed: number;
}

export interface Cost {
  /** From the first replica that finds the change to the last one that has reloaded. */
  readonly convergedMs: number;
  readonly requests: number;
  /** In the busiest second. */
  readonly peakPerSecond: number;
}

/** As the network of a `Story` has it. */
const CALL_MS = 20;

/** Counts requests in each second. */
class Meter {
  #counts = new Float64Array(1_024);
  requests = 0;

  add(atMs: number, requests = 1): void {
    const second = Math.floor(atMs / 1_000);
    if (second >= this.#counts.length) {
      const more = new Float64Array(2 * second);
      more.set(this.#counts);
      this.#counts = more;
    }
    this.#counts[second] += requests;
    this.requests += requests;
  }

  get peak(): number {
    return this.#counts.reduce((peak, count) => Math.max(peak, count), 0);
  }
}

/** By the real seekers. */
export async function playedCost(
  { replicas, limit, spreadMs, reloadMs, soakMs, settleMs, seed }: CostCase,
): Promise<Cost> {
  const random = new Random(seed);
  const story = new Story({ limit, soakMs });
  const { agenda } = story;
  const meter = new Meter();
  let left = replicas;
  let convergedMs = 0;
  for (let n = 0; n < replicas; n++) {
    const manager = story.manager(`web-${n}`, () => random.next());
    const { seeker } = manager;
    manager.onRequest = (at) => meter.add(at);
    manager.onAnswer = (answer) => {
      if (answer.kind !== "slotTaken") return;
      agenda.after(reloadMs + (answer.isTrial ? soakMs : settleMs), () => {
        if (answer.isTrial) seeker.report(1, { kind: "proven" });
        seeker.release(1);
        left--;
        convergedMs = agenda.now;
      });
    };
    agenda.after(random.next() * spreadMs, () => {
      seeker.take({ ticket: 1, content: "new", isForced: false });
    });
  }
  while (left > 0) await story.pass(10_000);
  // What was given back last.
  await story.pass(HOLD_MS);
  return {
    convergedMs,
    requests: meter.requests,
    peakPerSecond: meter.peak,
  };
}

/** What happens to a replica next. */
const enum Next {
  Ask,
  Write,
  GiveBack,
}

/** By a model: replicas ask, take a free slot unless another one is faster, and give it back. */
export function modelledCost(
  { replicas, limit, spreadMs, reloadMs, soakMs, settleMs, seed }: CostCase,
): Cost {
  const random = new Random(seed);
  const meter = new Meter();
  const queue = new Queue(replicas);
  const since = new Float64Array(replicas);
  const slotOf = new Int32Array(replicas);
  /** Whether each slot is held; of those that are free, the indexes. */
  const isHeld = new Uint8Array(limit);
  const free = Array.from({ length: limit }, (_, index) => index);
  let isProven = false;
  let left = replicas;
  let convergedMs = 0;
  for (let id = 0; id < replicas; id++) {
    since[id] = random.next() * spreadMs;
    queue.push(since[id], id, Next.Ask);
  }
  const ask = (at: number, id: number) => {
    meter.add(at);
    const isFree = isProven ? free.length > 0 : isHeld[0] === 0;
    if (!isFree) {
      const waitedMs = at - since[id];
      return queue.push(at + askPauseMs(waitedMs, random.next()), id, Next.Ask);
    }
    slotOf[id] = isProven ? free[random.int(0, free.length - 1)] : 0;
    queue.push(at + CALL_MS, id, Next.Write);
  };
  const write = (at: number, id: number) => {
    meter.add(at);
    const slot = slotOf[id];
    if (isHeld[slot] === 1) {
      return queue.push(at + askPauseMs(0, random.next()), id, Next.Ask);
    }
    isHeld[slot] = 1;
    free.splice(free.indexOf(slot), 1);
    const heldMs = reloadMs + (isProven ? settleMs : soakMs) + CALL_MS;
    for (let ms = RENEW_EVERY_MS; ms < heldMs; ms += RENEW_EVERY_MS) {
      meter.add(at + ms);
    }
    queue.push(at + heldMs, id, Next.GiveBack);
  };
  const giveBack = (at: number, id: number) => {
    // A reading and a write.
    meter.add(at, 2);
    isHeld[slotOf[id]] = 0;
    free.push(slotOf[id]);
    isProven = true;
    left--;
    convergedMs = at;
  };
  while (left > 0) {
    const { at, id, next } = queue.pop();
    if (next === Next.Ask) ask(at, id);
    else if (next === Next.Write) write(at, id);
    else giveBack(at, id);
  }
  return {
    convergedMs,
    requests: meter.requests,
    peakPerSecond: meter.peak,
  };
}

/** What is due, in order of time; each replica has one thing at most. */
class Queue {
  readonly #at: Float64Array;
  readonly #what: Int32Array;
  #size = 0;

  constructor(max: number) {
    this.#at = new Float64Array(max + 1);
    this.#what = new Int32Array(max + 1);
  }

  push(at: number, id: number, next: Next): void {
    let index = this.#size++;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (this.#at[parent] <= at) break;
      this.#at[index] = this.#at[parent];
      this.#what[index] = this.#what[parent];
      index = parent;
    }
    this.#at[index] = at;
    this.#what[index] = id * 4 + next;
  }

  pop(): { readonly at: number; readonly id: number; readonly next: Next } {
    const at = this.#at[0];
    const what = this.#what[0];
    const size = --this.#size;
    const lastAt = this.#at[size];
    const lastWhat = this.#what[size];
    let index = 0;
    for (;;) {
      let child = 2 * index + 1;
      if (child >= size) break;
      if (child + 1 < size && this.#at[child + 1] < this.#at[child]) child++;
      if (this.#at[child] >= lastAt) break;
      this.#at[index] = this.#at[child];
      this.#what[index] = this.#what[child];
      index = child;
    }
    this.#at[index] = lastAt;
    this.#what[index] = lastWhat;
    return { at, id: what >> 2, next: what & 3 };
  }
}
