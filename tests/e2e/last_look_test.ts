/**
 * When the time for a sign or for dependencies is over, all that is missing is asked
 * for once more: that answer is the verdict, and its reason is in the line.
 */
import { equal, match, ok } from "node:assert/strict";
import { type Bench, row } from "./bench.ts";
import { change, linesOf, QUICK, runsOn, script } from "./reloads.ts";

/** Less than the second between two questions for a dependency: only the last look asks again. */
const LIMIT = "900ms";

/** A probe that ends with 0 while nobody counts, and then with these codes, one after the other. */
function counting(bench: Bench, codes: string) {
  const count = bench.path("count");
  const probe = script(
    bench,
    "probe",
    `[ -e ${count} ] || exit 0
     echo >> ${count}
     set -- ${codes}
     shift $(($(wc -l < ${count}) - 1))
     exit $1`,
  );
  const last = () => codes.split(" ")[linesOf(count).length - 1];
  return { probe, last, begin: () => bench.write("count", "") };
}

Deno.test(row(
  "last look: why a child is not ready is what the last probe has said",
  async (bench) => {
    const { probe, last, begin } = counting(bench, "3 4 5 6");
    begin();
    const manager = bench.supervise({
      options: [
        `--ready=exec:${probe}`,
        "--ready-interval=1h",
        `--ready-timeout=${LIMIT}`,
      ],
    });
    const { text } = await manager.log.wait(" is not ready after ");
    ok(text.endsWith(`after ${LIMIT}: exit status ${last()}`), text);
    // Before the start, whether it would be an old sign; after it; and at the end.
    equal(last(), "5");
    equal(await manager.stop(), 0);
  },
));

/** A manager on "first", whose dependency is counted from then on. */
async function counted(bench: Bench, codes: string) {
  const file = bench.write("app.conf", "first");
  const { probe, last, begin } = counting(bench, codes);
  const manager = bench.supervise({
    config: [file],
    options: [`--wait-for=exec:${probe}`, `--wait-timeout=${LIMIT}`, QUICK],
  });
  await manager.ready();
  begin();
  return { file, probe, last, manager };
}

Deno.test(row(
  "last look: what new content waits for in vain is what the last probe has said",
  async (bench) => {
    const { file, probe, last, manager } = await counted(bench, "3 4 5 6");
    change(file, "second");
    const { text } = await manager.log.wait("New configuration rejected");
    const why = `dependencies are missing after ${LIMIT}: exec:${probe}`;
    ok(text.includes(`${why} (exit status ${last()});`), text);
    ok(last() !== "3", "it was asked once more");
    await runsOn(manager, "first", 1);
    equal(await manager.stop(), 0);
  },
));

Deno.test(row(
  "last look: a dependency that it finds is in time for new content",
  async (bench) => {
    const { file, manager } = await counted(bench, "3 0 0 0");
    change(file, "second");
    await manager.log.wait("All dependencies are available", { nth: 2 });
    await runsOn(manager, "second", 2);
    equal(manager.log.count("New configuration rejected"), 0);
    equal(await manager.stop(), 0);
  },
));

Deno.test(row(
  "last look: a start names only what is still missing then",
  async (bench) => {
    const { probe, begin } = counting(bench, "3 0 0 0");
    begin();
    const path = bench.path("database");
    const manager = bench.supervise({
      options: [
        `--wait-for=exec:${probe}`,
        `--wait-for=file:${path}`,
        `--wait-timeout=${LIMIT}`,
      ],
    });
    equal(await manager.exitCode(), 1);
    const { text } = await manager.log.wait("Cannot start child process");
    match(text, /missing after 900ms: file:\S+ \(does not exist\)$/);
  },
));
