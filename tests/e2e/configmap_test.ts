/**
 * Updates of a ConfigMap or Secret volume, written as the kubelet writes them
 * (conformance A1 to A7). Files that anything else writes are tested in
 * file_change_test.ts.
 */
import { equal, ok } from "node:assert/strict";
import { writeVolume } from "../fixtures/atomic_writer.ts";
import { type Bench, row, withinWindow } from "./bench.ts";
import { BY_POLL_MS, type Manager } from "./harness.ts";
import { pause } from "./until.ts";

/** Longer than two polls of 5 s and the quiet window. */
const NO_RESTART_MS = 12_000;

/** A manager on the key app.conf of a volume that holds "first". */
async function onVolume(
  bench: Bench,
): Promise<{ volume: string; manager: Manager }> {
  const volume = bench.mkdir("volume");
  await writeVolume(volume, { "app.conf": "first" });
  const manager = bench.supervise({ config: [`${volume}/app.conf`] });
  await manager.out.wait("config: first");
  await manager.ready();
  return { volume, manager };
}

/** A manager on a path that a new key of the volume will bring. */
async function onNewKey(
  bench: Bench,
  newLinks: "before rename" | "after rename",
  watched: "the key" | "the directory",
): Promise<void> {
  const volume = bench.mkdir("volume");
  await writeVolume(volume, { "app.conf": "first" });
  const path = watched === "the key" ? `${volume}/new.conf` : volume;
  const manager = bench.supervise({ config: [path] });
  await manager.ready();
  const payload = { "app.conf": "first", "new.conf": "new" };
  await manager.restartByEvent(() =>
    writeVolume(volume, payload, { newLinks })
  );
  if (watched === "the key") await manager.out.wait("config: new");
  await manager.nothingHappens(BY_POLL_MS);
}

Deno.test(
  row("A1: kubelet's AtomicWriter update restarts once, by event", async (
    bench,
  ) => {
    const { volume, manager } = await onVolume(bench);
    await manager.restartByEvent(
      () => writeVolume(volume, { "app.conf": "second" }),
      "second",
    );
    await manager.nothingHappens(BY_POLL_MS);
  }),
);

Deno.test(
  row("A2: three updates 10 s apart restart three times, each by event", async (
    bench,
  ) => {
    const { volume, manager } = await onVolume(bench);
    for (const content of ["second", "third", "fourth"]) {
      await manager.restartByEvent(
        () => writeVolume(volume, { "app.conf": content }),
        content,
      );
      await manager.nothingHappens(10_000);
    }
  }),
);

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
    await manager.nothingHappens(NO_RESTART_MS);
    ok(manager.log.count("Event on ConfigMap metadata") > 0);
  }),
);

Deno.test(
  row(
    "A4: a new key, its link made before the rename, restarts once",
    (bench) => onNewKey(bench, "before rename", "the key"),
  ),
);

Deno.test(
  row(
    "A4: a new key, its link made after the rename, restarts once",
    (bench) => onNewKey(bench, "after rename", "the key"),
  ),
);

Deno.test(
  row(
    "A4: a new key in a watched directory, its link made before the rename, restarts once",
    (bench) => onNewKey(bench, "before rename", "the directory"),
  ),
);

Deno.test(
  row(
    "A4: a new key in a watched directory, its link made after the rename, restarts once",
    (bench) => onNewKey(bench, "after rename", "the directory"),
  ),
);

Deno.test(
  row(
    "A5: the watched key is removed: the child keeps running, one ERROR",
    async (
      bench,
    ) => {
      const { volume, manager } = await onVolume(bench);
      await writeVolume(volume, { "other.conf": "other" });
      await manager.waitForLog("Cannot read config");
      await manager.nothingHappens(NO_RESTART_MS);
      equal(manager.log.count(/ERROR: /), 1);
    },
  ),
);

Deno.test(
  row("A6: an update that is never renamed into place restarts nothing", async (
    bench,
  ) => {
    const { volume, manager } = await onVolume(bench);
    await writeVolume(volume, { "app.conf": "second" }, { neverRename: true });
    await manager.nothingHappens(NO_RESTART_MS);
  }),
);

Deno.test(
  row("A7: two updates 200 ms apart restart once, on the last content", async (
    bench,
  ) => {
    const { volume, manager } = await onVolume(bench);
    const updates = async () => {
      await writeVolume(volume, { "app.conf": "second" });
      await pause(200);
      await writeVolume(volume, { "app.conf": "third" });
    };
    await manager.restartByEvent(() => withinWindow(updates), "third");
    await manager.nothingHappens(BY_POLL_MS);
    equal(manager.out.count("config: second"), 0);
  }),
);

Deno.test(row("A7: two updates 3 s apart restart twice", async (bench) => {
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
}));
