/**
 * `deno task example NAME`: starts the servers of an example, and each of its
 * parts under the compiled flush-manager, until Ctrl-C. Ends its parts first,
 * then the servers; the data stays for the next run.
 */
import { fromRoot, ROOT } from "../scripts/denort.ts";
import { script } from "../scripts/shell.ts";
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
  const asked = Promise.withResolvers<void>();
  for (const each of END_SIGNALS) Deno.addSignalListener(each, asked.resolve);
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
  const ends: Promise<void>[] = [];
  for (const part of example.parts) {
    const settings = await settingsFor(example, part, place);
    const manager = startManager(settings);
    stack.defer(() => endOf(manager));
    ends.push(
      manager.status.then(({ code }) => say(`${part} has ended with ${code}`)),
    );
    say(`${part} runs by flush-manager --settings ${settings}`);
  }
  for (const line of example.next(place)) say(line);
  say("Ctrl-C ends all of it; the data stays");
  await Promise.race([asked.promise, ...ends]);
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
