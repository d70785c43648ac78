/**
 * `deno task example NAME`: starts the servers of an example, and each of its
 * parts under the compiled flush-manager, until Ctrl-C. Ends its parts first,
 * then the servers; the data stays for the next run.
 */
import { fromRoot, ROOT } from "../scripts/denort.ts";
import { run, script } from "../scripts/shell.ts";
import { taskOptions, wholeNumber } from "../scripts/task_options.ts";
import { CACHE } from "./cache/example.ts";
import {
  directoryOf,
  type Example,
  settingsFor,
  startServers,
} from "./example.ts";
import { FILES } from "./files/example.ts";
import { HTTP_SD } from "./http-sd/example.ts";
import { PROMETHEUS_HTTP_SD } from "./prometheus-http-sd/example.ts";
import { missing } from "./servers.ts";

/** A line for each: the folder exports what it consists of. */
const EXAMPLES: readonly Example[] = [
  HTTP_SD,
  CACHE,
  FILES,
  PROMETHEUS_HTTP_SD,
];

const END_SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
const LOOK_EVERY_MS = 200;
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

await script("example", async () => {
  const { _: [name], ...options } = taskOptions(Deno.args, {
    string: ["shift"],
    boolean: ["fresh"],
    words: "NAME",
  });
  const example = EXAMPLES.find((each) => each.name === name);
  if (example === undefined) {
    const names = EXAMPLES.map((each) => each.name).join(", ");
    throw new Error(`Cannot run ${name ?? "nothing"}: name one of ${names}`);
  }
  const absent = missing(example.servers);
  if (absent !== undefined) throw new Error(`Cannot run ${name}: ${absent}`);
  const shift = wholeNumber("--shift", options.shift, 0, [0, 50_000]);
  await play(example, shift, options.fresh);
});

/** With each port `shift` higher than the guide has it, for a machine where that is in use. */
async function play(
  example: Example,
  shift: number,
  isFresh: boolean,
): Promise<void> {
  const asked = Promise.withResolvers<undefined>();
  for (const each of END_SIGNALS) {
    Deno.addSignalListener(each, () => asked.resolve(undefined));
  }
  const directory = directoryOf(example);
  const place = { directory, port: (written: number) => written + shift };
  Deno.chdir(ROOT);
  if (isFresh) {
    await Deno.remove(directory, { recursive: true }).catch(() => {});
  }
  await Deno.mkdir(directory, { recursive: true });

  await using stack = new AsyncDisposableStack();
  const servers = await startServers(example, place, stack);
  for (const { name, url } of servers) say(`${name} is ready: ${url}`);
  await example.prepare(place);
  const ends: Promise<string>[] = [];
  const controls: string[] = [];
  for (const part of example.parts) {
    const settings = await settingsFor(example, part, place);
    const manager = startManager(settings);
    stack.defer(() => endOf(manager));
    ends.push(
      manager.status.then(({ code }) => `${part} has ended with ${code}`),
    );
    controls.push(await controlOf(settings));
    say(`${part} runs by flush-manager --settings ${settings}`);
  }
  let isOver = false;
  const over = Promise.race([asked.promise, ...ends])
    .finally(() => isOver = true);
  // After the lines of the start, where they are seen.
  for (const control of controls) {
    while (!isOver && !await isReady(control)) {
      await Promise.race([pause(LOOK_EVERY_MS), over]);
    }
  }
  if (!isOver) {
    for (const line of example.next(place)) say(line);
    say("Ctrl-C ends all of it; the data stays");
  }
  const end = await over;
  if (end !== undefined) throw new Error(end);
}

/** Where the manager of these settings is asked. */
async function controlOf(settings: string): Promise<string> {
  const text = await Deno.readTextFile(settings);
  const [, control] = /^control: (\S+)$/m.exec(text) ?? [];
  if (control !== undefined) return control;
  throw new Error(`Cannot ask the manager of ${settings}: it has no control`);
}

async function isReady(control: string): Promise<boolean> {
  const args = ["health", "--ready", "--control", control];
  return (await run(fromRoot("dist/flush-manager"), args)).code === 0;
}

function say(line: string): void {
  console.log(`example: ${line}`);
}

/** Away from the terminal, whose Ctrl-C would come to it twice. */
function startManager(settings: string): Deno.ChildProcess {
  const deno = Deno.execPath();
  return new Deno.Command(fromRoot("dist/flush-manager"), {
    args: ["--settings", settings],
    // The services are run by the Deno that runs this.
    env: {
      PATH: `${deno.slice(0, deno.lastIndexOf("/"))}:${Deno.env.get("PATH")}`,
    },
    stdin: "null",
    detached: true,
  }).spawn();
}

async function endOf(manager: Deno.ChildProcess): Promise<void> {
  try {
    manager.kill("SIGTERM");
  } catch {
    // It has ended.
  }
  await manager.status;
}
