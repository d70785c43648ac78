/** What a supervisor costs while nothing happens, and how it reaps orphans. */
import { onPath } from "../scripts/shell.ts";
import { memoryOf, usageOf } from "./processes.ts";
import type { Series } from "./stats.ts";
import { pause } from "./stamps.ts";
import { type Bench, Supervised } from "./supervised.ts";
import type { Tool } from "./tools.ts";
import { plainFile } from "./volumes.ts";

/** Orphans that die at once. */
export const ORPHANS = 10_000;
const ORPHANS_QUICK = 2_000;
const REAP_TIMEOUT_MS = 30_000;
const REAP_RUNS_MAX = 5;
const WARM_UP_MS = 5_000;

/** Seconds of idling that are measured. */
export const idleSeconds = ({ quick }: Bench): number => quick ? 15 : 60;

/** Memory, processor time and wake-ups of all tools side by side, each watching one file if it can. */
export async function idling(bench: Bench): Promise<Series[]> {
  await using all = new AsyncDisposableStack();
  const started: Supervised[] = [];
  for (const [at, tool] of bench.tools.entries()) {
    const { watch } = plainFile(`${bench.directory}/idle-${at}`);
    const watches = tool.skills.includes("watch");
    const options = { watch: watches ? watch : undefined, debounceMs: 500 };
    started.push(all.use(await Supervised.start(bench, tool, options)));
  }
  await pause(WARM_UP_MS);
  const families = started.map((one) => one.family());
  const before = families.map(usageOf);
  const began = performance.now();
  await pause(idleSeconds(bench) * 1_000);
  const tookMs = performance.now() - began;
  const after = families.map(usageOf);
  return bench.tools.flatMap((tool, at): Series[] => {
    const { rss, anon } = memoryOf(families[at]);
    const cpuMs = after[at].cpuMs - before[at].cpuMs;
    const wakes = after[at].switches - before[at].switches;
    const one = (measure: string, unit: Series["unit"], value: number) => ({
      measure,
      tool: tool.name,
      unit,
      samples: [value],
    });
    return [
      one("RSS", "MiB", rss),
      one("RssAnon", "MiB", anon),
      one("idle CPU", "%", 100 * cpuMs / tookMs),
      one("idle wake-ups", "/min", wakes * 60_000 / tookMs),
    ];
  });
}

const NAMESPACE = "unshare --pid --fork --kill-child --mount-proc".split(" ");

/** As PID 1: from the moment that many orphans die at once until none is left as a zombie. */
export async function reaping(bench: Bench): Promise<Series[]> {
  const tools = bench.tools.filter(({ name, skills }) =>
    skills.includes("init") && name !== "floor"
  );
  if (Deno.uid() !== 0 || !await onPath("unshare")) {
    const note = "needs root and unshare";
    return tools.map((tool) => reaped(tool, [], note));
  }
  const count = bench.quick ? ORPHANS_QUICK : ORPHANS;
  const samples = tools.map((): number[] => []);
  const notes = tools.map((): string | undefined => undefined);
  for (let turn = 0; turn < Math.min(REAP_RUNS_MAX, bench.runs); turn++) {
    for (const [at, tool] of tools.entries()) {
      if (notes[at] !== undefined) continue;
      await using one = await Supervised.start(bench, tool, {
        child: ["orphans", String(count)],
        through: NAMESPACE,
      });
      const end = await one.log.next("end", 0, REAP_TIMEOUT_MS);
      const begin = await one.log.next("begin", 0, 0);
      if (begin === undefined) notes[at] = "its orphans could not be made";
      else if (end === undefined) {
        notes[at] = `not done after ${REAP_TIMEOUT_MS / 1_000} s`;
      } else samples[at].push(end.atMs - begin.atMs);
    }
  }
  return tools.map((tool, at) => reaped(tool, samples[at], notes[at]));
}

function reaped(
  tool: Tool,
  samples: readonly number[],
  note?: string,
): Series {
  return { measure: "reaping", tool: tool.name, unit: "ms", samples, note };
}
