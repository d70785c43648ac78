/**
 * How long it takes: to start, to notice a change and act on it, to restart, to
 * pass a signal on. Tools take turns, so that what else the machine does falls
 * on all of them.
 */
import type { Series } from "./stats.ts";
import { pause, StampLog } from "./stamps.ts";
import { type Bench, Supervised } from "./supervised.ts";
import type { Tool } from "./tools.ts";
import { configMap, plainFile, type Subject } from "./volumes.ts";

const SIGUSR1 = "10";
/** What a tool may take to arm its watches and to settle after a restart. */
const SETTLE_MS = 250;
const NOTICE_TIMEOUT_MS = 3_000;
const RESTARTS_PER_START = 5;
/** What is ours in a start is a tenth of what the runtime needs, and that is noisy. */
const STARTS_PER_RUN = 2;

export const ms = (
  measure: string,
  tool: Tool,
  samples: readonly number[],
  note?: string,
): Series => ({ measure, tool: tool.name, unit: "ms", samples, note });

/** From exec of the supervisor to its child's first instruction. */
export async function startUp(bench: Bench): Promise<Series[]> {
  const samples = bench.tools.map((): number[] => []);
  for (let turn = 0; turn < bench.runs * STARTS_PER_RUN; turn++) {
    const order = [...bench.tools.entries()];
    // There and back: whoever follows a tool of the same runtime finds its pages warm.
    if (turn % 2 === 1) order.reverse();
    for (const [at, tool] of order) {
      await using one = await Supervised.start(bench, tool);
      samples[at].push(one.log.between("exec", "start"));
    }
  }
  return bench.tools.map((tool, at) => ms("start-up", tool, samples[at]));
}

/** From a signal sent to the supervisor to the child's handler. */
export async function forwarding(bench: Bench): Promise<Series[]> {
  const tools = bench.tools.filter(({ name, skills }) =>
    skills.includes("init") && name !== "floor" && name !== "supervisor"
  );
  const samples = tools.map((): number[] => []);
  await using all = new AsyncDisposableStack();
  const started: Supervised[] = [];
  for (const tool of tools) {
    started.push(all.use(await Supervised.start(bench, tool)));
  }
  await pause(SETTLE_MS * 2);
  for (let turn = 0; turn < bench.runs; turn++) {
    for (const [at, one] of started.entries()) {
      const tookMs = await signalled(one);
      if (tookMs !== undefined) samples[at].push(tookMs);
    }
  }
  return tools.map((tool, at) =>
    samples[at].length > 0
      ? ms("signal", tool, samples[at])
      : ms("signal", tool, [], "does not pass SIGUSR1 on")
  );
}

/** From a signal to the child's handler; undefined if it does not arrive. */
export async function signalled(
  { log, pid }: Supervised,
): Promise<number | undefined> {
  const seen = log.read().length;
  await log.act("kill", String(pid), SIGUSR1);
  const arrived = await log.next("usr1", seen, NOTICE_TIMEOUT_MS);
  return arrived === undefined ? undefined : log.between("kill", "usr1", seen);
}

/** What one change led to. */
interface Reaction {
  readonly noticedMs: number;
  readonly startedMs: number;
  readonly downMs: number;
}

/** Change to SIGTERM, to the new child, and the time between the two children. */
export async function changes(bench: Bench): Promise<Series[]> {
  const tools = bench.tools.filter(({ skills }) => skills.includes("watch"));
  const series: Series[] = [];
  for (const kind of ["in place", "swap"] as const) {
    const reactions = await reactionsTo(bench, tools, kind);
    for (const [at, tool] of tools.entries()) {
      const all = reactions[at];
      const overlaps = all.some(({ downMs }) => downMs < 0);
      const note = all.length === 0
        ? "did not notice"
        : overlaps
        ? "at times the new child starts before the old one has ended"
        : undefined;
      const of = (what: keyof Reaction) => all.map((one) => one[what]);
      series.push(
        ms(`change to SIGTERM, ${kind}`, tool, of("noticedMs"), note),
        ms(`change to new child, ${kind}`, tool, of("startedMs"), note),
        ms(`downtime, ${kind}`, tool, of("downMs"), note),
      );
    }
  }
  return series;
}

async function reactionsTo(
  bench: Bench,
  tools: readonly Tool[],
  kind: "in place" | "swap",
): Promise<Reaction[][]> {
  const reactions = tools.map((): Reaction[] => []);
  for (let turn = 0; turn < bench.runs; turn += RESTARTS_PER_START) {
    await using all = new AsyncDisposableStack();
    const pairs: { one: Supervised; subject: Subject }[] = [];
    for (const [at, tool] of tools.entries()) {
      const directory = `${bench.directory}/${kind}-${turn}-${at}`;
      const log = new StampLog(bench.program, `${directory}.log`);
      const subject = kind === "swap"
        ? await configMap(directory, log)
        : plainFile(directory);
      // Fresh content is looked at with more suspicion: let it age.
      await pause(20);
      const one = await Supervised.start(bench, tool, { watch: subject.watch });
      pairs.push({ one: all.use(one), subject });
    }
    await pause(SETTLE_MS * 2);
    const left = Math.min(RESTARTS_PER_START, bench.runs - turn);
    for (let again = 0; again < left; again++) {
      for (const [at, { one, subject }] of pairs.entries()) {
        const reaction = await reactionOf(one, subject);
        if (reaction !== undefined) reactions[at].push(reaction);
      }
    }
  }
  return reactions;
}

export async function reactionOf(
  { log }: Supervised,
  { change }: Subject,
): Promise<Reaction | undefined> {
  const seen = log.read().length;
  await change(log);
  const started = await log.next("start", seen, NOTICE_TIMEOUT_MS);
  await pause(SETTLE_MS);
  if (started === undefined) return undefined;
  return {
    noticedMs: log.between("change", "term", seen),
    startedMs: log.between("change", "start", seen),
    downMs: log.between("term", "start", seen),
  };
}

/** A restart that the tool's own command asks for: to the new child, and downtime. */
export async function askedRestarts(bench: Bench): Promise<Series[]> {
  const series: Series[] = [];
  for (const tool of bench.tools) {
    const { restart } = tool;
    if (restart === undefined) continue;
    await using one = await Supervised.start(bench, tool);
    const asked: number[] = [];
    const down: number[] = [];
    for (let turn = 0; turn < Math.min(10, bench.runs); turn++) {
      await pause(SETTLE_MS);
      const seen = one.log.read().length;
      await one.log.act("exec", "/dev/null", ...restart(one.job));
      await one.log.next("start", seen, NOTICE_TIMEOUT_MS);
      asked.push(one.log.between("exec", "start", seen));
      down.push(one.log.between("term", "start", seen));
    }
    const note = "restart asked for by its own command";
    series.push(
      ms("downtime, in place", tool, down, note),
      ms("change to new child, in place", tool, asked, note),
    );
  }
  return series;
}
