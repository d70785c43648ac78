/**
 * `deno task demo`: the whole of flush-manager in a few seconds. It supervises
 * a small HTTP service whose configuration is a file in a directory laid out
 * like a mounted ConfigMap, updates that twice as the kubelet does, and shows
 * what a client of the service sees meanwhile. Ends with code 0 only if
 * everything was as it should be.
 */
import type { Answer } from "../examples/greeter/greeter.ts";
import { writeVolume } from "../tests/fixtures/atomic_writer.ts";
import { Client, type Sample } from "./demo_client.ts";
import { type Line, Manager } from "./demo_manager.ts";
import {
  headline,
  item,
  ms,
  quote,
  say,
  styled,
  table,
} from "./demo_screen.ts";
import { fromRoot, ROOT } from "./denort.ts";
import { gist, message } from "./shell.ts";

const CONFIGS = [
  { greeting: "Good morning", colour: "blue", revision: "1" },
  { greeting: "Good afternoon", colour: "green", revision: "2" },
  { greeting: "Good evening", colour: "yellow", revision: "3" },
] as const;

type Config = typeof CONFIGS[number];

/** Where the service's configuration is, seen from the demo's directory. */
const CONFIG_PATH = "config/greeter.conf";
/** The manager's default, said so that the figures can be read without the manual. */
const QUIET_MS = 500;
/** Answers that are awaited after each start, so that there is something to see. */
const STEADY_ANSWERS = 20;
const ANSWER_TIMEOUT_MS = 10_000;
/** Requests that are shown around a reload. */
const MARKS_BESIDE = 12;
const MARKS_MAX = 90;

/** What one reload took, in milliseconds. */
interface Reload {
  readonly name: string;
  /** From the change on disk to the stop signal, the quiet window included. */
  readonly toSignal: number;
  /** From the stop signal to the old service's end. */
  readonly toEnd: number;
  /** From there to the new service's first answer. */
  readonly toAnswer: number;
  /** From the old service's last answer to the new one's first. */
  readonly gap: number;
  /** Requests that nobody answered meanwhile. */
  readonly lost: number;
}

type Answered = Sample<Answer> & { readonly answer: Answer };

class Interrupted extends Error {
  readonly code: number;

  constructor(signal: Deno.Signal, number: number) {
    super(`ended by ${signal}`);
    this.code = 128 + number;
  }
}

/** What is to be undone at the end, whatever happens. */
const cleanup = new AsyncDisposableStack();
const abort = new AbortController();

async function demo(): Promise<void> {
  const startedAt = performance.now();
  say(styled("flush-manager demo", "bold"));
  say(
    "A service that reads its configuration once, its ConfigMap, two updates.",
  );

  headline("Set-up");
  const program = await findProgram();
  const readyAt = performance.now();
  const directory = await Deno.makeTempDir({ prefix: "flush-manager-demo-" });
  cleanup.defer(() => Deno.remove(directory, { recursive: true }));
  const volume = `${directory}/config`;
  await Deno.mkdir(volume);
  await writeVolume(volume, payload(CONFIGS[0]));
  const port = freePort();
  const command = [
    ...["--log-level", "info", "--config", CONFIG_PATH, "--"],
    ...["greeter", "--config", CONFIG_PATH, "--port", String(port)],
  ];
  item("volume", volume, ...await layout(volume));
  item("command", `flush-manager ${command.join(" ")}`);

  headline("Start");
  let since = performance.now();
  const manager = cleanup.use(
    new Manager([...program, ...command], {
      cwd: directory,
      env: environment(),
      onLine: (line) => quote(line.at - since, withoutPrefix(line)),
    }),
  );
  const client = cleanup.use(new Client<Answer>(`http://127.0.0.1:${port}/`));
  await answersWith(CONFIGS[0], manager, client);
  say();
  item("GET /", JSON.stringify(lastAnswer(client).answer));

  const reloads: Reload[] = [];
  for (const [index, config] of CONFIGS.entries()) {
    if (index === 0) continue;
    headline(
      `Update ${index} of ${CONFIGS.length - 1}`,
      `the kubelet swaps ..data: revision ${config.revision}`,
    );
    since = performance.now();
    reloads.push(await update(volume, config, manager, client));
  }

  headline("Stop", "SIGTERM to flush-manager");
  since = performance.now();
  await stop(manager, lastAnswer(client).answer.pid);

  headline("Summary");
  summarise(reloads);
  const setUp = readyAt - startedAt;
  const rest = performance.now() - readyAt;
  const answered = client.samples.filter(({ answer }) => answer !== undefined);
  say(
    `\n  ${
      styled("All as expected", "green")
    }: ${answered.length} requests answered, ` +
      `${seconds(rest)} after ${seconds(setUp)} of set-up.`,
  );
}

