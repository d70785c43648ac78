/** What a child is told of its start. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import {
  type PathPrint,
  provisionalIdentity,
} from "../../../src/core/vocabulary/fingerprint.ts";
import { childEnvironment } from "../../../src/host/environment/child_env.ts";
import { fingerprintOf } from "../../../src/host/fingerprint/fingerprinter.ts";

// The digests come from a look, as they do in a manager.
await fingerprintOf(["/nothing"], "metadata");

const file = (identity: string): PathPrint => ({
  kind: "file",
  identity,
  metadata: "",
  dev: 1,
  ino: 1,
  size: 1,
  mtimeMs: 0,
});
const GONE: PathPrint = { kind: "fault", fault: "missing", detail: "" };

Deno.test("a first start has no predecessor", () => {
  assert.deepEqual(
    childEnvironment({
      reason: "start",
      reloads: 0,
      baseline: [file("aa")],
      previous: undefined,
    }, { compare: "content", watched: ["/a"] }),
    {
      FLUSH_MANAGER_REASON: "start",
      FLUSH_MANAGER_RELOAD_COUNT: "0",
      FLUSH_MANAGER_CHANGED: "",
      FLUSH_MANAGER_CONFIG_SHA256: "aa",
    },
  );
});

Deno.test("a reload knows what it was and what it is; several paths are one digest", () => {
  const env = childEnvironment({
    reason: "config",
    reloads: 3,
    baseline: [file("aa"), GONE],
    previous: [file("bb"), GONE],
  }, { compare: "content", watched: ["/a", "/b"] });
  const both = createHash("sha256").update("aa\n").digest("hex");
  assert.equal(env.FLUSH_MANAGER_REASON, "config");
  assert.equal(env.FLUSH_MANAGER_RELOAD_COUNT, "3");
  assert.equal(env.FLUSH_MANAGER_CONFIG_SHA256, both);
  assert.equal(
    env.FLUSH_MANAGER_PREVIOUS_SHA256,
    createHash("sha256").update("bb\n").digest("hex"),
  );
  assert.equal(env.FLUSH_MANAGER_CHANGED, "/a");
});

Deno.test("no digest is better than one of something else", () => {
  const occasion = {
    reason: "start",
    reloads: 0,
    previous: undefined,
  } as const;
  for (
    const [baseline, compare] of [
      [[], "content"],
      [[GONE], "content"],
      [[file(provisionalIdentity("x"))], "content"],
      [[file("1:2:3")], "metadata"],
    ] as const
  ) {
    const env = childEnvironment({ ...occasion, baseline }, {
      compare,
      watched: baseline.map(() => "/a"),
    });
    assert.equal("FLUSH_MANAGER_CONFIG_SHA256" in env, false);
  }
});
