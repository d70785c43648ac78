/**
 * Tests that run the executable. A test gets a bench: a directory of
 * its own and managers that end with it, however it ends; a failure shows what
 * they wrote. Must not know what is tested.
 */
import { childBinary } from "../fixtures/build.ts";
import { begin, EXECUTABLE, Manager, type StartOptions } from "./harness.ts";

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

/**
 * A test with a bench of its own, to be given to `Deno.test` where the case
 * stands, so that a failure is located there.
 */
export function row(name: string, run: Row): Deno.TestDefinition {
  const { missing } = run;
  if (missing === undefined) return { name, fn: () => onBench(name, run) };
  console.error(`SKIPPED ${name}: ${missing}`);
  return {
    name,
    ignore: !SKIP_FAILS,
    fn: () => {
      throw new Error(`Cannot run this test: ${missing}`);
    },
  };
}

/**
 * The machine stood still, which made the scenario another one: something of the
 * program's own time was over before the test had done its part. The test is
 * played again from its start, a few times, and says so. Throw it only on evidence
 * of the stall: where the failure alone is looked at, a fault that shows now and
 * then is played away.
 */
export class Stalled extends Error {}

const ATTEMPTS = 5;

async function onBench(name: string, run: Row): Promise<void> {
  begin(name);
  for (let attempt = 1;; attempt++) {
    try {
      return await onBenchOnce(run);
    } catch (thrown) {
      const error = firstFailure(thrown);
      if (!(error instanceof Stalled) || attempt === ATTEMPTS) throw error;
      // scripts/suite counts these lines.
      console.error(`REPLAYED ${name}: ${error.message.split("\n")[0]}`);
    }
  }
}

/** What failed in the case itself, with what failed at the end of its bench after that. */
function firstFailure(thrown: unknown): unknown {
  if (!(thrown instanceof SuppressedError)) return thrown;
  const first = firstFailure(thrown.suppressed);
  if (first instanceof Error) first.message += `\nthen: ${thrown.error}`;
  return first;
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
