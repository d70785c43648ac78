/** What stands on a Lease: written, read back, and put there by somebody else. */
import assert from "node:assert/strict";
import fc from "fast-check";
import {
  annotated,
  holderAnnotations,
  holderContent,
  verdictAnnotations,
  verdictsIn,
} from "../../../src/fleet/leases/lease_annotations.ts";
import { NO_VERDICTS } from "../../../src/fleet/slots/slot_store.ts";
import { anyVerdicts } from "../any_verdicts.ts";
import { holder, nameOf } from "../views.ts";

const A = nameOf("a");

Deno.test("lease annotations: verdicts are read as they were written, and fit on an object of the API", () => {
  fc.assert(fc.property(anyVerdicts, (written) => {
    const annotations = annotated({}, verdictAnnotations(written));
    assert.deepEqual(verdictsIn(annotations), written);
    const bytes = new TextEncoder().encode(JSON.stringify(annotations)).length;
    assert.ok(bytes < 256 * 1024 / 4, `${bytes} bytes`);
  }));
});

Deno.test("lease annotations: what is no JSON, or too long to be verdicts, counts as absent", () => {
  const text = fc.oneof(fc.string(), fc.json());
  fc.assert(fc.property(text, (proven) => {
    const read = verdictsIn({ "flush-manager.dev/proven": proven });
    assert.deepEqual(read, NO_VERDICTS);
  }));
  const long = JSON.stringify(new Array(1_000).fill(A));
  assert.deepEqual(
    verdictsIn({ "flush-manager.dev/proven": long }),
    NO_VERDICTS,
  );
  assert.deepEqual(verdictsIn({}), NO_VERDICTS);
});

Deno.test("lease annotations: the content of a holder comes and goes with it, and others stay", () => {
  const theirs = { "example.org/owner": "team-a" };
  const content = A;
  const trial = annotated(
    theirs,
    holderAnnotations(holder("web-0", { content, isTrial: true })),
  );
  assert.deepEqual(holderContent(trial), { content, isTrial: true });
  const proven = annotated(
    trial,
    holderAnnotations(holder("web-1", { content })),
  );
  assert.deepEqual(holderContent(proven), { content, isTrial: false });
  assert.deepEqual(annotated(proven, holderAnnotations(undefined)), theirs);
  const none = { content: "", isTrial: false };
  assert.deepEqual(holderContent({}), none);
  assert.deepEqual(
    holderContent({ ...trial, "flush-manager.dev/content": "../x" }),
    none,
  );
});

Deno.test("lease annotations: the limit of a holder is read as it was written, and what is none is not told", () => {
  const content = A;
  const held = annotated(
    {},
    holderAnnotations(holder("web-0", { content, limit: 12 })),
  );
  assert.deepEqual(holderContent(held), { content, isTrial: false, limit: 12 });
  for (const limit of ["", "0", "-1", "1.5", "x", "Infinity", "1000001"]) {
    assert.deepEqual(
      holderContent({ ...held, "flush-manager.dev/limit": limit }),
      { content, isTrial: false },
      limit,
    );
  }
  assert.deepEqual(annotated(held, holderAnnotations(undefined)), {});
});
