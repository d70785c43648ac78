/** A part that fails or takes too long: what it has is kept, and why it is incomplete is noted. */
import { deepEqual, equal } from "node:assert/strict";
import { createRedaction } from "../../src/core/notation/redaction.ts";
import { collected } from "../../src/diagnose/collector.ts";
import { Contents } from "../../src/diagnose/contents.ts";

const NOTHING = createRedaction();
const files = {};

Deno.test("a part that is complete notes nothing", async () => {
  const contents = new Contents();
  const collect = () => contents.append("a", "text");
  equal(
    await collected({ what: "x", files, collect }, contents, 1_000),
    undefined,
  );
  deepEqual(contents.entries(NOTHING), [{ name: "a", text: "text" }]);
});

Deno.test("what a part had before it failed or was too late is kept", async () => {
  const contents = new Contents();
  const failing = () => {
    contents.append("a", "begun");
    throw new Error("no\nmore");
  };
  const endless = () => {
    contents.append("b", "begun");
    return new Promise<void>(() => {});
  };
  const part = { files, what: "part" };
  equal(
    await collected({ ...part, collect: failing }, contents, 1_000),
    "no\\nmore",
  );
  equal(
    await collected({ ...part, collect: endless }, contents, 20),
    "not complete after 20ms",
  );
  deepEqual(contents.entries(NOTHING), [
    { name: "a", text: "begun" },
    { name: "b", text: "begun" },
    {
      name: "errors.txt",
      text: "part: no\\nmore\npart: not complete after 20ms\n",
    },
  ]);
});
