/**
 * What programs do to a plain file (conformance A8 to A13, A18, A23, A25, A29,
 * A30). Directories and links are in path_change_test.ts, long runs in
 * restless_test.ts.
 */
import { equal, ok } from "node:assert/strict";
import { type Bench, needing, type Row, row, withinWindow } from "./bench.ts";
import {
  linkOver,
  renameOver,
  saveAsVim,
  saveWithSed,
  unlinkAndCreate,
  writeAsOld,
} from "./files.ts";
import { BY_EVENT_MS, BY_POLL_MS, STARTED } from "./harness.ts";
import { asOrdinaryUser } from "./namespaces.ts";
import { pause } from "./until.ts";

/** Longer than two polls of 5 s and the quiet window. */
const NO_RESTART_MS = 12_000;

/** The default of --debounce-max. */
const CAP_MS = 5_000;

/** The operation restarts nothing. */
const harmless = (operate: (file: string) => unknown): Row => async (bench) => {
  const { file, manager } = await bench.onFile();
  await operate(file);
  await manager.nothingHappens(NO_RESTART_MS);
  equal(manager.log.count(/ERROR: /), 0);
};

/** The path becomes something that no child could read: a fault, told once. */
const unsupported =
  (become: (file: string) => unknown, why: string): Row => async (bench) => {
    const { file, manager } = await bench.onFile();
    Deno.removeSync(file);
    await become(file);
    await manager.waitForLog(`Cannot read config ${file}: ${why}`);
    await manager.nothingHappens(NO_RESTART_MS);
    equal(manager.log.count("Cannot read config"), 1);
    // It hangs on nothing: a signal is still heard.
    equal(await manager.stop(), 0);
  };

/** As an editor does that keeps the old file under another name. */
async function movedAwayAndWritten(file: string, pieces: string[]) {
  Deno.renameSync(file, `${file}~`);
  using handle = Deno.openSync(file, { create: true, write: true });
  for (const piece of pieces) {
    await pause(150);
    handle.writeSync(new TextEncoder().encode(piece));
  }
}

/** A manager whose next child finds an empty file where the change was. */
async function emptiedDuringStop(bench: Bench) {
  const { file, manager } = await bench.onFile({
    child: ["--slow-stop", "500"],
  });
  Deno.writeTextFileSync(file, "second");
  await manager.waitForLog("Stopping child process");
  Deno.writeTextFileSync(file, "");
  await manager.waitForLog("when it has come to rest");
  return { file, manager };
}

const user = asOrdinaryUser();

Deno.test(
  row(
    "--debounce auto: a file that is renamed away and written anew has its quiet window",
    async (bench) => {
      const { file, manager } = await bench.onFile({
        options: ["--debounce=auto"],
      });
      await manager.restartByEvent(
        () => movedAwayAndWritten(file, ["sec", "ond"]),
        "second",
      );
      equal(manager.out.count("config: "), 2);
    },
  ),
);

Deno.test(
  row(
    "A8: A -> B -> A inside the quiet window restarts nothing",
    harmless(
      (file) =>
        withinWindow(async () => {
          Deno.writeTextFileSync(file, "second");
          await pause(200);
          Deno.writeTextFileSync(file, "first");
        }),
    ),
  ),
);

Deno.test(
  row(
    "A9: torn while the old child stops, it comes to rest before the next starts",
    async (bench) => {
      const { file, manager } = await emptiedDuringStop(bench);
      Deno.writeTextFileSync(file, "third");
      const writtenAtMs = performance.now();
      await manager.out.wait("config: third");
      const { atMs } = await manager.waitForLog(STARTED, { nth: 2 });
      const tookMs = atMs - writtenAtMs;
      ok(tookMs < BY_EVENT_MS, `${tookMs} ms without a child`);
      manager.expectStarts(2);
      equal(manager.out.count(/^config: $/), 0);
      equal(await manager.stop(), 0);
    },
  ),
);

Deno.test(
  row(
    "A9: empty for longer than the window while the old child stops, then written in two pieces: both before the next starts",
    async (bench) => {
      const { file, manager } = await emptiedDuringStop(bench);
      // The writer's pace.
      await pause(700);
      await withinWindow(async () => {
        Deno.writeTextFileSync(file, "half");
        await pause(50);
        Deno.writeTextFileSync(file, " whole", { append: true });
      });
      await manager.readyWith("config: half whole");
      await manager.waitForLog(STARTED, { nth: 2 });
      manager.expectStarts(2);
      equal(await manager.stop(), 0);
      equal(manager.out.count("config: "), 2);
    },
  ),
);

