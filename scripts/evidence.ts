/**
 * `deno task evidence`: runs everything that speaks for the supervisor and
 * writes docs/evidence.md. A part that fails is written down as failed, and the
 * task ends with 1. Owns the list of the parts.
 *
 *   --schedules N   of the simulation (100000)
 *   --minutes N     of the soak (2)
 *   --seed N        of both; random unless given
 */
import { describeMachine, type Outcome } from "../bench/report.ts";
import { compile } from "./compile.ts";
import { ROOT } from "./denort.ts";
import {
  benchTable,
  conformanceRows,
  countsTable,
  coverageTable,
  failuresList,
} from "./evidence_report.ts";
import { Progress } from "./progress.ts";
import { must, run, script } from "./shell.ts";
import { closingLine } from "./suite/report.ts";
import { partNamed } from "./suite/part.ts";
import { suite, type SuiteOutcome } from "./suite/suite.ts";
import { taskOptions } from "./task_options.ts";
import { table } from "../tests/real/load_table.ts";

const LONG_RUN = `${ROOT}docs/evidence-long-run.txt`;
const FLICKER = "docs/evidence-flicker.md";
const NODE = "docs/evidence-node.md";
const EXAMPLES = "docs/evidence-examples.md";

interface Options {
  readonly schedules: string;
  readonly minutes: string;
  readonly seed: string;
}

/** What a part has to say. */
interface Section {
  readonly text: string;
  readonly ok: boolean;
}

/** One section of the document. */
interface Part {
  readonly title: string;
  /** What anyone can type to see the same; undefined where nothing is run. */
  readonly command: string | undefined;
  readonly gather: () => Promise<Section>;
}

function parts({ schedules, minutes, seed }: Options): Part[] {
  const simulate = `--schedules ${schedules} --seed ${seed}`;
  const soak = `--minutes ${minutes} --seed ${seed}`;
  return [
    {
      title: "Simulation",
      command: `deno run -A scripts/simulate.ts ${simulate}`,
      gather: () => output("scripts/simulate.ts", simulate),
    },
    { title: "10 million schedules", command: undefined, gather: longRun },
    {
      title: "Repeated test runs",
      command: undefined,
      gather: () => writtenByHand(FLICKER),
    },
    {
      title: "Conformance",
      command: "scripts/dev test tests/e2e; scripts/dev test --part timed",
      gather: conformance,
    },
    {
      title: "Watcher scripts",
      command: "scripts/dev test tests/scripts",
      gather: watcherScripts,
    },
    {
      title: "Real programs",
      command: "deno test -A tests/real",
      gather: realPrograms,
    },
    {
      title: "Whole systems under load",
      command: undefined,
      gather: () => writtenByHand(EXAMPLES),
    },
    {
      title: "A fleet under a real kubelet",
      command: undefined,
      gather: () => writtenByHand(NODE),
    },
    {
      title: "Soak",
      command: `deno run -A scripts/soak.ts ${soak}`,
      gather: () => output("scripts/soak.ts", soak),
    },
    {
      title: "Coverage by the tests that need no executable",
      command: "deno task coverage",
      gather: coverage,
    },
    { title: "Benchmark", command: undefined, gather: benchmark },
  ];
}

/** A line that says how far a task is (scripts/progress.ts). */
const PROGRESS = /^\w+: \d+ of \d+\b/;

/** What a script of ours writes. */
async function output(
  path: string,
  args: string,
): Promise<Section> {
  const { code, stdout, stderr } = await deno(
    "run",
    "-A",
    path,
    ...args.split(" "),
  );
  // Of a long complaint the first lines say what is wrong.
  const complaint = stderr.trim().split("\n")
    .filter((line) => !PROGRESS.test(line))
    .slice(0, 5).join("\n");
  const said = code === 0 ? stdout : `${stdout}${complaint}`;
  return { text: fenced(said), ok: code === 0 };
}

const deno = (...args: string[]) => run(Deno.execPath(), args, { cwd: ROOT });
const fenced = (text: string) => `\`\`\`text\n${text.trim()}\n\`\`\``;

/** The run of minutes to hours that is made by hand, and kept. */
async function longRun(): Promise<Section> {
  const kept = await Deno.readTextFile(LONG_RUN).catch(() => undefined);
  if (kept === undefined) {
    return { text: "docs/evidence-long-run.txt is not there.", ok: true };
  }
  return {
    text: `Made once, kept in docs/evidence-long-run.txt.\n\n${fenced(kept)}`,
    ok: true,
  };
}

/** The text at `path` about runs that were made by hand, such as `deno task flicker`. */
async function writtenByHand(path: string): Promise<Section> {
  const kept = await Deno.readTextFile(`${ROOT}${path}`)
    .catch(() => undefined);
  return { text: kept?.trim() ?? `${path} is not there.`, ok: true };
}

