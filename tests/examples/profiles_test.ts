/** Profiles of the examples: one at a time. */
import { deepEqual, equal, match } from "node:assert/strict";
import { profiles } from "../../examples/profiles.ts";

Deno.test("profiles: a second one at the same time is refused, and another one after it is made", async () => {
  const { routes } = profiles();
  const ask = async (seconds: number) => {
    const response = await routes.request(
      `/debug/pprof/profile?seconds=${seconds}`,
    );
    return { status: response.status, text: await response.text() };
  };
  const first = ask(0.2);
  deepEqual(await ask(0.01), {
    status: 429,
    text: "a profile is being made; ask again when it has ended\n",
  });
  equal((await first).status, 200);
  const next = await ask(0.01);
  equal(next.status, 200);
  match(next.text, /"nodes":/);
});