Deno.test(
  row(
    "A9: torn during the pause after a crash, it is a cure only when it rests",
    async (bench) => {
      const file = bench.write("app.conf", "first");
      const manager = bench.supervise({
        config: [file],
        options: ["--restart=always", "--backoff=1h0m0s..1h0m0s"],
        child: ["--print-config", file, "--exit-on", "USR2:1"],
      });
      await manager.ready();
      manager.signal("SIGUSR2");
      await manager.waitForLog("(restart 1 in a row)");
      Deno.writeTextFileSync(file, "");
      await manager.waitForLog("File change detected: old");
      Deno.writeTextFileSync(file, "second");
      await manager.out.wait("config: second");
      equal(manager.out.count(/^config: $/), 0);
      await manager.waitForLog(STARTED, { nth: 2 });
      manager.expectStarts(2);
      equal(await manager.stop(), 0);
    },
  ),
);

Deno.test(
  row(
    "A9: truncated, written 2 s later: one restart, never on the empty file",
    async (bench) => {
      const { file, manager } = await bench.onFile();
      await manager.restartAfter(async () => {
        Deno.writeTextFileSync(file, "");
        await manager.nothingHappens(2_000);
        Deno.writeTextFileSync(file, "second");
      }, { content: "second", withinMs: BY_EVENT_MS });
      await manager.nothingHappens(BY_POLL_MS);
      equal(manager.out.count(/^config: $/), 0);
    },
  ),
);

Deno.test(
  row("A9: an empty file is held for the capped window, then it counts", async (
    bench,
  ) => {
    const { file, manager } = await bench.onFile();
    Deno.writeTextFileSync(file, "");
    await manager.nothingHappens(CAP_MS - 1_000);
    await manager.waitForLog(STARTED, { nth: 2 });
    await manager.out.wait(/^config: $/);
    await manager.nothingHappens(BY_POLL_MS);
  }),
);

Deno.test(
  row(
    "A10: a rewrite of the same content restarts nothing",
    harmless((file) => Deno.writeTextFileSync(file, "first")),
  ),
);

Deno.test(
  row(
    "A10: a touch restarts nothing",
    harmless((file) => Deno.utimeSync(file, new Date(), new Date())),
  ),
);

Deno.test(
  row(
    "A10: a touch to 1990 restarts nothing",
    harmless((file) =>
      Deno.utimeSync(file, new Date("1990-01-01"), new Date("1990-01-01"))
    ),
  ),
);

Deno.test(
  row(
    "A10: a chmod that keeps it readable restarts nothing",
    harmless((file) => Deno.chmodSync(file, 0o600)),
  ),
);

Deno.test(
  row(
    "A11: unreadable: no restart, one ERROR; then new content: one restart",
    needing(user, async (bench) => {
      const { file, manager } = await bench.onFile(user);
      Deno.chmodSync(file, 0o000);
      await manager.waitForLog("permission denied");
      await manager.nothingHappens(NO_RESTART_MS);
      await manager.restartAfter(() => {
        Deno.removeSync(file);
        Deno.writeTextFileSync(file, "second");
      }, { content: "second", withinMs: BY_POLL_MS });
      await manager.nothingHappens(BY_POLL_MS);
      equal(manager.log.count(/ERROR: /), 1);
      ok(manager.log.count("can be read again") > 0);
    }),
  ),
);

Deno.test(
  row(
    "A12: vim's save, sed -i, rename over, unlink + create, ln -f: one restart each",
    async (bench) => {
      const { file, manager } = await bench.onFile();
      const ways = [
        saveAsVim,
        saveWithSed,
        renameOver,
        unlinkAndCreate,
        linkOver,
      ];
      for (const save of ways) {
        await manager.restartByEvent(() => save(file, save.name), save.name);
        await manager.nothingHappens(BY_EVENT_MS);
      }
      await manager.nothingHappens(BY_POLL_MS);
    },
  ),
);

