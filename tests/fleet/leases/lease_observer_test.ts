/** When the holder of a Lease has vanished, by our own clock. */
import assert from "node:assert/strict";
import { LeaseObserver } from "../../../src/fleet/leases/lease_observer.ts";
import {
  heldBy,
  type Lease,
  leaseIn,
  newLease,
} from "../../../src/fleet/leases/lease_record.ts";
import { holder } from "../views.ts";

/** Renewed at this time of the holder's clock, with this version and annotation. */
function leaseAt(renewedAt: number, version = "1", other = ""): Lease {
  const parts = heldBy(newLease("web-0", {}), holder("web-0"), renewedAt);
  const metadata = {
    ...parts.metadata,
    resourceVersion: version,
    annotations: { other },
  };
  const lease = leaseIn({ ...parts, metadata });
  assert.ok(lease !== undefined);
  return lease;
}

const at = (now: number, sentAt = now) => ({ sentAt, now });

Deno.test("lease observer: a holder has vanished when nothing has changed for its duration", () => {
  const observer = new LeaseObserver();
  assert.equal(observer.isVanished(0, leaseAt(0), at(1_000)), false);
  assert.equal(observer.isVanished(0, leaseAt(0), at(15_999)), false);
  assert.equal(observer.isVanished(0, leaseAt(0), at(16_000)), true);
  assert.equal(observer.isVanished(0, leaseAt(5), at(16_001)), false);
  assert.equal(observer.isVanished(0, leaseAt(5), at(31_001)), true);
});

Deno.test("lease observer: a clock of the holder that is wrong, goes back or stands still for a moment changes nothing", () => {
  const observer = new LeaseObserver();
  const year = 365 * 86_400_000;
  const times = [30 * year, 20 * year, 30 * year, 10 * year];
  for (const [index, renewedAt] of times.entries()) {
    const now = index * 14_000;
    assert.equal(observer.isVanished(0, leaseAt(renewedAt), at(now)), false);
  }
});

Deno.test("lease observer: annotations and versions are no sign of life", () => {
  const observer = new LeaseObserver();
  observer.isVanished(0, leaseAt(0, "1"), at(0));
  assert.equal(observer.isVanished(0, leaseAt(0, "2", "x"), at(15_000)), true);
});

Deno.test("lease observer: a slow answer does not make a time longer", () => {
  const observer = new LeaseObserver();
  observer.isVanished(0, leaseAt(0), { sentAt: 0, now: 4_000 });
  const late = { sentAt: 18_999, now: 22_000 };
  assert.equal(observer.isVanished(0, leaseAt(0), late), false);
  const later = { sentAt: 19_000, now: 19_000 };
  assert.equal(observer.isVanished(0, leaseAt(0), later), true);
});

Deno.test("lease observer: slots are apart, and one that was removed begins anew", () => {
  const observer = new LeaseObserver();
  observer.isVanished(0, leaseAt(0), at(0));
  assert.equal(observer.isVanished(1, leaseAt(0), at(15_000)), false);
  observer.isVanished(0, undefined, at(15_000));
  assert.equal(observer.isVanished(0, leaseAt(0), at(15_000)), false);
});
