/**
 * A manager on a key of a ConfigMap volume. Must not know how the volume is
 * changed.
 */
import { writeVolume } from "../fixtures/atomic_writer.ts";
import type { Bench } from "./bench.ts";
import type { Manager } from "./harness.ts";

/** A manager on the key app.conf of a volume that holds "first". */
export async function onVolume(
  bench: Bench,
  options: readonly string[] = [],
): Promise<{ volume: string; manager: Manager }> {
  const volume = bench.mkdir("volume");
  await writeVolume(volume, { "app.conf": "first" });
  const manager = bench.supervise({
    config: [`${volume}/app.conf`],
    options,
  });
  await manager.out.wait("config: first");
  await manager.ready();
  return { volume, manager };
}
