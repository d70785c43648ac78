/** Hints from real file operations, and a watcher that never dies silently. */
import "../loaded_libc.ts";
import assert from "node:assert/strict";
import type { Message } from "../../../src/core/vocabulary/message.ts";
import { createWatcher } from "../../../src/host/watch/watcher.ts";
import { delay } from "@std/async/delay";
import { alone, run, tempDirectory, until } from "../temp.ts";

const POLL_MS = 150;
/** Longer than any test: what is found was not found by the poller. */
const NEVER_MS = 600_000;

const watching = (...paths: string[]) => watchingWith(POLL_MS, ...paths);

async function watchingWith(pollIntervalMs: number, ...paths: string[]) {
  const hints: string[] = [];
  const lines: Message[] = [];
  const watcher = createWatcher({
    configs: paths.map((path) => ({ path, named: true })),
    ignore: [],
    pollIntervalMs,
    onHint: (cause) => hints.push(cause),
    log: (message) => lines.push(message),
  });
  await watcher.start();
  const events = () => hints.filter((cause) => cause !== "poll").length;
  const said = (pattern: RegExp) =>
    lines.filter(({ text }) => pattern.test(text)).length;
  return {
    hints,
    events,
    said,
    lines,
    watcher,
    /** Resolves when `act` has led to a hint from an event. */
    hears: async (act: () => Promise<unknown>) => {
      const before = events();
      await act();
      await until("an event hints", () => events() > before);
    },
    [Symbol.asyncDispose]: () => watcher.stop(),
  };
}

/** How long a burst of the watcher is, and by how much its timer may be early. */
const BURST_MS = 20;
const EARLY_MS = 2;

/** What came of a burst of events. */
interface Burst {
  readonly isAsExpected: boolean;
  /** From before the first of its causes until all was heard. */
  readonly tookMs: number;
}

/**
 * The events of one burst belong together. Where the machine stood still between
 * two of them they were two bursts, and their hints others: then once more. A
 * wrong result without such a stall is a fault.
 */
async function inOneBurst(play: () => Promise<Burst>): Promise<void> {
  for (let attempt = 1;; attempt++) {
    const { isAsExpected, tookMs } = await play();
    if (isAsExpected) return;
    const isStalled = tookMs > BURST_MS - EARLY_MS;
    assert.ok(
      isStalled && attempt < 10,
      `Not as expected in attempt ${attempt}, which took ${tookMs} ms`,
    );
  }
}

Deno.test("writes, renames and link swaps give hints by events", async () => {
  await using directory = await tempDirectory();
  const path = `${directory.path}/c`;
  await Deno.writeTextFile(path, "A");
  await using watch = await watching(path);
  await watch.hears(() => Deno.writeTextFile(path, "B"));
  await watch.hears(async () => {
    await Deno.writeTextFile(`${path}.tmp`, "C");
    await Deno.rename(`${path}.tmp`, path);
  });
  await watch.hears(() => Deno.symlink("c", `${directory.path}/..data`));
  await until(
    "the lines are there",
    () => watch.said(/ConfigMap metadata/) > 0,
  );
  assert.ok(watch.said(/^Fsnotify event: WRITE .*\/c$/) > 0);
  assert.equal(watch.said(/\.tmp/), 0, "a neighbour is not worth a line");
});

Deno.test("the lines of events come before the hint that they give", async () => {
  await inOneBurst(async () => {
    await using directory = await tempDirectory();
    const { path } = directory;
    await Deno.writeTextFile(`${path}/c`, "A");
    await using watch = await watching(`${path}/c`);
    await until("the first hint", () => watch.events() > 0);
    const from = watch.hints.length;
    const causedAtMs = performance.now();
    // Neighbours and what the kubelet prepares give a hint at the end of the burst.
    Deno.mkdirSync(`${path}/..2026_01_01`);
    Deno.symlinkSync("..2026_01_01", `${path}/..data_tmp`);
    Deno.renameSync(`${path}/..data_tmp`, `${path}/..data`);
    const isReplaced = () => watch.hints.slice(from).includes("replacement");
    await until("the hint", isReplaced);
    const tookMs = performance.now() - causedAtMs;
    assert.ok(watch.said(/^Fsnotify event: RENAME .*\/\.\.data$/) > 0);
    const hint = watch.hints.slice(from).find((cause) => cause !== "poll");
    return { isAsExpected: hint === "replacement", tookMs };
  });
});