Deno.test(
  row(
    "A13: deleted, recreated after 10 s with new content: one restart",
    async (
      bench,
    ) => {
      const { file, manager } = await bench.onFile();
      Deno.removeSync(file);
      await manager.nothingHappens(10_000);
      await manager.restartByEvent(
        () => Deno.writeTextFileSync(file, "second"),
        "second",
      );
      equal(manager.log.count("Cannot read config"), 1);
      await manager.nothingHappens(BY_POLL_MS);
    },
  ),
);

Deno.test(
  row(
    "A13: deleted, recreated after 10 s with the same content: no restart",
    async (bench) => {
      const { file, manager } = await bench.onFile();
      Deno.removeSync(file);
      await manager.nothingHappens(10_000);
      Deno.writeTextFileSync(file, "first");
      await manager.waitForLog("can be read again");
      await manager.nothingHappens(NO_RESTART_MS);
    },
  ),
);

Deno.test(
  row("A18: 100 rewrites in 300 ms restart once, on the last content", async (
    bench,
  ) => {
    const { file, manager } = await bench.onFile();
    const rewrites = async () => {
      for (let rewrite = 1; rewrite <= 100; rewrite++) {
        Deno.writeTextFileSync(file, `rewrite ${rewrite}`);
        if (rewrite % 10 === 0) await pause(30);
      }
    };
    // With 300 ms of pauses in it, no gap is longer than 400 ms then.
    await manager.restartByEvent(
      () => withinWindow(rewrites, 700),
      "rewrite 100",
    );
    await manager.nothingHappens(BY_POLL_MS);
  }),
);

Deno.test(
  row("A23: newer content with an older mtime restarts once, by event", async (
    bench,
  ) => {
    const { file, manager } = await bench.onFile();
    await manager.restartByEvent(() => writeAsOld(file, "second"), "second");
    await manager.nothingHappens(BY_POLL_MS);
  }),
);

Deno.test(
  row(
    "A25: the file becomes a directory: no restart, one ERROR",
    unsupported(
      (file) => Deno.mkdirSync(file),
      "was a file, is a directory now",
    ),
  ),
);

Deno.test(
  row(
    "A25: the file becomes a FIFO: no restart, no hang, one ERROR",
    unsupported(
      (file) => new Deno.Command("mkfifo", { args: [file] }).output(),
      "is a FIFO",
    ),
  ),
);

Deno.test(
  row(
    "A29: a look in the middle of a swap finds nothing: retried, one restart",
    async (bench) => {
      const { file, manager } = await bench.onFile();
      const swap = async () => {
        Deno.removeSync(file);
        // It has looked by now: the file was not there.
        await manager.waitForLog(`Fsnotify event: REMOVE ${file}`);
        await pause(100);
        Deno.writeTextFileSync(file, "second");
      };
      await manager.restartByEvent(() => withinWindow(swap), "second");
      await manager.nothingHappens(BY_POLL_MS);
      equal(manager.log.count(/ERROR: /), 0);
    },
  ),
);

Deno.test(
  row(
    "A29: a link whose target comes 200 ms later: retried, one restart",
    async (
      bench,
    ) => {
      bench.write("one", "first");
      const link = bench.path("app.conf");
      Deno.symlinkSync("one", link);
      const manager = bench.supervise({ config: [link] });
      await manager.ready();
      const swap = async () => {
        Deno.symlinkSync("two", `${link}.new`);
        Deno.renameSync(`${link}.new`, link);
        await pause(200);
        bench.write("two", "second");
      };
      await manager.restartByEvent(() => withinWindow(swap), "second");
      await manager.nothingHappens(BY_POLL_MS);
      equal(manager.log.count(/ERROR: /), 0);
    },
  ),
);

Deno.test(
  row(
    "A30: two files and a directory, two of them changed together: one restart",
    async (bench) => {
      const one = bench.write("one.conf", "first");
      const two = bench.write("two.conf", "first");
      const directory = bench.mkdir("conf.d");
      bench.write("conf.d/a", "first");
      const manager = bench.supervise({ config: [one, two, directory] });
      await manager.ready();
      await manager.restartByEvent(() => {
        Deno.writeTextFileSync(one, "second");
        bench.write("conf.d/a", "second");
      }, "second");
      await manager.nothingHappens(BY_POLL_MS);
      await manager.restartByEvent(() => {
        renameOver(two, "third");
        bench.write("conf.d/b", "new");
      });
      await manager.nothingHappens(BY_POLL_MS);
    },
  ),
);
