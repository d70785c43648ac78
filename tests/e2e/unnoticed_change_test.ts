/** Changes that neither an event nor the metadata of a file tell of. */
import { equal } from "node:assert/strict";
import {
  MappedFile,
  rewriteInPlace,
  withinOneSecond,
} from "../fixtures/unnoticed_writes.ts";
import { row } from "./bench.ts";

const FOUND = "no event and no metadata told of it";
const LARGE_BYTES = 1024 * 1024;
/** After that what was read is known by its metadata, if the look came in time. */
const RACY_MS = 4_000;
/** So often a store is made at most before one is found by reading again. */
const STORES = 5;

for (const bytes of [100, LARGE_BYTES + 1]) {
  Deno.test(
    row(
      `a second store into a mapped page, in a file of ${bytes} bytes, is found by reading again`,
      async (bench) => {
        const file = bench.write("app.conf", "1".repeat(bytes));
        const manager = await bench.supervise({
          config: [file],
          options: [
            "--verify-interval=1s",
            "--poll-interval=200ms",
            "--debounce=100ms",
          ],
        }).ready();
        using mapped = new MappedFile(file);
        // It moves the times: the poller finds it.
        mapped.fill("2");
        await manager.out.wait("config: 222");
        await manager.started(2);
        equal(manager.log.count(FOUND), 0);
        const again = `reading ${file} again: ${FOUND}`;
        for (
          let digit = 3;
          manager.log.count(again) === 0 && digit < 3 + STORES;
          digit++
        ) {
          await manager.nothingHappens(RACY_MS);
          mapped.fill(`${digit}`);
          await manager.out.wait(`config: ${digit}${digit}${digit}`);
          await manager.started(digit);
        }
        equal(manager.log.count(again), 1);
        equal(await manager.stop(), 0);
      },
    ),
  );
}

Deno.test(
  row(
    "a large file that is rewritten in place twice in a second, with its mtime kept, is found without a poll",
    async (bench) => {
      const text = (digit: string) => digit.repeat(LARGE_BYTES + 1);
      const file = bench.write("app.conf", text("1"));
      const manager = await bench.supervise({
        config: [file],
        options: ["--poll-interval=1h", "--debounce=0s"],
      }).ready();
      let digit = 1;
      await withinOneSecond(async () => {
        rewriteInPlace(file, text(`${++digit}`));
        await manager.out.wait(`config: ${digit}${digit}${digit}`);
        rewriteInPlace(file, text(`${++digit}`));
      });
      await manager.out.wait(`config: ${digit}${digit}${digit}`);
      equal(manager.log.count(FOUND), 0);
      equal(await manager.stop(), 0);
    },
  ),
);

Deno.test(
  row("--verify-interval 0: nothing is read again", async (bench) => {
    const file = bench.write("app.conf", "1".repeat(100));
    const manager = await bench.supervise({
      config: [file],
      options: ["--verify-interval=0", "--poll-interval=200ms"],
    }).ready();
    using mapped = new MappedFile(file);
    mapped.fill("2");
    await manager.out.wait("config: 222");
    await manager.started(2);
    await manager.nothingHappens(RACY_MS);
    mapped.fill("3");
    await manager.nothingHappens(RACY_MS);
    equal(manager.log.count(FOUND), 0);
  }),
);
