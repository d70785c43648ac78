/**
 * Runs one part of the tests with `deno test` and tells what came of it. Owns
 * the parts and how each is run; must not know what they are run for.
 */
// @ts-types="../../types/std_streams_text_line_stream.d.ts"
import { TextLineStream } from "@std/streams/text-line-stream";
import { ROOT } from "../denort.ts";
import { type Expected, Progress } from "./progress.ts";
import { type Case, casesOf, failureText } from "./report.ts";
import type { Speed } from "./speed.ts";

/** How one part of the tests is run. */
export interface Part {
  readonly name: "parallel" | "timed";
  /** Folders, from the repository's root. */
  readonly folders: readonly string[];
  /**
   * The files in them that take longest: begun among the last, they alone would
   * be waited for in the end. `deno test` begins with what is named as a file,
   * files in deeper folders before others, and plays each file once.
   */
  readonly first: readonly string[];
  /** Test files that run at the same time. */
  readonly jobs: number;
  /** Which cases are chosen where the caller chooses none; absent: all. */
  readonly filter?: string;
}

const PROCESSORS = navigator.hardwareConcurrency;

/** Run by tasks of their own, or in the second part. */
const ELSEWHERE = ["cluster", "container", "examples", "real", "timed"];

/** Not `--ignore`: it is not heeded where a file is named beside the folder. */
const SIDE_BY_SIDE = [...Deno.readDirSync(`${ROOT}tests`)]
  .filter(({ name, isDirectory }) => isDirectory && !ELSEWHERE.includes(name))
  .map(({ name }) => `tests/${name}`)
  .toSorted();

/**
 * The parts, in their order. Cases of the first mostly wait, so that many run
 * side by side. In the second, latency is judged: so few run beside each other
 * that they need about a quarter of the processors' time. Cases whose name ends
 * in [F], [P] or [T] (docs/conformance.md) are of the second.
 */
export const PARTS: readonly Part[] = [
  {
    name: "parallel",
    folders: SIDE_BY_SIDE,
    first: [
      "tests/simulation/mutants_test.ts",
      "tests/simulation/simulation_test.ts",
      "tests/scripts/directories/scripts_test.ts",
      "tests/scripts/writes/scripts_test.ts",
      "tests/scripts/links/scripts_test.ts",
      "tests/suite/suite_test.ts",
      "tests/e2e/on_change_test.ts",
      "tests/e2e/frozen_test.ts",
      "tests/e2e/spawn_limit_test.ts",
      "tests/e2e/rollback_test.ts",
    ],
    jobs: 8 * PROCESSORS,
    // Any other end. Deno's expressions cannot say "not".
    filter: "/([^\\]]|(^|[^FPT])\\]|(^|[^\\[])[FPT]\\]|(^|[^ ])\\[[FPT]\\])$/",
  },
  {
    name: "timed",
    folders: ["tests/timed", "tests/e2e"],
    first: [
      "tests/timed/restless_test.ts",
      // These two pause for longer where the machine is slower.
      "tests/timed/slow_write_test.ts",
      "tests/timed/swaps_test.ts",
      "tests/e2e/editor_save_test.ts",
      "tests/e2e/configmap_test.ts",
      "tests/e2e/removed_directory_test.ts",
      "tests/e2e/configmap_key_test.ts",
      "tests/e2e/link_change_test.ts",
      "tests/e2e/without_events_test.ts",
      "tests/e2e/several_paths_test.ts",
      "tests/e2e/unreadable_path_test.ts",
    ],
    jobs: 6 * PROCESSORS,
    filter: "/ \\[[FPT]\\]$/",
  },
];

/**
 * The part of that name.
 *
 * @throws {Error} when there is none
 */
export function partNamed(name: string): Part {
  const part = PARTS.find((each) => each.name === name);
  if (part !== undefined) return part;
  const names = PARTS.map((each) => each.name).join(" or ");
  throw new Error(`Cannot run part ${name}: use ${names}`);
}

/** What is run of a part. */
export interface Choice {
  /** Files and folders in place of the part's. */
  readonly paths?: readonly string[];
  /** As `deno test --filter` takes it, in place of the part's. */
  readonly filter?: string;
}