Deno.test("a rename to the name is a replacement, from another directory too", async () => {
  for (const from of ["c.new", "../other"]) {
    await using directory = await tempDirectory();
    await Deno.mkdir(`${directory.path}/d`);
    const path = `${directory.path}/d/c`;
    await Deno.writeTextFile(path, "A");
    await Deno.writeTextFile(`${directory.path}/d/${from}`, "B");
    await using watch = await watching(path);
    const before = watch.hints.length;
    Deno.renameSync(`${directory.path}/d/${from}`, path);
    await until(
      `${from}: the hint`,
      () => watch.hints.slice(before).includes("replacement"),
    );
  }
});

Deno.test("a rename away from the name is no replacement, whatever is written there then", async () => {
  await using elsewhere = await tempDirectory();
  const aways = [
    (path: string) => `${path}~`,
    () => `${elsewhere.path}/c`,
  ];
  for (const away of aways) {
    await inOneBurst(async () => {
      await using directory = await tempDirectory();
      const path = `${directory.path}/c`;
      await Deno.writeTextFile(path, "A");
      await using watch = await watching(path);
      await until("the first hint", () => watch.events() > 0);
      const from = watch.hints.length;
      const causedAtMs = performance.now();
      Deno.renameSync(path, away(path));
      Deno.writeTextFileSync(path, "B");
      await until(
        "all is heard",
        () => watch.said(/^Fsnotify event: WRITE /) > 0,
      );
      const tookMs = performance.now() - causedAtMs;
      await until("a poll", () => watch.hints.slice(from).includes("poll"));
      const isAsExpected = !watch.hints.slice(from).includes("replacement");
      return { isAsExpected, tookMs };
    });
  }
});

Deno.test("the poller hints without any event", async () => {
  await using directory = await tempDirectory();
  await using watch = await watching(`${directory.path}/none/c`);
  await until("it polls", () => watch.hints.includes("poll"));
  assert.equal(watch.said(/^Cannot watch directory .*does not exist/), 1);
});

Deno.test("a poller whose interval is changed hints by the new one, and says so", async () => {
  await using directory = await tempDirectory();
  await using watched = await watchingWith(NEVER_MS, `${directory.path}/a`);
  assert.equal(watched.said(/polling file changes every 10m0s/), 1);
  watched.watcher.pollEvery(POLL_MS);
  await until(
    "two polls",
    () => watched.hints.filter((cause) => cause === "poll").length >= 2,
  );
  assert.equal(watched.said(/polling file changes every 150ms/), 1);
  watched.watcher.pollEvery(NEVER_MS);
  watched.hints.length = 0;
  // Several times the interval that is over.
  await delay(4 * POLL_MS);
  assert.ok(!watched.hints.includes("poll"));
});

Deno.test("a directory that goes and comes back is watched again", async () => {
  await using directory = await tempDirectory();
  const place = `${directory.path}/d`;
  await Deno.mkdir(place);
  await using watch = await watching(`${place}/c`);
  for (let round = 1; round <= 3; round++) {
    await Deno.remove(place, { recursive: true });
    await until(
      "the loss is said",
      () => watch.said(/^Cannot watch/) === round,
    );
    assert.deepEqual(watch.watcher.faults(), [`${place}: it does not exist`]);
    await Deno.mkdir(place);
    await until("it watches", () => watch.said(/directory again/) === round);
    assert.deepEqual(watch.watcher.faults(), []);
    assert.equal(watch.watcher.rearms(), round);
    await watch.hears(() => Deno.writeTextFile(`${place}/c`, String(round)));
  }
});

Deno.test("a directory that is replaced between two polls is watched again", async () => {
  await using directory = await tempDirectory();
  const place = `${directory.path}/d`;
  await Deno.mkdir(place);
  await Deno.mkdir(`${place}.new`);
  await using watch = await watching(`${place}/c`);
  await Deno.rename(place, `${place}.old`);
  await Deno.rename(`${place}.new`, place);
  await until("it watches", () => watch.said(/directory again/) === 1);
  await watch.hears(() => Deno.writeTextFile(`${place}/c`, "A"));
});

