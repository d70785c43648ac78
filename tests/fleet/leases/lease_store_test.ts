/** The slots of a fleet as Leases of an API server, over real TLS. */
import assert from "node:assert/strict";
import { LeaseStore } from "../../../src/fleet/leases/lease_store.ts";
import {
  type FleetView,
  NO_VERDICTS,
  StoreUnreachable,
} from "../../../src/fleet/slots/slot_store.ts";
import { ApiClient } from "../../../src/kubernetes/api/api_client.ts";
import { ServiceAccount } from "../../../src/kubernetes/api/service_account.ts";
import { FakeKubernetes } from "../../fixtures/fake_kubernetes.ts";
import { refusal } from "../../fixtures/fake_kubernetes_objects.ts";
import { HANG_MS } from "../../fixtures/limits.ts";
import "../../host/loaded_libc.ts";

const LEASES = "/apis/coordination.k8s.io/v1/namespaces/web/leases";
const A = "a".repeat(64);
const B = "b".repeat(64);
const AT = Date.UTC(2026, 10, 29, 8);

const forever = () => new AbortController().signal;

class Bench implements AsyncDisposable {
  readonly api = new FakeKubernetes();
  /** Of all stores, in milliseconds. */
  clock = 0;
  /** As the client does it when the connection ends before the answer to a write that was carried out. */
  sendsTwice = false;
  readonly #stores: LeaseStore[] = [];

  store(name: string, limit = 1, wallMs = AT): LeaseStore {
    const client = new ApiClient({
      address: this.api.address,
      account: new ServiceAccount(this.api.directory),
      timeoutMs: HANG_MS,
    });
    const store = new LeaseStore({
      client: {
        call: async (call, signal) => {
          if (this.sendsTwice) await client.call(call, signal);
          return await client.call(call, signal);
        },
        close: () => client.close(),
      },
      namespace: "web",
      group: "web",
      limit,
      identity: { name, uid: `uid-of-${name}` },
      now: () => this.clock,
      wallNow: () => wallMs + this.clock,
    });
    this.#stores.push(store);
    return store;
  }

  /** What is written of a slot. */
  lease(index = 0) {
    return this.api.objects.get(`${LEASES}/web-${index}`);
  }

  asked(): string[] {
    return this.api.requests.splice(0)
      .map(({ method, path, query }) =>
        `${method} ${path.slice(LEASES.length)}${
          query.has("resourceVersion") ? " at 0" : ""
        }`
      );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const store of this.#stores) store.close();
    await this.api[Symbol.asyncDispose]();
  }
}

const holding = ({ identity }: LeaseStore, content = A, isTrial = false) => ({
  ...identity,
  content,
  isTrial,
});

/** Takes a slot as it was read now, or as it was read then. */
async function take(
  store: LeaseStore,
  { index = 0, view, content }: {
    readonly index?: number;
    readonly view?: FleetView;
    readonly content?: string;
  } = {},
): Promise<boolean> {
  const holder = holding(store, content);
  const read = view ?? await store.read(forever());
  return store.change(read, { index, holder, verdicts: undefined }, forever());
}

async function giveBack(store: LeaseStore, index = 0): Promise<boolean> {
  const view = await store.read(forever());
  const change = { index, holder: undefined, verdicts: undefined };
  return await store.change(view, change, forever());
}

const holders = ({ slots }: FleetView) =>
  slots.map(({ holder, isAbandoned }) =>
    isAbandoned ? `${holder?.name ?? "nobody"} vanished` : holder?.name
  );

Deno.test("lease store: a slot is made when it is first taken, renewed, given back and taken by another one", async () => {
  await using bench = new Bench();
  const [one, other] = [bench.store("web-a"), bench.store("web-b")];
  assert.deepEqual(holders(await one.read(forever())), [undefined]);
  assert.equal(bench.lease(), undefined);
  assert.ok(await take(one));
  assert.equal(bench.lease().spec.holderIdentity, "web-a_uid-of-web-a");
  assert.deepEqual(bench.lease().metadata.labels, {
    "flush-manager.dev/fleet": "web",
  });
  bench.clock = 5_000;
  assert.ok(await one.renew(0, forever()));
  assert.equal(bench.lease().spec.renewTime, "2026-11-29T08:00:05.000000Z");
  assert.deepEqual(holders(await other.read(forever())), ["web-a"]);
  assert.ok(await giveBack(one));
  assert.equal(bench.lease().spec.holderIdentity, "");
  assert.ok(await take(other));
  assert.equal(bench.lease().spec.leaseTransitions, 1);
  assert.equal(await one.renew(0, forever()), false);
});

Deno.test("lease store: of two that have read the same, one gets the slot, whether there is a Lease or not", async () => {
  await using bench = new Bench();
  const [one, other] = [bench.store("web-a"), bench.store("web-b")];
  for (let round = 0; round < 2; round++) {
    const [own, theirs] = await Promise.all(
      [one, other].map((store) => store.read(forever())),
    );
    const taken = await Promise.all([
      take(one, { view: own }),
      take(other, { view: theirs }),
    ]);
    assert.deepEqual(taken.sort(), [false, true]);
    await giveBack(taken[0] ? one : other);
    for (const store of [one, other]) await giveBack(store);
  }
});