/** What came of a part. */
export interface Outcome {
  readonly cases: readonly Case[];
  /** "name: why" of each time that a case was played again, because the machine stood still. */
  readonly replays: readonly string[];
  readonly isOk: boolean;
}

/** Runs a part and prints its progress and failures. */
export async function runPart(
  part: Part,
  choice: Choice,
  speed: Speed,
): Promise<Outcome> {
  const directory = await Deno.makeTempDir({ prefix: "flush-manager-suite-" });
  try {
    const junit = `${directory}/junit.xml`;
    const isWhole = choice.paths === undefined && choice.filter === undefined;
    const counts = `${ROOT}.cache/tests/${part.name}.json`;
    using progress = new Progress(
      part.name,
      isWhole ? await readCounts(counts) : {},
    );
    const { code, ignored, replays, rest } = await runDeno(
      part,
      choice,
      speed,
      junit,
      progress,
    );
    const report = await Deno.readTextFile(junit).catch(() => "");
    // The report says of cases that the filter leaves out that they were skipped.
    const cases = casesOf(report).filter(({ file, name, result }) =>
      result !== "skipped" || ignored.has(`${file} ${name}`)
    );
    const failed = cases.filter(({ result }) => result === "failed");
    for (const each of failed) progress.print(failureText(each));
    // A module that cannot be loaded fails without a case.
    if (code !== 0 && failed.length === 0) progress.print(rest.join("\n"));
    if (isWhole && code === 0) await writeCounts(counts, cases);
    return { cases, replays, isOk: code === 0 };
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

/** A case's line in the output of `deno test --parallel`: file, name, result. */
const CASE = /^\.\/(\S+) => (.*) \.\.\. (ok|FAILED|ignored)\b/;

/** What the line of a case begins with that is played again (tests/e2e/bench.ts). */
const REPLAYED = "REPLAYED ";

async function runDeno(
  { name, folders, first, jobs, filter }: Part,
  choice: Choice,
  { slowness }: Speed,
  junit: string,
  progress: Progress,
): Promise<
  { code: number; ignored: Set<string>; replays: string[]; rest: string[] }
> {
  const chosen = choice.filter ?? filter;
  const deno = new Deno.Command(Deno.execPath(), {
    args: [
      "test",
      "--frozen",
      "--allow-all",
      "--parallel",
      `--junit-path=${junit}`,
      ...(chosen === undefined ? [] : [`--filter=${chosen}`]),
      ...choice.paths ?? [...first, ...folders],
    ],
    cwd: ROOT,
    env: {
      DENO_JOBS: String(jobs),
      NO_COLOR: "1",
      TEST_PART: name,
      TEST_SLOWNESS: String(slowness),
    },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const ignored = new Set<string>();
  const replays: string[] = [];
  const rest: string[] = [];
  const read = async (stream: ReadableStream<Uint8Array<ArrayBuffer>>) => {
    const lines = stream.pipeThrough(new TextDecoderStream())
      .pipeThrough(new TextLineStream());
    for await (const line of lines) {
      const [, file, name, result] = CASE.exec(line) ?? [];
      if (result === "ignored") ignored.add(`${file} ${name}`);
      if (result !== undefined) progress.add(file, result === "FAILED");
      else if (line.startsWith("SKIPPED ")) progress.print(line);
      else if (line.startsWith(REPLAYED)) {
        replays.push(line.slice(REPLAYED.length));
        progress.print(line);
      } else rest.push(line);
    }
  };
  await Promise.all([read(deno.stdout), read(deno.stderr)]);
  return { code: (await deno.status).code, ignored, replays, rest };
}

async function readCounts(path: string): Promise<Expected> {
  const text = await Deno.readTextFile(path).catch(() => "{}");
  return JSON.parse(text);
}

async function writeCounts(
  path: string,
  cases: readonly Case[],
): Promise<void> {
  const counts: Record<string, number> = {};
  for (const { file } of cases) counts[file] = (counts[file] ?? 0) + 1;
  await Deno.mkdir(path.slice(0, path.lastIndexOf("/")), { recursive: true });
  await Deno.writeTextFile(path, JSON.stringify(counts));
}
