/**
 * `deno task bench`: the executable side by side with its peers and with the
 * floor. Writes dist/bench.json, docs/benchmark.md and docs/benchmark.svg;
 * of a part only dist/bench-partial.json.
 *
 *   --install        install the missing peers (apt, npm)
 *   --only NAME,…    some of the measurements
 *   --tools NAME,…   some of the tools
 *   --runs N         samples of what is sampled
 *   --quick          fewer samples, shorter waits, smaller loads
 */
import { compile } from "../scripts/compile.ts";
import { ROOT } from "../scripts/denort.ts";
import { Progress } from "../scripts/progress.ts";
import { must, script } from "../scripts/shell.ts";
import { taskOptions, wholeNumber } from "../scripts/task_options.ts";
import { controlling } from "./control.ts";
import { askedRestarts, changes, forwarding, startUp } from "./latency.ts";
import { manyWatched, storms } from "./load.ts";
import { describeMachine, type Outcome, toMarkdown } from "./report.ts";
import { lossesOf } from "./losses.ts";
import { plot } from "./plot.ts";
import { buildStamp } from "./stamps.ts";
import type { Series } from "./stats.ts";
import type { Bench } from "./supervised.ts";
import { assess } from "./targets.ts";
import { findPeers, FLOOR, installPeers, OURS, ownTools } from "./tools.ts";
import { idling, reaping } from "./upkeep.ts";

const MEASUREMENTS: Readonly<
  Record<string, (bench: Bench) => Promise<Series[]>>
> = {
  start: startUp,
  change: changes,
  restart: askedRestarts,
  signal: forwarding,
  reap: reaping,
  idle: idling,
  files: manyWatched,
  storm: storms,
  control: controlling,
};

const NPM_PEERS = `${ROOT}.cache/bench`;
const RUNS = 40;
const RUNS_QUICK = 10;

interface Options {
  readonly names: readonly string[];
  readonly tools: readonly string[] | undefined;
  readonly runs: number;
  readonly quick: boolean;
  readonly install: boolean;
}

function parse(argv: readonly string[]): Options {
  const args = taskOptions(argv, {
    string: ["only", "tools", "runs"],
    boolean: ["install", "quick"],
  });
  const names = args.only?.split(",") ?? Object.keys(MEASUREMENTS);
  const unknown = names.find((name) => !(name in MEASUREMENTS));
  if (unknown !== undefined) {
    throw new Error(
      `Cannot measure ${unknown}: it is none of ${
        Object.keys(MEASUREMENTS).join(", ")
      }`,
    );
  }
  const runs = wholeNumber(
    "--runs",
    args.runs,
    args.quick ? RUNS_QUICK : RUNS,
    [1, 10_000],
  );
  return {
    names,
    tools: args.tools?.split(","),
    runs,
    quick: args.quick === true,
    install: args.install === true,
  };
}

async function bench(options: Options): Promise<void> {
  if (options.install) await installPeers(NPM_PEERS);
  const peers = await findPeers(NPM_PEERS);
  const directory = await Deno.makeTempDir({ prefix: "flush-manager-bench-" });
  try {
    const [manager, floor] = await executables(directory);
    const program = await buildStamp(directory);
    const tools = [
      ...ownTools(manager, floor),
      ...peers.flatMap(({ tool }) => tool ?? []),
    ].filter(({ name }) => options.tools?.includes(name) ?? true);
    const { runs, quick, names } = options;
    const series: Series[] = [];
    using progress = new Progress("bench", { total: names.length });
    for (const [done, name] of names.entries()) {
      progress.step(done, name);
      const shared = { directory, program, tools, runs, quick };
      series.push(...await MEASUREMENTS[name](shared));
    }
    await write({
      machine: await describeMachine(),
      date: new Date().toISOString().slice(0, 10),
      quick,
      peers: peers.map(({ name, version }) => ({ name, version })),
      series,
      verdicts: assess(series),
    }, names.length === Object.keys(MEASUREMENTS).length);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

/**
 * Copies, so that a build that goes on meanwhile changes nothing here, and both
 * files are as new: how a file came into the page cache changes how long it
 * takes to start by up to 2 ms. They are on the disk before anything is measured.
 */
async function executables(directory: string): Promise<[string, string]> {
  const made = [
    { name: OURS, entry: "main.ts", output: "dist/flush-manager" },
    { name: FLOOR, entry: "bench/floor.ts", output: "dist/bench-floor" },
  ];
  const paths: string[] = [];
  for (const { name, entry, output } of made) {
    console.error(
      `bench: ${await compile({ entry, output, ifStale: true })}`,
    );
    const copy = `${directory}/${name}`;
    await Deno.copyFile(`${ROOT}${output}`, copy);
    using file = await Deno.open(copy);
    await file.sync();
    paths.push(copy);
  }
  return [paths[0], paths[1]];
}

/** The report in docs/ is of whole runs only. */
async function write(outcome: Outcome, isWhole: boolean): Promise<void> {
  const text = toMarkdown(outcome);
  console.log(text);
  await Deno.mkdir(`${ROOT}dist`, { recursive: true });
  const json = JSON.stringify(outcome, null, 2);
  const name = isWhole ? "bench" : "bench-partial";
  await Deno.writeTextFile(`${ROOT}dist/${name}.json`, `${json}\n`);
  if (!isWhole) return;
  const evidence = await Deno.readTextFile(`${ROOT}docs/evidence.md`);
  await Deno.writeTextFile(`${ROOT}docs/benchmark.md`, text);
  await Deno.writeTextFile(
    `${ROOT}docs/benchmark.svg`,
    plot(outcome.series, lossesOf(evidence)),
  );
  const page = `${ROOT}docs/benchmark.md`;
  await must("format the report", Deno.execPath(), ["fmt", page]);
}

if (import.meta.main) await script("bench", () => bench(parse(Deno.args)));
