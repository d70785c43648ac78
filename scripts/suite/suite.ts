/** Runs the tests, or what is chosen of them, from the executable to the closing line. */
import { compile } from "../compile.ts";
import { ROOT } from "../denort.ts";
import { type Choice, type Part, PARTS, runPart } from "./part.ts";
import { type Case, closingLine, slowest } from "./report.ts";
import { describeSpeed, measureSpeed } from "./speed.ts";

/** So many of the slowest cases are named at the end of a whole run. */
const SLOWEST = 5;

/** What is run. */
export interface Selection extends Choice {
  /** The only part that is run; absent: all that have a case. */
  readonly part?: Part;
}

/** What came of a run. */
export interface SuiteOutcome {
  readonly cases: readonly Case[];
  /** "name: why" of each time that a case was played again, because the machine stood still. */
  readonly replays: readonly string[];
  readonly isOk: boolean;
  readonly ms: number;
  /** The machine's, before each part. */
  readonly slowness: readonly number[];
}

/** Compiles what is stale, measures the machine, runs the parts one after another, and prints all of it. */
export async function suite(selection: Selection): Promise<SuiteOutcome> {
  console.log(await compile({ ifStale: true }));
  const startedMs = performance.now();
  const cases: Case[] = [];
  const replays: string[] = [];
  const slowness: number[] = [];
  let isOk = true;
  const { paths, filter } = selection;
  const isWhole = paths === undefined && filter === undefined;
  for (const part of partsOf(selection)) {
    const speed = await measureSpeed(`${ROOT}dist/flush-manager`);
    slowness.push(speed.slowness);
    console.log(`${part.name}: ${describeSpeed(speed)}`);
    const outcome = await runPart(part, selection, speed);
    cases.push(...outcome.cases);
    replays.push(...outcome.replays);
    isOk &&= outcome.isOk;
    if (isWhole && outcome.cases.length === 0) {
      console.log(`Cannot find a case of the part ${part.name}`);
      isOk = false;
    }
  }
  const ms = performance.now() - startedMs;
  if (cases.length > SLOWEST) {
    console.log(["slowest:", ...slowest(cases, SLOWEST)].join("\n"));
  }
  if (cases.length === 0) console.log("Cannot find a test that is chosen");
  console.log(closingLine(cases, isOk, ms));
  return { cases, replays, isOk: isOk && cases.length > 0, ms, slowness };
}

/** Chosen files run once, with all their cases, in the part that their folder belongs to. */
function partsOf({ part, paths }: Selection): readonly Part[] {
  if (part !== undefined) return [part];
  if (paths === undefined) return PARTS;
  const [parallel, timed] = PARTS;
  const isTimed = (path: string) => path.startsWith("tests/timed");
  const chosen = paths.every(isTimed) ? timed : parallel;
  return [{ ...chosen, filter: undefined }];
}