Deno.test("lease store: several slots, and who holds which", async () => {
  await using bench = new Bench();
  const [one, other] = [bench.store("web-a", 3), bench.store("web-b", 3)];
  assert.ok(await take(one, { index: 2 }));
  assert.ok(await take(other, { index: 0, content: B }));
  const view = await one.read(forever());
  assert.deepEqual(holders(view), ["web-b", undefined, "web-a"]);
  assert.equal(view.slots[0].holder?.content, B);
  // A fleet whose limit was lowered does not see the rest.
  assert.deepEqual(holders(await bench.store("web-c", 1).read(forever())), [
    "web-b",
  ]);
});

Deno.test("lease store: of several slots, a Lease of that name without the label is not ours", async () => {
  await using bench = new Bench();
  bench.api.objects.set(`${LEASES}/web-0`, {
    kind: "Lease",
    metadata: { labels: { "flush-manager.dev/fleet": "other" } },
    spec: { holderIdentity: "x_y" },
  });
  const store = bench.store("web-a", 2);
  assert.deepEqual(holders(await store.read(forever())), [
    undefined,
    undefined,
  ]);
  await assert.rejects(
    take(store),
    new StoreUnreachable(
      "Lease web-0 in namespace web has no label flush-manager.dev/fleet=web: give it that label, or delete it",
    ),
  );
  // The only slot is read by its name.
  assert.deepEqual(holders(await bench.store("web-b").read(forever())), ["x"]);
});

Deno.test("lease store: a holder that renews stays, and one that does not for 15 seconds of our clock has vanished", async () => {
  await using bench = new Bench();
  // An hour behind the other one.
  const [one, other] = [
    bench.store("web-a", 1, AT - 3_600_000),
    bench.store("web-b"),
  ];
  await take(one);
  const seen = async () => holders(await other.read(forever()))[0];
  assert.equal(await seen(), "web-a");
  for (let second = 5; second <= 30; second += 5) {
    bench.clock = second * 1_000;
    assert.ok(await one.renew(0, forever()));
    assert.equal(await seen(), "web-a");
  }
  bench.clock = 44_999;
  assert.equal(await seen(), "web-a");
  bench.clock = 45_000;
  assert.equal(await seen(), "web-a vanished");
  assert.ok(await take(other));
  assert.equal(await one.renew(0, forever()), false);
});

Deno.test("lease store: a slot that nobody has is free, however long", async () => {
  await using bench = new Bench();
  const store = bench.store("web-a");
  await take(store);
  await giveBack(store);
  for (const second of [0, 60]) {
    bench.clock = second * 1_000;
    assert.deepEqual(holders(await store.read(forever())), [undefined]);
  }
});

Deno.test("lease store: a holder that renews at the last moment keeps its slot from one that has seen it vanish", async () => {
  await using bench = new Bench();
  const [one, other] = [bench.store("web-a"), bench.store("web-b")];
  await take(one);
  await other.read(forever());
  bench.clock = 15_000;
  const view = await other.read(forever());
  assert.deepEqual(holders(view), ["web-a vanished"]);
  assert.ok(await one.renew(0, forever()));
  assert.equal(await take(other, { view }), false);
});

Deno.test("lease store: verdicts are written with the slot, or without a change of its holder", async () => {
  await using bench = new Bench();
  const [one, other] = [bench.store("web-a"), bench.store("web-b")];
  const view = await one.read(forever());
  const proven = { ...NO_VERDICTS, proven: [A] };
  const holder = holding(one, A, true);
  const taking = { index: 0, holder, verdicts: proven };
  assert.ok(await one.change(view, taking, forever()));
  const theirs = await other.read(forever());
  assert.deepEqual(theirs.verdicts, proven);
  assert.deepEqual(theirs.slots[0].holder, holder);
  const { spec } = bench.lease();
  const refused = [{
    content: B,
    by: "web-b",
    why: "rolled back",
    at: "2026-11-29T08:00:00.000Z",
  }];
  const both = { ...proven, refused, abandoned: { [A]: 1 } };
  bench.clock = 4_000;
  const telling = { index: 0, holder: theirs.slots[0].holder, verdicts: both };
  assert.ok(await other.change(theirs, telling, forever()));
  assert.deepEqual(bench.lease().spec, spec);
  // Its holder has not written since, and still has it.
  assert.ok(await one.renew(0, forever()));
  assert.deepEqual((await other.read(forever())).verdicts, both);
  const last = await one.read(forever());
  const ending = { index: 0, holder: undefined, verdicts: NO_VERDICTS };
  assert.ok(await one.change(last, ending, forever()));
  const end = await other.read(forever());
  assert.deepEqual([holders(end), end.verdicts], [[undefined], NO_VERDICTS]);
});

