/**
 * A manager on a file in a directory of its own, for tests of what happens to
 * the directory. Must not know what that is.
 */
import type { Bench } from "./bench.ts";
import { BY_POLL_MS, type Manager } from "./harness.ts";

/** A manager on conf/app.conf, which holds "first". */
export async function inDirectory(
  bench: Bench,
  { options, through }: {
    readonly options?: readonly string[];
    readonly through?: readonly string[];
  } = {},
): Promise<{ directory: string; file: string; manager: Manager }> {
  const directory = bench.mkdir("conf");
  const file = bench.write("conf/app.conf", "first");
  const manager = bench.supervise({ config: [file], options, through });
  await manager.out.wait("config: first");
  await manager.ready();
  return { directory, file, manager };
}

/** Writes the file in place, when it is called. */
export const write = (file: string, content: string) => () =>
  Deno.writeTextFileSync(file, content);

/** After the directory was replaced, found by the poller, its events are heard again. */
export async function heardAgain(
  manager: Manager,
  file: string,
): Promise<void> {
  await manager.waitForLog("Watching directory again");
  await manager.nothingHappens(BY_POLL_MS);
  await manager.restartByEvent(write(file, "third"), "third");
  await manager.nothingHappens(BY_POLL_MS);
}
