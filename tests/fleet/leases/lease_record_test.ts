/** The fields of a Lease as client-go's leader election has them. */
import assert from "node:assert/strict";
import {
  durationMs,
  heldBy,
  holderOf,
  type Lease,
  leaseIn,
  newLease,
  renewed,
  withVerdicts,
} from "../../../src/fleet/leases/lease_record.ts";
import { NO_VERDICTS } from "../../../src/fleet/slots/slot_store.ts";
import { holder } from "../views.ts";

const A = "a".repeat(64);
const AT = Date.UTC(2026, 10, 29, 8);
const WEB0 = holder("web-0", { uid: "u0.1", content: A, isTrial: true });
const WEB1 = holder("web-1", { uid: "u1.1", content: A });

/** As the API server answers it. */
function stored(parts: ReturnType<typeof newLease>): Lease {
  const metadata = { ...parts.metadata, resourceVersion: "1" };
  const lease = leaseIn(JSON.parse(JSON.stringify({ ...parts, metadata })));
  assert.ok(lease !== undefined);
  return lease;
}

const created = () =>
  stored(heldBy(newLease("web-0", { group: "web" }), WEB0, AT));

Deno.test("lease record: who makes the Lease, takes it, renews it and gives it back", () => {
  const first = created();
  assert.deepEqual(first.spec, {
    holderIdentity: "web-0_u0.1",
    leaseDurationSeconds: 15,
    acquireTime: "2026-11-29T08:00:00.000000Z",
    renewTime: "2026-11-29T08:00:00.000000Z",
    leaseTransitions: 0,
  });
  const again = stored(renewed(first, AT + 5_000));
  assert.deepEqual(again.spec, {
    ...first.spec,
    renewTime: "2026-11-29T08:00:05.000000Z",
  });
  // To take what is ours is to renew it.
  const retaken = stored(heldBy(again, WEB0, AT + 5_001));
  assert.deepEqual(
    [retaken.spec.acquireTime, retaken.spec.leaseTransitions],
    [first.spec.acquireTime, 0],
  );
  const taken = stored(heldBy(again, WEB1, AT + 60_123));
  assert.deepEqual(taken.spec, {
    holderIdentity: "web-1_u1.1",
    leaseDurationSeconds: 15,
    acquireTime: "2026-11-29T08:01:00.123000Z",
    renewTime: "2026-11-29T08:01:00.123000Z",
    leaseTransitions: 1,
  });
  const free = stored(heldBy(taken, undefined, AT + 61_000));
  assert.deepEqual(free.spec, {
    holderIdentity: "",
    leaseDurationSeconds: 1,
    acquireTime: "2026-11-29T08:01:01.000000Z",
    renewTime: "2026-11-29T08:01:01.000000Z",
    leaseTransitions: 1,
  });
  assert.equal(holderOf(free), undefined);
  assert.equal(stored(heldBy(free, WEB0, AT)).spec.leaseTransitions, 2);
});

Deno.test("lease record: the holder is read as it was written, and a stranger is one too", () => {
  assert.deepEqual(holderOf(created()), WEB0);
  const strange = (holderIdentity: unknown) => {
    const lease = created();
    return holderOf({ ...lease, spec: { holderIdentity } });
  };
  assert.deepEqual(strange("my-elector"), {
    ...WEB0,
    name: "my-elector",
    uid: "my-elector",
  });
  assert.equal(strange("a\n_b")?.name, "a\\n");
  assert.equal(strange("_")?.name, "_");
  assert.equal(strange(`${"x".repeat(999)}_b`)?.name.length, 253);
  for (const none of ["", undefined, 7, null]) {
    assert.equal(strange(none), undefined);
  }
});

Deno.test("lease record: what others have written on it stays, but not what the server keeps for itself", () => {
  const lease = leaseIn({
    metadata: {
      name: "web-0",
      resourceVersion: "7",
      labels: { a: "b" },
      annotations: { "example.org/x": "y" },
      finalizers: ["z"],
      managedFields: [{ manager: "kubectl" }],
    },
    spec: { strategy: "OldestEmulationVersion" },
  });
  assert.ok(lease !== undefined);
  const { metadata, spec } = withVerdicts(heldBy(lease, WEB0, AT), NO_VERDICTS);
  assert.equal(metadata.resourceVersion, "7");
  assert.deepEqual(metadata.finalizers, ["z"]);
  assert.equal(metadata.annotations?.["example.org/x"], "y");
  assert.equal(spec.strategy, "OldestEmulationVersion");
  assert.equal(metadata.managedFields, undefined);
});

Deno.test("lease record: what is no Lease, and durations that nobody may ask for", () => {
  for (
    const none of [null, 7, {}, { metadata: { name: "a" } }, { items: [] }]
  ) {
    assert.equal(leaseIn(none), undefined);
  }
  const lasting = (leaseDurationSeconds: unknown) =>
    durationMs({ ...created(), spec: { leaseDurationSeconds } });
  assert.equal(lasting(40), 40_000);
  for (const none of [undefined, 0, -1, "9", NaN]) {
    assert.equal(lasting(none), 15_000);
  }
  assert.equal(lasting(1e9), 600_000);
});
