/**
 * Paths with more content than a look can read at once: nothing else waits for
 * them, and what is too much is judged by its metadata.
 */
import { equal, ok } from "node:assert/strict";
import { type Bench, row } from "./bench.ts";
import type { Manager } from "./harness.ts";

const GIB = 1024 ** 3;
/** All of it is read; so much that no machine does that within a second. */
const LONG_PATHS = 2;

/** A file of that size that takes no room on the disk; returns its path. */
function sparse(bench: Bench, name: string, bytes: number): string {
  const path = bench.write(name, "");
  Deno.truncateSync(path, bytes);
  return path;
}

/** A small file, and several that take long to read. */
function withLongPaths(
  bench: Bench,
  options: readonly string[] = [],
): { manager: Manager; small: string; long: string[] } {
  const small = bench.write("app.conf", "first");
  bench.mkdir("long");
  const long = Array.from(
    { length: LONG_PATHS },
    (_, at) => sparse(bench, `long/${at}`, GIB),
  );
  const manager = bench.supervise({ config: [small, ...long], options });
  return { manager, small, long };
}

const DONE = "is done, nothing has changed";

Deno.test(
  row(
    "a file of 8 TiB: one line, nobody waits for it",
    async (bench) => {
      const small = bench.write("app.conf", "first");
      const huge = sparse(bench, "huge", 8 * 1024 * GIB);
      const manager = bench.supervise({ config: [small, huge] });
      await manager.out.wait("config: first");
      await manager.ready();
      await manager.waitForLog(
        `Cannot read all of config ${huge}: it is larger than 1 GiB`,
      );
      Deno.writeTextFileSync(small, "second");
      await manager.out.wait("config: second");
      // Its metadata tell that it is another one.
      const file = Deno.openSync(huge, { write: true });
      file.writeSync(new TextEncoder().encode("x"));
      file.close();
      await manager.started(3);
      equal(manager.log.count("Cannot read all of config"), 1);
      equal(await manager.stop(), 0);
    },
  ),
);

Deno.test(
  row(
    "a first look that takes long: the child starts meanwhile, and is not restarted when it is done",
    async (bench) => {
      const { manager, long } = withLongPaths(bench);
      await manager.ready();
      equal(manager.log.count(DONE), 0);
      equal(
        manager.log.count("takes long, starting child process meanwhile"),
        long.length,
      );
      await manager.log.wait(DONE, { nth: long.length });
      manager.expectStarts(1);
      equal(manager.log.count("File change detected"), 0);
      equal(await manager.stop(), 0);
    },
  ),
);

Deno.test(
  row(
    "a first look that takes long: a change of another path, and a signal, do not wait for it",
    async (bench) => {
      const { manager, small } = withLongPaths(bench, ["--debounce=50ms"]);
      await manager.ready();
      Deno.writeTextFileSync(small, "second");
      await manager.out.wait("config: second");
      equal(manager.log.count(DONE), 0);
      equal(await manager.stop(), 0);
      equal(manager.log.count(DONE), 0);
    },
  ),
);

Deno.test(
  row(
    "a first look that takes long: what changes after the start counts as changed",
    async (bench) => {
      const { manager, long } = withLongPaths(bench);
      await manager.ready();
      equal(manager.log.count(DONE), 0);
      const file = Deno.openSync(long[0], { write: true });
      file.writeSync(new TextEncoder().encode("x"));
      file.close();
      await manager.started(2);
      await manager.log.wait(DONE, { nth: long.length - 1 });
      equal(await manager.stop(), 0);
      equal(manager.log.count(`config ${long[0]} ${DONE}`), 0);
    },
  ),
);

Deno.test(
  row(
    "a first look that takes long before a check: the log says how far it is",
    async (bench) => {
      const { manager } = withLongPaths(bench, ["--check-command=true"]);
      const waiting = await manager.waitForLog(
        /INFO: .*Waiting for the first look at config .*\/long\/0: [\d.]+ .?i?B of large files and 1 entries so far/,
      );
      await manager.ready();
      const started = await manager.waitForLog("Child process started");
      ok(waiting.atMs < started.atMs);
      equal(await manager.stop(), 0);
    },
  ),
);

Deno.test(
  row(
    "a directory with more entries than are looked at: one line, its metadata tell of a change",
    async (bench) => {
      const small = bench.write("app.conf", "first");
      const many = bench.mkdir("many");
      for (let at = 0; at <= 50_000; at++) {
        Deno.createSync(`${many}/${at}`).close();
      }
      const manager = bench.supervise({ config: [small, many] });
      await manager.ready();
      await manager.waitForLog(
        `Cannot read all of config ${many}: it has more than 50000 entries`,
      );
      Deno.removeSync(`${many}/0`);
      await manager.started(2);
      equal(manager.log.count("Cannot read all of config"), 1);
      equal(await manager.stop(), 0);
    },
  ),
);

Deno.test(
  row(
    "8^6 ways to one file: it is read once, and the start does not wait for all of them",
    async (bench) => {
      const small = bench.write("app.conf", "first");
      let target = bench.write("file", "x".repeat(1024 * 1024));
      for (let level = 6; level > 0; level--) {
        const directory = bench.mkdir(`level${level}`);
        for (let at = 0; at < 8; at++) {
          Deno.symlinkSync(target, `${directory}/${at}`);
        }
        target = directory;
      }
      const manager = bench.supervise({ config: [small, target] });
      await manager.ready();
      await manager.waitForLog("Cannot read all of config");
      Deno.writeTextFileSync(small, "second");
      await manager.out.wait("config: second");
      equal(await manager.stop(), 0);
    },
  ),
);

Deno.test(
  row(
    "copies of a path that is too large: refused at the start, with one line",
    async (bench) => {
      const huge = sparse(bench, "huge", 2 * GIB);
      const manager = bench.supervise({
        config: [huge],
        options: [`--snapshot-dir=${bench.path("copies")}`],
      });
      equal(await manager.exitCode(), 1);
      await manager.waitForLog(`${huge} is larger than 1 GiB`);
      manager.expectStarts(0);
    },
  ),
);

Deno.test(
  row(
    "a FIFO takes a file's place again and again: no look waits for its writer",
    async (bench) => {
      const file = bench.write("app.conf", "first");
      const manager = await bench.supervise({
        config: [file],
        options: ["--poll-interval=100ms"],
      }).ready();
      const fifo = bench.path("fifo");
      await new Deno.Command("mkfifo", { args: [fifo] }).output();
      exchange(file, fifo, EXCHANGED_MS);
      Deno.renameSync(bench.write("last", "last"), file);
      await manager.out.wait("config: last");
      equal(await manager.stop(), 0);
    },
  ),
);

/** Long enough for many looks, of which one would open what was a file when it was looked at. */
const EXCHANGED_MS = 2_000;
const AT_FDCWD = -100;
const RENAME_EXCHANGE = 2;

/** Lets two paths change places as fast as the kernel can, for that time (renameat2(2)). */
function exchange(one: string, other: string, ms: number): void {
  const libc = Deno.dlopen("libc.so.6", {
    renameat2: {
      parameters: ["i32", "buffer", "i32", "buffer", "u32"],
      result: "i32",
    },
  });
  const [a, b] = [one, other].map((path) =>
    new TextEncoder().encode(`${path}\0`)
  );
  for (const endsAt = performance.now() + ms; performance.now() < endsAt;) {
    libc.symbols.renameat2(AT_FDCWD, a, AT_FDCWD, b, RENAME_EXCHANGE);
  }
  libc.close();
}
