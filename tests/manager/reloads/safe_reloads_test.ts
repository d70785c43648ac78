/** What the event loop is told of an action on saved content. */
import "../../host/loaded_libc.ts";
import assert from "node:assert/strict";
import { parseInvocation } from "../../../src/cli/command_line.ts";
import type { EventOf } from "../../../src/core/vocabulary/event.ts";
import { Processes } from "../../../src/host/process/processes.ts";
import { untraced } from "../../../src/manager/reloads/reload_system.ts";
import { openSafeReloads } from "../../../src/manager/reloads/safe_reloads.ts";
import { fingerprintOf } from "../../../src/host/fingerprint/fingerprinter.ts";
import { Snapshots } from "../../../src/host/snapshot/snapshots.ts";
import { tempDirectory } from "../../host/temp.ts";
import { serve } from "../../fixtures/server.ts";

type Kind = EventOf<"acted">["outcome"]["kind"];

/** How the request ends that tells a child of saved content. The copy is removed before it, or before it is answered with a fault. */
async function requestWithout(
  lost: "before" | "meanwhile",
  isFirst = true,
): Promise<Kind> {
  await using temp = await tempDirectory();
  const [path, directory] = [`${temp.path}/app.conf`, `${temp.path}/copies`];
  Deno.writeTextFileSync(path, "A");
  const args = [`--config=${path}`, `--snapshot-dir=${directory}`];
  const invocation = parseInvocation(
    [...args, "--", "program"],
    () => undefined,
  );
  assert.ok(invocation.kind === "run");
  const acted = Promise.withResolvers<Kind>();
  const reloads = await openSafeReloads({
    settings: invocation.settings,
    configs: [{ path, named: true }],
    processes: new Processes(),
    log: () => {},
    tracing: untraced,
    dispatch: (happening) => {
      if (happening.kind === "acted") acted.resolve(happening.outcome.kind);
    },
  });
  const baseline = await fingerprintOf([path], "content");
  const snapshots = new Snapshots({ directory, paths: [path] });
  assert.equal((await snapshots.save(baseline)).kind, "saved");
  const lose = () => snapshots.prune([]);
  await using server = serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    async () => {
      await lose();
      return new Response(null, { status: 500 });
    },
  );
  if (lost === "before") await lose();
  const url = `http://127.0.0.1:${server.addr.port}/`;
  const action = { kind: "http", method: "POST", url } as const;
  reloads.act(1, 1, action, {
    reason: "config",
    reloads: 1,
    baseline,
    previous: undefined,
    saved: true,
    beside: false,
  }, isFirst);
  const kind = await acted.promise;
  await reloads.close();
  return kind;
}

Deno.test("a request that was made leaves the content in doubt, also where the next one cannot be made", async () => {
  assert.equal(await requestWithout("meanwhile"), "failed");
});

Deno.test("where no request could be made, the child has what it had", async () => {
  assert.equal(await requestWithout("before"), "unswitched");
});

Deno.test("where an earlier action has told the child of the content, that leaves the content in doubt too", async () => {
  assert.equal(await requestWithout("before", false), "failed");
});