async function conformance(): Promise<Section> {
  const sideBySide = await suite({ paths: ["tests/e2e"] });
  const timed = await suite({ part: partNamed("timed") });
  const cases = [...sideBySide.cases, ...timed.cases];
  return section([sideBySide, timed], [conformanceRows(cases)]);
}

const watcherScripts = async (): Promise<Section> =>
  section([await suite({ paths: ["tests/scripts"] })], []);

/** The counts of these runs, what else there is to say, and what failed. */
function section(
  outcomes: readonly SuiteOutcome[],
  said: readonly string[],
): Section {
  const cases = outcomes.flatMap((outcome) => outcome.cases);
  const closing = outcomes.map((outcome) =>
    `\`${closingLine(outcome.cases, outcome.isOk, outcome.ms)}\``
  );
  const lines = [...closing, countsTable(cases), ...said, failuresList(cases)];
  return {
    text: lines.filter((line) => line !== "").join("\n\n"),
    ok: outcomes.every(({ isOk }) => isOk),
  };
}

/** nginx, Redis and Prometheus under the executable, and what reloads cost the clients of nginx. */
async function realPrograms(): Promise<Section> {
  const directory = await Deno.makeTempDir();
  try {
    const rows = `${directory}/rows.json`;
    const { code, stdout } = await run(
      Deno.execPath(),
      ["test", "--frozen", "-A", "tests/real"],
      { cwd: ROOT, env: { REAL_JSON: rows } },
    );
    const load = await Deno.readTextFile(rows).catch(() => "[]");
    const closing = stdout.split("\n").findLast((line) =>
      /^(ok|FAILED) \|/.test(line)
    );
    const text = [
      `\`${closing ?? "no closing line"}\``,
      "What reloads cost the clients of nginx; each row is in tests/real/load_test.ts.",
      fenced(table(JSON.parse(load))),
    ].join("\n\n");
    return { text, ok: code === 0 };
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

async function coverage(): Promise<Section> {
  const { code, stdout } = await deno("task", "coverage");
  if (code !== 0) return { text: fenced(stdout), ok: false };
  const lcov = await Deno.readTextFile(`${ROOT}coverage/lcov.info`);
  return { text: coverageTable(lcov), ok: true };
}

async function benchmark(): Promise<Section> {
  const kept = await Deno.readTextFile(`${ROOT}dist/bench.json`)
    .catch(() => undefined);
  if (kept === undefined) {
    return {
      text:
        "`deno task bench` was not run here; see [benchmark.md](benchmark.md).",
      ok: true,
    };
  }
  const outcome: Outcome = JSON.parse(kept);
  return { text: benchTable(outcome), ok: true };
}

/** The date, the machine, and what was tested. */
async function heading(seed: string): Promise<string> {
  const version = await must(
    "ask the executable for its version",
    `${ROOT}dist/flush-manager`,
    ["--version"],
  );
  const date = `${new Date().toISOString().slice(0, 16).replace("T", " ")} UTC`;
  return `# Evidence

Written by \`deno task evidence\`, which runs every command below; anyone can run them again.

- Date: ${date}
- Machine: ${await describeMachine()}
- Under test: ${version.trim()}
- Seed: ${seed}`;
}

function parse(argv: readonly string[]): Options {
  const args = taskOptions(argv, { string: ["schedules", "minutes", "seed"] });
  return {
    schedules: args.schedules ?? "100000",
    minutes: args.minutes ?? "2",
    seed: args.seed ?? String(Math.floor(Math.random() * 2 ** 31)),
  };
}

async function main(): Promise<void> {
  const options = parse(Deno.args);
  console.error(`evidence: ${await compile({ ifStale: true })}`);
  const sections = [await heading(options.seed)];
  const failed: string[] = [];
  const all = parts(options);
  using progress = new Progress("evidence", { total: all.length });
  for (const [done, { title, command, gather }] of all.entries()) {
    progress.step(done, title);
    const startedMs = performance.now();
    const { text, ok } = await gather();
    const seconds = Math.round((performance.now() - startedMs) / 1_000);
    if (!ok) failed.push(title);
    const how = command === undefined
      ? []
      : [`\`${command}\`, ${ok ? "passed" : "**FAILED**"} in ${seconds} s.`];
    sections.push([`## ${title}`, ...how, text].join("\n\n"));
  }
  await Deno.writeTextFile(
    `${ROOT}docs/evidence.md`,
    `${sections.join("\n\n")}\n`,
  );
  // Cells are padded by their length; the formatter knows wide characters too.
  await deno("fmt", "--quiet", "docs/evidence.md");
  if (failed.length > 0) throw new Error(`Failed: ${failed.join(", ")}`);
}

await script("evidence", main);
