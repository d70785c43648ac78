/**
 * Modification times that no Date holds: a tmpfs keeps 64 bits of seconds, as
 * archives and `touch -d` may set them.
 */
import { equal } from "node:assert/strict";
import { type Bench, needing, row } from "./bench.ts";
import type { Manager } from "./harness.ts";
import { withMounts } from "./namespaces.ts";

const tmpfs = withMounts(
  'mount -t tmpfs none "$DIRECTORY"; echo first > "$DIRECTORY/app.conf"',
);

const FAR_FUTURE = "@9000000000000";
const FAR_PAST = "@-9000000000000";
/** A file system event is missed only where a poll comes after it. */
const POLLS = 5;
const POLL_MS = 200;

/** A manager on a file of a tmpfs that only it sees. */
async function onTmpfs(
  bench: Bench,
): Promise<{ manager: Manager; file: string; inside: string }> {
  const directory = bench.mkdir("volume");
  const manager = bench.supervise({
    config: [`${directory}/app.conf`],
    options: [`--poll-interval=${POLL_MS}ms`],
    through: tmpfs.through,
    env: { DIRECTORY: directory },
  });
  await manager.out.wait("config: first");
  await manager.ready();
  const inside = `/proc/${manager.pid}/root${directory}`;
  return { manager, file: `${inside}/app.conf`, inside };
}

function touch(path: string, time: string): void {
  const { success } = new Deno.Command("touch", { args: ["-d", time, path] })
    .outputSync();
  if (!success) throw new Error(`Cannot set the time of ${path} to ${time}`);
}

for (const time of [FAR_FUTURE, FAR_PAST]) {
  Deno.test(
    row(
      `a file whose mtime is ${time}: its change is put into effect`,
      needing(tmpfs, async (bench) => {
        const { manager, file } = await onTmpfs(bench);
        Deno.writeTextFileSync(`${file}.new`, "second");
        touch(`${file}.new`, time);
        Deno.renameSync(`${file}.new`, file);
        await manager.out.wait("config: second");
        await manager.waitForLog("new_mtime=out-of-range");
        await manager.readyWith("config: second");
        Deno.writeTextFileSync(file, "third");
        await manager.out.wait("config: third");
        await manager.waitForLog("old_mtime=out-of-range");
        equal(await manager.stop(), 0);
      }),
    ),
  );

  Deno.test(
    row(
      `a directory whose mtime is ${time}: its events are not missed`,
      needing(tmpfs, async (bench) => {
        const { manager, file, inside } = await onTmpfs(bench);
        touch(inside, time);
        await manager.nothingHappens(POLLS * POLL_MS);
        Deno.writeTextFileSync(file, "second");
        await manager.out.wait("config: second");
        await manager.waitForLog("Fsnotify event: WRITE");
        equal(manager.log.count("no event came"), 0);
        equal(await manager.stop(), 0);
      }),
    ),
  );
}

Deno.test(
  row(
    "a large file whose mtime no Date holds is stable as any other [T]",
    needing(tmpfs, async (bench) => {
      const { manager, file } = await onTmpfs(bench);
      Deno.writeTextFileSync(`${file}.new`, `second\n${"x".repeat(2 << 20)}`);
      touch(`${file}.new`, FAR_FUTURE);
      Deno.renameSync(`${file}.new`, file);
      await manager.out.wait("config: second");
      const detected = await manager.waitForLog("File change detected: ");
      const confirmed = await manager.waitForLog("File change confirmed");
      // Not the maximum of 5 s that content waits for which never rests.
      equal(confirmed.atMs - detected.atMs < 4_000, true);
      equal(await manager.stop(), 0);
    }),
  ),
);