Deno.test("lease store: what somebody has put on a Lease does no harm, and is kept where it is not ours", async () => {
  await using bench = new Bench();
  bench.api.objects.set(`${LEASES}/web-0`, {
    kind: "Lease",
    metadata: {
      labels: { "flush-manager.dev/fleet": "web" },
      annotations: {
        "example.org/owner": "team-a",
        "flush-manager.dev/content": "\u001b[2J",
        "flush-manager.dev/trial": "true",
        "flush-manager.dev/proven": "{}",
        "flush-manager.dev/refused": "[{]",
        "flush-manager.dev/abandoned": "x".repeat(100_000),
      },
    },
    spec: { holderIdentity: "foreign", leaseDurationSeconds: 99_999_999 },
  });
  const store = bench.store("web-a");
  const view = await store.read(forever());
  assert.deepEqual(view.verdicts, NO_VERDICTS);
  assert.deepEqual(view.slots[0].holder, {
    name: "foreign",
    uid: "foreign",
    content: "",
    isTrial: false,
  });
  bench.clock = 600_000;
  assert.deepEqual(holders(await store.read(forever())), ["foreign vanished"]);
  assert.ok(await take(store));
  const { annotations } = bench.lease().metadata;
  assert.equal(annotations["example.org/owner"], "team-a");
  assert.equal(annotations["flush-manager.dev/content"], A);
});

Deno.test("lease store: who waits reads from the server's memory, and who has written what is newest", async () => {
  await using bench = new Bench();
  for (const [limit, read] of [[1, "GET /web-0"], [2, "GET "]] as const) {
    const store = bench.store("web-a", limit);
    await store.read(forever());
    await store.read(forever());
    assert.deepEqual(bench.asked(), [`${read} at 0`, `${read} at 0`]);
    await take(store);
    const make = limit === 1 ? "POST " : "PUT /web-0";
    assert.deepEqual(bench.asked(), [`${read} at 0`, make]);
    await store.read(forever());
    await store.renew(0, forever());
    await store.read(forever());
    assert.deepEqual(bench.asked(), [read, "PUT /web-0", read]);
    await giveBack(store);
    await store.read(forever());
    await store.read(forever());
    assert.deepEqual(bench.asked(), [
      read,
      "PUT /web-0",
      read,
      `${read} at 0`,
    ]);
  }
});

Deno.test("lease store: a write that the client has sent twice is not taken for that of somebody else", async () => {
  await using bench = new Bench();
  const store = bench.store("web-a");
  bench.sendsTwice = true;
  assert.ok(await take(store));
  assert.ok(await store.renew(0, forever()));
  const view = await store.read(forever());
  const proven = { ...NO_VERDICTS, proven: [A] };
  const change = { index: 0, holder: undefined, verdicts: proven };
  assert.ok(await store.change(view, change, forever()));
  assert.equal(bench.lease().spec.leaseTransitions, 0);
  assert.equal(
    bench.asked().filter((text) => text.startsWith("PUT")).length,
    4,
  );
});

Deno.test("lease store: a Lease that was deleted is ours no more, and is made again", async () => {
  await using bench = new Bench();
  const store = bench.store("web-a");
  await take(store);
  const view = await store.read(forever());
  bench.api.objects.delete(`${LEASES}/web-0`);
  assert.equal(await store.renew(0, forever()), false);
  assert.equal(await take(store, { view }), false);
  assert.ok(await take(store));
});

Deno.test("lease store: why the store cannot be used, and when to come back", async () => {
  await using bench = new Bench();
  const store = bench.store("web-a");
  const view = await store.read(forever());
  const told = async (call: Promise<unknown>) => {
    const error = await call.then(() => undefined, (error) => error);
    assert.ok(error instanceof StoreUnreachable, String(error));
    return [error.message.replace(/^.*:\d+:? /, ""), error.retryAfterMs];
  };
  bench.api.answer = () =>
    refusal(429, "TooManyRequests", "too many", { "retry-after": "9" });
  for (
    const call of [
      () => store.read(forever()),
      () => take(store, { view }),
      () => store.renew(0, forever()),
    ]
  ) assert.deepEqual(await told(call()), ["answered 429: too many", 9_000]);
  bench.api.answer = () => new Response(null, { status: 403 });
  assert.deepEqual(await told(take(store, { view })), [
    "answered 403: the Role needs create on leases.coordination.k8s.io in namespace web",
    undefined,
  ]);
  bench.api.answer = () => Response.json({ kind: "Lease" });
  assert.match(String((await told(take(store, { view })))[0]), /no Lease$/);
  await bench.api.stop();
  // The kernel resets what it had accepted before the end of the server.
  const [why, retryAfterMs] = await told(store.read(forever()));
  assert.match(String(why), /^connection re(fused|set)$/);
  assert.equal(retryAfterMs, undefined);
});

Deno.test("lease store: an abort ends a call with its reason", async () => {
  await using bench = new Bench();
  const store = bench.store("web-a");
  const reason = new StoreUnreachable("no answer within 4s");
  await assert.rejects(store.read(AbortSignal.abort(reason)), reason);
});