Deno.test("a directory that is removed and made again is watched again without a poll", async () => {
  await using directory = await tempDirectory();
  const place = `${directory.path}/d`;
  await Deno.mkdir(place);
  await using watch = await watchingWith(NEVER_MS, `${place}/c`);
  // In the thread of the looks, which end after seconds.
  Deno.removeSync(place, { recursive: true });
  Deno.mkdirSync(place);
  await until("it watches", () => watch.said(/directory again/) === 1);
  await watch.hears(() => Deno.writeTextFile(`${place}/c`, "A"));
  Deno.removeSync(place, { recursive: true });
  await until("it is looked for", () => watch.said(/REMOVE .*\/d\/c$/) === 1);
  // A fixed wait: the first looks find nothing.
  await new Promise((resolve) => setTimeout(resolve, 200));
  Deno.mkdirSync(place);
  await until("it watches", () => watch.said(/directory again/) === 2);
  await watch.hears(() => Deno.writeTextFile(`${place}/c`, "B"));
  assert.equal(watch.said(/^Cannot watch/), 0);
});

Deno.test("a directory that is removed again and again is left to the poller", async () => {
  await using directory = await tempDirectory();
  const place = `${directory.path}/d`;
  await Deno.mkdir(place);
  await using watch = await watchingWith(NEVER_MS, `${place}/c`);
  const lines = () => watch.said(/directory again/);
  const endsAt = performance.now() + 2_000;
  let removedAt = performance.now();
  let pauses = 0;
  for (let rounds = 0; rounds <= 100 || performance.now() < endsAt; rounds++) {
    // Removals so far apart are looked for anew; only a machine that stands
    // still makes such a pause.
    if (performance.now() - removedAt > 4_000) pauses++;
    removedAt = performance.now();
    Deno.removeSync(place);
    Deno.mkdirSync(place);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  await until("a line", () => lines() > 0);
  assert.ok(lines() < 8 * (1 + pauses), `${lines()} lines, ${pauses} pauses`);
});

Deno.test("a FIFO in the directory means polling, said once, and no hang", async () => {
  await using directory = await tempDirectory();
  await run("mkfifo", `${directory.path}/fifo`);
  await using watch = await watching(`${directory.path}/c`);
  const polls = () => watch.hints.filter((cause) => cause === "poll").length;
  await until("it polls", () => polls() > 5);
  assert.equal(watch.said(/FIFO/), 1);
  assert.deepEqual(watch.watcher.faults(), [
    `${directory.path}: it holds a FIFO, which would block the file system watcher`,
  ]);
  assert.equal(watch.watcher.rearms(), 0);
});

Deno.test("a FIFO that comes later is a fault for good", async () => {
  await using directory = await tempDirectory();
  // It blocks the watchers of the whole process.
  const told = await alone("fifo_in_watched.ts", { args: [directory.path] });
  const fault = "it holds a FIFO, which would block the file system watcher";
  assert.deepEqual(JSON.parse(told), {
    before: [],
    with: [fault],
    after: [fault],
  });
});

Deno.test("a storm of events gives few hints and lines, and a last hint at its end", async () => {
  await using directory = await tempDirectory();
  const path = `${directory.path}/c`;
  await using watch = await watching(path);
  const writes = 5_000;
  for (let index = 0; index < writes; index++) {
    Deno.writeTextFileSync(path, String(index));
    if (index % 50 === 0) await Promise.resolve();
  }
  const before = watch.events();
  await until("the last hint", () => watch.events() > before);
  assert.ok(watch.events() < writes / 10, `${watch.events()} hints`);
  assert.ok(watch.said(/^Fsnotify event/) < writes / 10);
});

Deno.test("a storm in two directories at once leaves no watch deaf", async () => {
  await using directory = await tempDirectory();
  const places = ["a", "b"].map((name) => `${directory.path}/${name}`);
  for (const place of places) await Deno.mkdir(place);
  const [a, b] = places.map((place) => `${place}/c`);
  await using watch = await watching(a, b);
  const lines = (path: string) => watch.said(new RegExp(`event: .* ${path}$`));
  for (let index = 0; index < 2_000; index++) {
    Deno.writeTextFileSync(index % 2 === 0 ? a : b, String(index));
    if (index % 20 === 0) await new Promise((done) => setTimeout(done, 0));
  }
  for (const path of [a, b]) {
    // Whatever is left of the storm comes first.
    const before = lines(path);
    await until("a line for a later write", () => {
      Deno.writeTextFileSync(path, String(performance.now()));
      return lines(path) > before;
    });
  }
});

Deno.test("without configuration there is nothing to start or stop", async () => {
  await using watch = await watching();
  assert.deepEqual(watch.hints, []);
  assert.deepEqual(watch.lines, []);
  assert.equal(watch.watcher.rearms(), 0);
  assert.deepEqual(watch.watcher.faults(), []);
});
