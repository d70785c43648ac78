/**
 * `deno task demo`: what flush-manager does, in some twenty seconds. It supervises
 * a small HTTP service whose ConfigMap changes, and a client that asks the
 * service all the time shows what each change costs. Ends with code 0 only if
 * everything was as it is told.
 */
import { nextSteps } from "./demo/next.ts";
import { rowsOf } from "./demo/outcome.ts";
import { Screen, styled } from "./demo/screen.ts";
import { tell } from "./demo/story.ts";
import { fromRoot, ROOT } from "./denort.ts";
import { Progress } from "./progress.ts";
import { gist, message } from "./shell.ts";
import { taskOptions } from "./task_options.ts";

/** To compile, to start, and four parts. */
const STEPS = 6;

class Interrupted extends Error {
  readonly code: number;

  constructor(signal: Deno.Signal, number: number) {
    super(`ended by ${signal}`);
    this.code = 128 + number;
  }
}

const abort = new AbortController();
/** What is to be undone at the end, whatever happens. */
const cleanup = new AsyncDisposableStack();

async function demo(): Promise<void> {
  const startedAt = performance.now();
  const progress = cleanup.use(new Progress("demo", { total: STEPS }));
  const screen = new Screen((line) => progress.say(line));
  progress.step(0, "compiling, if anything has changed since the last time");
  const { command, typed, said } = await findProgram();
  screen.say(styled("flush-manager demo", "bold"));
  screen.say(
    "A small HTTP service reads its configuration once, at start. A client asks it all the time.",
  );
  if (said !== "") screen.say(styled(said, "yellow"));
  const directory = await Deno.makeTempDir({ prefix: "flush-manager-demo-" });
  cleanup.defer(() => Deno.remove(directory, { recursive: true }));
  const outcome = await tell({
    ...{ screen, directory },
    program: command,
    begin: (part, what) => progress.step(part, what),
  });
  screen.say();
  screen.table(rowsOf(outcome));
  const took = ((performance.now() - startedAt) / 1_000).toFixed(0);
  screen.headline("Try next, in this directory", `all as expected, ${took} s`);
  for (const { what, command } of nextSteps(typed)) {
    screen.say(styled(`  # ${what}`, "dim"));
    screen.say(`  ${command}`);
  }
}

interface Program {
  /** To run it from anywhere. */
  readonly command: readonly string[];
  /** What one types in the clone. */
  readonly typed: string;
  /** Why it is not the executable; empty if it is. */
  readonly said: string;
}

/** The compiled executable, or the program from source where it cannot be compiled. */
async function findProgram(): Promise<Program> {
  const { code, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "scripts/compile.ts", "--if-stale"],
    cwd: ROOT,
    stdin: "null",
    signal: abort.signal,
  }).output();
  if (code === 0) {
    const typed = "dist/flush-manager";
    return { command: [fromRoot(typed)], typed, said: "" };
  }
  const why = gist(new TextDecoder().decode(stderr));
  return {
    command: [Deno.execPath(), "run", "-A", fromRoot("main.ts")],
    typed: `${Deno.execPath()} run -A main.ts`,
    said: `Runs main.ts from source, because it cannot be compiled: ${why}`,
  };
}

const { promise: interrupted, reject: interrupt } = Promise.withResolvers<
  never
>();
for (
  const [signal, number] of Object.entries({
    SIGHUP: 1,
    SIGINT: 2,
    SIGTERM: 15,
  })
) {
  Deno.addSignalListener(signal as Deno.Signal, () => {
    interrupt(new Interrupted(signal as Deno.Signal, number));
    abort.abort();
  });
}

let exitCode = 0;
let failure = "";
try {
  taskOptions(Deno.args, {});
  await Promise.race([demo(), interrupted]);
} catch (error) {
  failure = `demo: ${message(error)}`;
  exitCode = error instanceof Interrupted ? error.code : 1;
}
await cleanup.disposeAsync();
if (failure !== "") console.error(failure);
Deno.exit(exitCode);
