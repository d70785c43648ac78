/** Managers of one fleet that share Leases of an API server: never more than so many reload. */
import assert from "node:assert/strict";
import type { SlotAnswer } from "../../src/core/vocabulary/event.ts";
import { LeaseStore } from "../../src/fleet/leases/lease_store.ts";
import type { SeekerSystem } from "../../src/fleet/seeker/seeker_system.ts";
import { SlotSeeker } from "../../src/fleet/seeker/slot_seeker.ts";
import { ApiClient } from "../../src/kubernetes/api/api_client.ts";
import { ServiceAccount } from "../../src/kubernetes/api/service_account.ts";
import { FakeKubernetes } from "../fixtures/fake_kubernetes.ts";
import { refusal } from "../fixtures/fake_kubernetes_objects.ts";
import { HANG_MS } from "../fixtures/limits.ts";
import { until } from "../host/temp.ts";
import "../host/loaded_libc.ts";
import { RULES } from "./seeker_story.ts";

/** How much faster than ours the clock of the fleet is. */
const SPEED = 20;
const now = () => performance.now() * SPEED;

const SYSTEM: SeekerSystem = {
  now,
  wallNow: Date.now,
  after: (ms, act) => {
    const timer = setTimeout(act, Math.max(0, ms / SPEED));
    return () => clearTimeout(timer);
  },
  // A machine that is slow does not answer faster.
  limit: (_ms, act) => {
    const timer = setTimeout(act, HANG_MS);
    return () => clearTimeout(timer);
  },
  chance: Math.random,
};

const CONTENT = "a".repeat(64);

class Managers implements AsyncDisposable {
  readonly api = new FakeKubernetes();
  /** Of those that reload now. */
  readonly reloading = new Set<string>();
  /** The most that ever did. */
  most = 0;
  readonly #limit: number;
  readonly #seekers: SlotSeeker[] = [];

  constructor(limit: number) {
    this.#limit = limit;
  }

  add(name: string, answer: (answer: SlotAnswer) => void): SlotSeeker {
    const rules = { ...RULES, limit: this.#limit };
    const store = new LeaseStore({
      client: new ApiClient({
        address: this.api.address,
        account: new ServiceAccount(this.api.directory),
        timeoutMs: HANG_MS,
      }),
      namespace: "web",
      group: "web",
      limit: this.#limit,
      identity: { name, uid: name },
      now,
    });
    const seeker = new SlotSeeker({ rules, store, system: SYSTEM, answer });
    this.#seekers.push(seeker);
    return seeker;
  }

  begin(name: string): void {
    this.reloading.add(name);
    this.most = Math.max(this.most, this.reloading.size);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#seekers.map((seeker) => seeker.close()));
    await this.api[Symbol.asyncDispose]();
  }
}

/** Reloads so many times, each time until the event loop has turned a few times. */
function reloads(managers: Managers, name: string, count: number) {
  const { promise, resolve } = Promise.withResolvers<void>();
  let ticket = 0;
  let trials = 0;
  const next = () => {
    if (ticket === count) return resolve();
    seeker.take({ ticket: ++ticket, content: CONTENT, isForced: false });
  };
  const seeker = managers.add(name, (answer) => {
    if (answer.kind !== "slotTaken") return;
    managers.begin(name);
    if (answer.isTrial) trials++;
    setTimeout(() => {
      managers.reloading.delete(name);
      seeker.report(answer.ticket, { kind: "proven" });
      seeker.release(answer.ticket);
      next();
    }, 5);
  });
  next();
  return { done: promise, trials: () => trials };
}

Deno.test("lease fleet: no more managers than the limit hold a slot at once, and one tries what nobody has proven", async () => {
  for (const limit of [1, 2]) {
    await using managers = new Managers(limit);
    const all = ["a", "b", "c"].map((name) => reloads(managers, name, 4));
    await Promise.all(all.map(({ done }) => done));
    assert.ok(managers.most <= limit, `${managers.most} of ${limit}`);
    const trials = all.reduce((sum, one) => sum + one.trials(), 0);
    assert.equal(trials, 1);
  }
});

Deno.test("lease fleet: a manager that is cut off knows that it has lost its slot before another one has it", async () => {
  await using managers = new Managers(1);
  const { api } = managers;
  const told: string[] = [];
  const answer = (name: string) => ({ kind }: SlotAnswer) => {
    if (kind === "slotTaken" || kind === "slotLost") {
      told.push(`${name} ${kind}`);
    }
  };
  const request = { ticket: 1, content: CONTENT, isForced: true };
  managers.add("a", answer("a")).take(request);
  await until("a has the slot", () => told.length === 1);
  const connection = api.requests[0].connection;
  api.answer = (seen) =>
    seen.connection === connection ? refusal(503, "", "cut off") : undefined;
  managers.add("b", answer("b")).take(request);
  await until("b has the slot", () => told.includes("b slotTaken"));
  assert.deepEqual(told, ["a slotTaken", "a slotLost", "b slotTaken"]);
  api.answer = () => undefined;
});
