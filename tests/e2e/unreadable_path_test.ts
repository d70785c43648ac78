/**
 * Paths that may not be read, or are nothing that can be (conformance A11,
 * A25).
 */
import { equal } from "node:assert/strict";
import { needing, type Row, row } from "./bench.ts";
import { write } from "./directories.ts";
import { BY_POLL_MS } from "./harness.ts";
import { asOrdinaryUser } from "./namespaces.ts";
import { NO_RESTART_MS, WIDE, WIDE_MS } from "./quiet_window.ts";

const user = asOrdinaryUser();

/** The path becomes something that no child could read: a fault, told once. */
const unsupported = (
  become: (file: string) => void,
  why: string,
): Row =>
async (bench) => {
  // A path that is gone for a moment is told of after the quiet window.
  const { file, manager } = await bench.onFile({ options: WIDE });
  become(file);
  await manager.waitForLog(`Cannot read config ${file}: ${why}`);
  await manager.nothingHappens(NO_RESTART_MS + WIDE_MS);
  equal(manager.log.count("Cannot read config"), 1);
  // It hangs on nothing: a signal is still heard.
  equal(await manager.stop(), 0);
};

function becomeDirectory(file: string): void {
  Deno.removeSync(file);
  Deno.mkdirSync(file);
}

function becomeFifo(file: string): void {
  const { success } = new Deno.Command("mkfifo", { args: [`${file}.fifo`] })
    .outputSync();
  if (!success) throw new Error(`Cannot make a FIFO for ${file}`);
  Deno.removeSync(file);
  Deno.renameSync(`${file}.fifo`, file);
}

Deno.test(
  row(
    "A11: unreadable: no restart, one ERROR; then new content: one restart [P]",
    needing(user, async (bench) => {
      const { file, manager } = await bench.onFile(user);
      Deno.chmodSync(file, 0o000);
      await manager.waitForLog("permission denied");
      await manager.nothingHappens(NO_RESTART_MS);
      await manager.restartAfter(() => {
        Deno.removeSync(file);
        Deno.writeTextFileSync(file, "second");
      }, { content: "second", withinMs: BY_POLL_MS });
      await manager.waitForLog("can be read again");
      await manager.nothingHappens(BY_POLL_MS);
      equal(manager.log.count(/ERROR: /), 1);
    }),
  ),
);

Deno.test(
  row(
    "A25: the file becomes a directory: no restart, one ERROR",
    unsupported(becomeDirectory, "was a file, is a directory now"),
  ),
);

Deno.test(
  row(
    "A25: the file becomes a FIFO: no restart, no hang, one ERROR",
    unsupported(becomeFifo, "is a FIFO"),
  ),
);

Deno.test(
  row(
    "a directory with a subdirectory that may not be read: all else in it reloads, copies are made, and a file is named [P]",
    needing(user, async (bench) => {
      const directory = bench.mkdir("conf");
      const file = bench.write("conf/app.conf", "first");
      // What every ext4 volume has, of root's.
      const lost = bench.mkdir("conf/lost+found");
      Deno.chmodSync(lost, 0o000);
      const manager = await bench.run([
        `--config=${directory}`,
        `--snapshot-dir=${bench.path("copies")}`,
        ...["--", bench.child, "--ready-line"],
      ], user).ready();
      await manager.restartByEvent(write(file, "second"));
      await manager.restartAfter(
        () => Deno.chmodSync(lost, 0o755),
        { withinMs: BY_POLL_MS },
      );
      equal(manager.log.count(/ERROR: /), 0);
      Deno.chmodSync(file, 0o000);
      await manager.log.wait(
        new RegExp(`ERROR: .*${directory}: app\\.conf: permission denied`),
      );
      equal(await manager.stop(), 0);
    }),
  ),
);
