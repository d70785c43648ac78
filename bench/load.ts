/** What a supervisor costs when there is much to watch, or much happens. */
import { cpuOf, memoryOf, usageOf } from "./processes.ts";
import type { Series } from "./stats.ts";
import { pause } from "./stamps.ts";
import { type Bench, Supervised } from "./supervised.ts";
import type { Tool } from "./tools.ts";
import { manyFiles, plainFile } from "./volumes.ts";

/** Files in the watched directory. */
export const FILE_COUNTS: readonly number[] = [1, 100, 10_000];
/** Writes of a storm; each is at least one event. */
export const STORM_WRITES = 100_000;
const STORM_WRITES_QUICK = 20_000;
/** As after an installation with the defaults. */
const DEBOUNCE_MS = 500;
const WARM_UP_MS = 5_000;
const FOUND_TIMEOUT_MS = 10_000;
/** Longer than the longest postponement of a restart, and a poll. */
const AFTERMATH_MS = 7_000;
const FILE_RUNS_MAX = 5;

/** Start, idle CPU and time to find one changed file, for each number of files. */
export async function manyWatched(bench: Bench): Promise<Series[]> {
  const series: Series[] = [];
  for (const count of FILE_COUNTS) series.push(...await watched(bench, count));
  return series;
}

async function watched(bench: Bench, count: number): Promise<Series[]> {
  const tools = bench.tools.filter(({ skills }) => skills.includes("watch"));
  const subjects = tools.map((_, at) =>
    manyFiles(`${bench.directory}/files-${count}-${at}`, count)
  );
  const starts = tools.map((): number[] => []);
  const finds = tools.map((): number[] => []);
  const start = (at: number) =>
    Supervised.start(bench, tools[at], {
      watch: subjects[at].watch,
      debounceMs: DEBOUNCE_MS,
    });
  const turns = Math.min(FILE_RUNS_MAX, bench.runs);
  for (let turn = 0; turn < turns; turn++) {
    for (const at of tools.keys()) {
      await using one = await start(at);
      starts[at].push(one.log.between("exec", "start"));
    }
  }
  await using all = new AsyncDisposableStack();
  const started: Supervised[] = [];
  for (const at of tools.keys()) started.push(all.use(await start(at)));
  await pause(WARM_UP_MS);
  const idle = await idleShares(started, bench);
  for (let turn = 0; turn < turns; turn++) {
    for (const [at, { log }] of started.entries()) {
      const seen = log.read().length;
      await subjects[at].change(log);
      await log.next("start", seen, FOUND_TIMEOUT_MS);
      const foundMs = log.between("change", "start", seen);
      if (!Number.isNaN(foundMs)) finds[at].push(foundMs);
    }
  }
  return tools.flatMap(({ name }, at): Series[] => {
    const watches = count === 1 ? "1 file" : `${count} files`;
    const of = (what: string) => `${watches}: ${what}`;
    const note = finds[at].length > 0 ? undefined : "did not notice";
    const tail = { tool: name, note };
    return [
      { ...tail, measure: of("start"), unit: "ms", samples: starts[at] },
      { ...tail, measure: of("idle CPU"), unit: "%", samples: [idle[at]] },
      { ...tail, measure: of("find a change"), unit: "ms", samples: finds[at] },
    ];
  });
}

async function idleShares(
  started: readonly Supervised[],
  { quick }: Bench,
): Promise<number[]> {
  const families = started.map((one) => one.family());
  const before = families.map((pids) => usageOf(pids).cpuMs);
  const began = performance.now();
  // Two looks of a poller that rests 20 s after one at 10,000 files.
  await pause(quick ? 10_000 : 50_000);
  const tookMs = performance.now() - began;
  return families.map((pids, at) =>
    100 * (usageOf(pids).cpuMs - before[at]) / tookMs
  );
}

/** Restarts, processor time and growth under a storm on a neighbour, and on the watched file. */
export async function storms(bench: Bench): Promise<Series[]> {
  const tools = bench.tools.filter(({ skills }) => skills.includes("watch"));
  const series: Series[] = [];
  for (const target of ["a neighbour", "the file"] as const) {
    for (const [at, tool] of tools.entries()) {
      const directory = `${bench.directory}/storm ${target} ${at}`;
      series.push(...await stormOn(bench, tool, directory, target));
    }
  }
  return series;
}

async function stormOn(
  bench: Bench,
  tool: Tool,
  directory: string,
  target: "a neighbour" | "the file",
): Promise<Series[]> {
  const { watch } = plainFile(directory);
  const neighbours = [`${directory}/one.log`, `${directory}/two.log`];
  for (const path of neighbours) Deno.writeTextFileSync(path, "");
  const options = { watch, debounceMs: DEBOUNCE_MS };
  await using one = await Supervised.start(bench, tool, options);
  await pause(WARM_UP_MS);
  const pids = one.family();
  const seen = one.log.read().length;
  const [cpu, memory] = [cpuOf(pids), memoryOf(pids)];
  const writes = bench.quick ? STORM_WRITES_QUICK : STORM_WRITES;
  const paths = target === "the file" ? [watch.path] : neighbours;
  await one.log.act("storm", String(writes), ...paths);
  await pause(AFTERMATH_MS);
  const restarts = one.log.read().slice(seen)
    .filter(({ event }) => event === "start").length;
  const result = (what: string, unit: Series["unit"], value: number) => ({
    measure: `storm on ${target}: ${what}`,
    tool: tool.name,
    unit,
    samples: [value],
  });
  return [
    result("restarts", "restarts", restarts),
    result("CPU", "s", (cpuOf(one.family()) - cpu) / 1_000),
    result("RSS growth", "MiB", memoryOf(one.family()).rss - memory.rss),
    result(
      "RssAnon growth",
      "MiB",
      memoryOf(one.family()).anon - memory.anon,
    ),
    result("length", "s", one.log.between("begin", "end", seen) / 1_000),
  ];
}