/** The compiled executable, or the program from source where it cannot be compiled. */
async function findProgram(): Promise<string[]> {
  say(
    styled("  compiling, if anything changed since the last time ...", "dim"),
  );
  const { code, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "scripts/compile.ts", "--if-stale"],
    cwd: ROOT,
    stdin: "null",
    signal: abort.signal,
  }).output();
  const said = gist(new TextDecoder().decode(stderr));
  if (code === 0) {
    item("program", said);
    return [fromRoot("dist/flush-manager")];
  }
  item(
    "program",
    styled("main.ts from source, because it cannot be compiled:", "yellow"),
    said,
  );
  return [Deno.execPath(), "run", "-A", fromRoot("main.ts")];
}

const payload = (config: Config) => ({
  "greeter.conf": Object.entries(config)
    .map(([key, value]) => `${key}=${value}\n`).join(""),
});

/** The volume's links with their targets. */
async function layout(volume: string): Promise<string[]> {
  const links = ["greeter.conf", "..data"].map(async (name) =>
    `  ${name} -> ${await Deno.readLink(`${volume}/${name}`)}`
  );
  return await Promise.all(links);
}

/** A port that nobody has now; the service takes it right away. */
function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}

/** Ours, but for options that are meant for another flush-manager. */
function environment(): Record<string, string> {
  const env = Object.entries(Deno.env.toObject())
    .filter(([name]) => !name.startsWith("FLUSH_MANAGER_"));
  return {
    ...Object.fromEntries(env),
    PATH: `${fromRoot("examples/greeter")}:${Deno.env.get("PATH") ?? ""}`,
    DENO: Deno.execPath(),
  };
}

async function update(
  volume: string,
  config: Config,
  manager: Manager,
  client: Client<Answer>,
): Promise<Reload> {
  const before = lastAnswer(client);
  await writeVolume(volume, payload(config));
  const changedAt = await linkedAt(volume);
  const signalled = await manager.line("greeter: SIGTERM", before.at);
  const ended = await manager.line("stopped gracefully", before.at);
  const after = await answersWith(config, manager, client);
  if (after.answer.pid === before.answer.pid) {
    throw new Error(`Cannot reload: process ${after.answer.pid} still answers`);
  }
  showDifference(before.answer, after.answer);
  const first = client.samples.indexOf(after);
  const last = client.samples.findLastIndex((sample, at) =>
    at < first && sample.answer !== undefined
  );
  showRequests(client.samples, last, first);
  return {
    name: `${before.answer.revision} to ${config.revision}`,
    toSignal: signalled.at - changedAt,
    toEnd: ended.at - signalled.at,
    toAnswer: after.at - ended.at,
    gap: after.at - client.samples[last].at,
    lost: first - last - 1,
  };
}

/** When the link was made whose renaming is the change; to the millisecond, as the kernel keeps it. */
async function linkedAt(volume: string): Promise<number> {
  const { mtime } = await Deno.lstat(`${volume}/..data`);
  if (mtime === null) throw new Error("Cannot tell when ..data was made");
  return mtime.getTime() - performance.timeOrigin;
}

