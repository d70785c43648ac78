/** Keys that come to a ConfigMap volume, or go (conformance A4, A5). */
import { equal } from "node:assert/strict";
import { writeVolume } from "../fixtures/atomic_writer.ts";
import { type Bench, row } from "./bench.ts";
import { BY_POLL_MS } from "./harness.ts";
import {
  BY_EVENT_WIDE_MS,
  NO_RESTART_MS,
  POLL_WIDE_MS,
  WIDE,
} from "./quiet_window.ts";
import { onVolume } from "./volumes.ts";

const PAYLOAD = { "app.conf": "first", "new.conf": "new" };

/** A manager on the key that the change brings. */
async function onNewKey(
  bench: Bench,
  newLinks: "before rename" | "after rename",
): Promise<void> {
  const volume = bench.mkdir("volume");
  await writeVolume(volume, { "app.conf": "first" });
  const manager = bench.supervise({ config: [`${volume}/new.conf`] });
  await manager.ready();
  await manager.restartByEvent(
    () => writeVolume(volume, PAYLOAD, { newLinks }),
    "new",
  );
  await manager.nothingHappens(BY_POLL_MS);
}

/** A manager on the whole volume: a link that leads nowhere yet is a change, too. */
async function inVolume(
  bench: Bench,
  newLinks: "before rename" | "after rename",
): Promise<void> {
  const volume = bench.mkdir("volume");
  await writeVolume(volume, { "app.conf": "first" });
  const manager = bench.supervise({ config: [volume], options: WIDE });
  await manager.ready();
  await manager.restartByEvent(
    () => writeVolume(volume, PAYLOAD, { newLinks }),
    undefined,
    BY_EVENT_WIDE_MS,
  );
  await manager.nothingHappens(POLL_WIDE_MS);
}

Deno.test(
  row(
    "A4: a new key, its link made before the rename, restarts once [F]",
    (bench) => onNewKey(bench, "before rename"),
  ),
);

Deno.test(
  row(
    "A4: a new key, its link made after the rename, restarts once [F]",
    (bench) => onNewKey(bench, "after rename"),
  ),
);

Deno.test(
  row(
    "A4: a new key in a watched directory, its link made before the rename, restarts once [F]",
    (bench) => inVolume(bench, "before rename"),
  ),
);

Deno.test(
  row(
    "A4: a new key in a watched directory, its link made after the rename, restarts once [F]",
    (bench) => inVolume(bench, "after rename"),
  ),
);

Deno.test(
  row(
    "A5: the watched key is removed: the child keeps running, one ERROR",
    async (bench) => {
      const { volume, manager } = await onVolume(bench);
      await writeVolume(volume, { "other.conf": "other" });
      await manager.waitForLog("Cannot read config");
      await manager.nothingHappens(NO_RESTART_MS);
      equal(manager.log.count(/ERROR: /), 1);
    },
  ),
);
