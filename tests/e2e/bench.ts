/**
 * Declares tests that run the executable. A test gets a bench: a directory of
 * its own and managers that end with it, however it ends; a failure shows what
 * they wrote. Must not know what is tested.
 */
import { childBinary } from "../fixtures/build.ts";
import { EXECUTABLE, Manager, type StartOptions } from "./harness.ts";

/** How a bench starts a manager on the test program. */
export interface Supervision extends StartOptions {
  /** Paths to watch. */
  config?: readonly string[];
  /** Other options. */
  options?: readonly string[];
  /** What the test program does before it says that it is ready. */
  child?: readonly string[];
}

/** The body of a test. */
export interface Row {
  (bench: Bench): Promise<void>;
  /** Why it cannot run on this machine; absent when it can. */
  missing?: string;
}

/** A body that needs something of the machine. */
export const needing = (
  { missing }: { readonly missing?: string },
  run: (bench: Bench) => Promise<void>,
): Row => Object.assign(run, { missing });

/** A directory, and the managers that were started for one test. */
export class Bench implements AsyncDisposable {
  readonly directory: string;
  /** Path of the program that managers supervise. */
  readonly child: string;
  readonly #managers: Manager[] = [];

  private constructor(directory: string, child: string) {
    this.directory = directory;
    this.child = child;
  }

  static async create(): Promise<Bench> {
    await Deno.stat(EXECUTABLE).catch((cause) => {
      throw new Error(
        `Cannot test ${EXECUTABLE}: it does not exist; run deno task compile`,
        { cause },
      );
    });
    const child = await childBinary();
    const directory = await Deno.makeTempDir({ prefix: "flush-manager-e2e-" });
    // Some managers run as another user.
    await Deno.chmod(directory, 0o755);
    return new Bench(directory, child);
  }

  /** The path of that name in the bench's directory. */
  path(name: string): string {
    return `${this.directory}/${name}`;
  }

  /** Writes a file and returns its path. */
  write(name: string, content: string): string {
    Deno.writeTextFileSync(this.path(name), content);
    return this.path(name);
  }

  /** Makes a directory and returns its path. */
  mkdir(name: string): string {
    Deno.mkdirSync(this.path(name), { recursive: true });
    return this.path(name);
  }

  /** Starts the executable with exactly these arguments. */
  run(args: readonly string[], options?: StartOptions): Manager {
    const manager = new Manager(args, options ?? {});
    this.#managers.push(manager);
    return manager;
  }

  /** Starts the executable on the test program, which prints the first path's content and that it is ready. */
  supervise(
    { config = [], options = [], child = [], ...start }: Supervision = {},
  ): Manager {
    const watched = config.length === 0 ? [""] : config;
    const print = config.length === 0 ? [] : ["--print-config", config[0]];
    return this.run([
      ...watched.map((path) => `--config=${path}`),
      ...options,
      "--",
      this.child,
      ...child,
      ...print,
      "--ready-line",
    ], start);
  }

  /** Supervises on the file app.conf, which holds "first", and waits until all is ready. */
  async onFile(
    supervision: Omit<Supervision, "config"> = {},
  ): Promise<{ file: string; manager: Manager }> {
    const file = this.write("app.conf", "first");
    const manager = this.supervise({ ...supervision, config: [file] });
    await manager.out.wait("config: first");
    return { file, manager: await manager.ready() };
  }

  /** What all managers wrote. */
  transcript(): string {
    return this.#managers
      .map((manager, at) => `  manager ${at + 1}:\n    ${manager.transcript()}`)
      .join("\n");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const manager of this.#managers) await manager[Symbol.asyncDispose]();
    await Deno.remove(this.directory, { recursive: true });
  }
}

/** A skip is a failure in CI. */
const SKIP_FAILS = Deno.env.get("CI") === "true";

/** Declares a test. */
export function row(name: string, run: Row): void {
  declare(name, run.missing, () => onBench(run));
}

function declare(
  name: string,
  missing: string | undefined,
  fn: () => Promise<void>,
): void {
  if (missing === undefined) return Deno.test(name, fn);
  console.error(`SKIPPED ${name}: ${missing}`);
  Deno.test({
    name,
    ignore: !SKIP_FAILS,
    fn: () => {
      throw new Error(`Cannot run this test: ${missing}`);
    },
  });
}

/**
 * Declares tests that run at the same time, because they mostly wait: the first
 * of them runs all, each reports its own. E2E_ONLY, an expression on names,
 * leaves the others out (with --filter all of them would run still).
 */
export function together(rows: Readonly<Record<string, Row>>): void {
  const only = new RegExp(Deno.env.get("E2E_ONLY") ?? "");
  const chosen = Object.entries(rows).filter(([name]) => only.test(name));
  let outcomes: Promise<Map<string, PromiseSettledResult<void>>> | undefined;
  for (const [name, { missing }] of chosen) {
    declare(name, missing, async () => {
      const outcome = (await (outcomes ??= runAll(chosen))).get(name);
      if (outcome?.status === "rejected") throw outcome.reason;
    });
  }
}

async function runAll(
  rows: readonly (readonly [string, Row])[],
): Promise<Map<string, PromiseSettledResult<void>>> {
  const settled = await Promise.allSettled(
    rows.map(async ([, run]) => {
      if (run.missing === undefined) await onBench(run);
    }),
  );
  return new Map(rows.map(([name], at) => [name, settled[at]]));
}

/** The machine stood still, which made the scenario another one. */
class Stalled extends Error {}

const ATTEMPTS = 5;

/**
 * Makes a change whose steps must all happen within the quiet window of 500 ms.
 * On a machine that took longer the test is played again from its start.
 */
export async function withinWindow(
  change: () => unknown,
  limitMs = 400,
): Promise<void> {
  const begin = performance.now();
  await change();
  const tookMs = Math.round(performance.now() - begin);
  if (tookMs > limitMs) throw new Stalled(`The change took ${tookMs} ms`);
}

async function onBench(run: Row): Promise<void> {
  for (let attempt = 1;; attempt++) {
    try {
      return await onBenchOnce(run);
    } catch (error) {
      if (!(error instanceof Stalled) || attempt === ATTEMPTS) throw error;
    }
  }
}

async function onBenchOnce(run: Row): Promise<void> {
  await using bench = await Bench.create();
  try {
    await run(bench);
  } catch (cause) {
    if (!(cause instanceof Error)) throw cause;
    cause.message += `\n${bench.transcript()}`;
    throw cause;
  }
}
