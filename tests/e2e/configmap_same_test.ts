/**
 * What the kubelet writes to a volume without a change for the child
 * (conformance A3, A6).
 */
import { equal } from "node:assert/strict";
import { writeVolume } from "../fixtures/atomic_writer.ts";
import { row } from "./bench.ts";
import { NO_RESTART_MS } from "./quiet_window.ts";
import { onVolume } from "./volumes.ts";

Deno.test(
  row("A3: a resync with the same payload restarts nothing", async (bench) => {
    const { volume, manager } = await onVolume(bench);
    equal(await writeVolume(volume, { "app.conf": "first" }), false);
    await manager.nothingHappens(NO_RESTART_MS);
  }),
);

Deno.test(
  row("A3: the same payload written anew restarts nothing", async (bench) => {
    const { volume, manager } = await onVolume(bench);
    // Another key changes, so that the kubelet writes app.conf again as well.
    await writeVolume(volume, { "app.conf": "first", "other.conf": "new" });
    await manager.waitForLog("Event on ConfigMap metadata");
    await manager.nothingHappens(NO_RESTART_MS);
  }),
);

Deno.test(
  row(
    "A6: an update that is never renamed into place restarts nothing",
    async (bench) => {
      const { volume, manager } = await onVolume(bench);
      await writeVolume(
        volume,
        { "app.conf": "second" },
        { neverRename: true },
      );
      await manager.nothingHappens(NO_RESTART_MS);
    },
  ),
);
