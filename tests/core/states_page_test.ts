/** docs/states.md is what the core does now. */
import assert from "node:assert/strict";
import { statesPage } from "../../scripts/states_page.ts";

Deno.test("docs/states.md is current: scripts/dev states writes it", async () => {
  const page = new URL("../../docs/states.md", import.meta.url);
  assert.equal(await Deno.readTextFile(page), statesPage());
});
