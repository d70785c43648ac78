/** Names whose lookup never ends: what asks for them ends in its own time. */
import assert from "node:assert/strict";
import { withMounts } from "../../e2e/namespaces.ts";
import { scaled } from "../../fixtures/limits.ts";
import { alone, run, tempDirectory } from "../temp.ts";

/** Whoever looks up a name reads this list first, and opens a FIFO that nobody writes to. */
const WORLD = withMounts('mount --bind "$HOSTS" /etc/hosts');

Deno.test({
  name: "a name whose lookup hangs is no answer in time, and holds up no start",
  ignore: WORLD.missing !== undefined,
  fn: async () => {
    await using directory = await tempDirectory();
    const hosts = `${directory.path}/hosts`;
    await run("mkfifo", hosts);
    const through = ["env", `HOSTS=${hosts}`, ...WORLD.through];
    const told = await alone("hanging_lookup.ts", { through });
    const { answer, prior, tookMs } = JSON.parse(told);
    assert.equal(answer, "no answer within 150ms");
    assert.equal(prior, "ended");
    // A second for the lookup and the question together.
    assert.ok(tookMs < scaled(1_600), `${tookMs} ms`);
  },
});
