/**
 * Updates of a ConfigMap or Secret volume, written as the kubelet writes them
 * (conformance A1, A2, A7).
 */
import { equal } from "node:assert/strict";
import { writeVolume } from "../fixtures/atomic_writer.ts";
import { row } from "./bench.ts";
import { BY_POLL_MS } from "./harness.ts";
import { BY_EVENT_WIDE_MS, POLL_WIDE_MS, WIDE } from "./quiet_window.ts";
import { pause } from "./until.ts";
import { onVolume } from "./volumes.ts";

Deno.test(
  row(
    "A1: kubelet's AtomicWriter update restarts once, by event [F]",
    async (bench) => {
      const { volume, manager } = await onVolume(bench);
      await manager.restartByEvent(
        () => writeVolume(volume, { "app.conf": "second" }),
        "second",
      );
      await manager.nothingHappens(BY_POLL_MS);
    },
  ),
);

Deno.test(
  row(
    "A2: three updates 10 s apart restart three times, each by event [F]",
    async (bench) => {
      const { volume, manager } = await onVolume(bench);
      for (const content of ["second", "third", "fourth"]) {
        if (manager.restarts > 0) await manager.nothingHappens(10_000);
        await manager.restartByEvent(
          () => writeVolume(volume, { "app.conf": content }),
          content,
        );
      }
      await manager.nothingHappens(10_000);
    },
  ),
);

Deno.test(
  row(
    "A7: two updates 200 ms apart restart once, on the last content [F]",
    async (bench) => {
      const { volume, manager } = await onVolume(bench, WIDE);
      await manager.restartByEvent(
        async () => {
          await writeVolume(volume, { "app.conf": "second" });
          await pause(200);
          await writeVolume(volume, { "app.conf": "third" });
        },
        "third",
        BY_EVENT_WIDE_MS,
      );
      await manager.nothingHappens(POLL_WIDE_MS);
      equal(manager.out.count("config: second"), 0);
    },
  ),
);

Deno.test(
  row("A7: two updates 3 s apart restart twice [F]", async (bench) => {
    const { volume, manager } = await onVolume(bench);
    await manager.restartByEvent(
      () => writeVolume(volume, { "app.conf": "second" }),
      "second",
    );
    await manager.nothingHappens(2_300);
    await manager.restartByEvent(
      () => writeVolume(volume, { "app.conf": "third" }),
      "third",
    );
    await manager.nothingHappens(BY_POLL_MS);
  }),
);