/** Resolves to the first answer with that configuration, once some more have come. */
async function answersWith(
  config: Config,
  manager: Manager,
  client: Client<Answer>,
): Promise<Answered> {
  const what = `an answer with revision ${config.revision}`;
  const awaited = client.until(
    ({ revision }) => revision === config.revision,
    STEADY_ANSWERS,
    ANSWER_TIMEOUT_MS,
  ).catch(() => {
    throw new Error(`Cannot get ${what}: none came within 10 s`);
  });
  const sample = await Promise.race([awaited, manager.failsTo(`get ${what}`)]);
  for (const [key, value] of Object.entries(config)) {
    const got = sample.answer[key as keyof Config];
    if (got !== value) {
      throw new Error(`Cannot get ${what}: its ${key} is ${got}, not ${value}`);
    }
  }
  return sample;
}

function lastAnswer(client: Client<Answer>): Answered {
  const sample = client.samples.findLast(({ answer }) => answer !== undefined);
  if (sample?.answer === undefined) {
    throw new Error("Cannot ask the service: it has never answered");
  }
  return { ...sample, answer: sample.answer };
}

function showDifference(before: Answer, after: Answer): void {
  const keys = ["greeting", "colour", "revision", "pid"] as const;
  say();
  table([
    ["answer", "before", "after"],
    ...keys.map((key) =>
      [key, String(before[key]), [String(after[key]), "bold"]] as const
    ),
  ]);
}

/** One mark a request: the revision that answered, or a dot where nobody did. */
function showRequests(
  samples: readonly Sample<Answer>[],
  last: number,
  first: number,
): void {
  const shown = samples.slice(
    Math.max(0, last + 1 - MARKS_BESIDE),
    Math.min(first + MARKS_BESIDE, last + MARKS_MAX),
  );
  const styles = { "1": "blue", "2": "green", "3": "yellow" } as const;
  const marks = shown.map(({ answer }) => {
    if (answer === undefined) return styled("·", "red");
    const revision = answer.revision as keyof typeof styles;
    return styled(revision, styles[revision]);
  });
  say();
  item(
    "requests",
    `${marks.join("")}  ${styled("one mark each, · is no answer", "dim")}`,
  );
}

async function stop(manager: Manager, pid: number): Promise<void> {
  manager.stop();
  const code = await manager.ended;
  if (code !== 0) {
    throw new Error(`Cannot stop in order: the exit code is ${code}, not 0`);
  }
  if (isAlive(pid)) {
    throw new Error(`Cannot stop in order: process ${pid} is left`);
  }
  say();
  item(
    "exit code",
    `${styled("0", "green")}, and no process of the service is left`,
  );
}

function isAlive(pid: number): boolean {
  try {
    Deno.kill(pid, 0 as unknown as Deno.Signal);
    return true;
  } catch {
    return false;
  }
}

function summarise(reloads: readonly Reload[]): void {
  table([
    [
      "revision",
      "change to SIGTERM",
      "old one ends",
      "new one answers",
      "no answer for",
      "lost",
    ],
    ...reloads.map(({ name, toSignal, toEnd, toAnswer, gap, lost }) => [
      name,
      ms(toSignal),
      ms(toEnd),
      ms(toAnswer),
      ms(gap),
      String(lost),
    ]),
  ]);
  say(styled(
    `\n  Up to SIGTERM, ${QUIET_MS} ms are the quiet window. Lost: requests without an answer.`,
    "dim",
  ));
}

/** A manager's line as `LEVEL message`; its child's as they are. */
const withoutPrefix = ({ text }: Line) =>
  text.replace(/^\[flush-manager\] (\w+): \S+ \S+ /, "$1 ");

const seconds = (milliseconds: number) =>
  `${(milliseconds / 1000).toFixed(1)} s`;

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
try {
  await Promise.race([demo(), interrupted]);
} catch (error) {
  console.error(`\ndemo: ${message(error)}`);
  exitCode = error instanceof Interrupted ? error.code : 1;
}
await cleanup.disposeAsync();
Deno.exit(exitCode);
