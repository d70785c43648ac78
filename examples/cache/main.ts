/**
 * The parts of the cache, by name:
 *
 *   cache api | worker                run one of the services
 *   cache check                       only read the settings
 *   cache migrate                     make the tables of PostgreSQL
 *   cache rehydrate [--all|--force]   give Redis what PostgreSQL has
 *   cache process-dlq [--retry]       show, or take in, what was set aside
 *
 * Each takes `--config FILE`, repeatable. 0: done; 1: it cannot be done, with a
 * line `Error: ...` on stderr; 2: the command line cannot be used.
 */
import { parseArgs } from "node:util";
import { runApi } from "./api.ts";
import { Database } from "./database.ts";
import { messageOf } from "./faults.ts";
import { Program } from "./program.ts";
import { processDeadLetters, rehydrate } from "./recovery.ts";
import { readSettings, Refusal } from "./settings.ts";
import { runWorker } from "./worker.ts";

const USAGE =
  "use api, worker, check, migrate, rehydrate [--all|--force] or process-dlq [--retry], each with --config FILE";

async function main(): Promise<number> {
  const { part, files, all, force, retry } = commandLine();
  const settings = readSettings(files);
  if (settings.OTEL_TRACES_ENABLED && Deno.env.get("OTEL_DENO") !== "true") {
    throw new Refusal(
      "invalid value for OTEL_TRACES_ENABLED: true is read before the program starts; set it in the environment, not in a file",
    );
  }
  if (part === "check") {
    console.log("settings are valid");
    return 0;
  }
  if (part === "migrate") {
    await using database = await Database.connect(settings);
    await database.migrate();
    return 0;
  }
  await using program = await Program.start(part, files, settings);
  if (part === "api") await runApi(program);
  if (part === "worker") await runWorker(program);
  if (part === "rehydrate") {
    console.log(await rehydrate(program, force && !all ? "force" : "all"));
  }
  if (part === "process-dlq") {
    const { left, text } = await processDeadLetters(
      program,
      retry,
      console.log,
    );
    console.log(text);
    return retry && left > 0 ? 1 : 0;
  }
  return 0;
}

const PARTS = ["api", "worker", "check", "migrate", "rehydrate", "process-dlq"];

class Usage extends Error {}

function commandLine() {
  try {
    const { positionals: [part = "", ...more], values } = parseArgs({
      args: Deno.args,
      allowPositionals: true,
      options: {
        config: { type: "string", multiple: true, default: [] },
        all: { type: "boolean", default: false },
        force: { type: "boolean", default: false },
        retry: { type: "boolean", default: false },
      },
    });
    if (!PARTS.includes(part) || more.length > 0) throw new Error(USAGE);
    return { part, files: values.config, ...values };
  } catch (error) {
    throw new Usage((error as Error).message);
  }
}

try {
  // A client that has sent half of a request would keep it from its end.
  Deno.exit(await main());
} catch (error) {
  console.error(`Error: ${messageOf(error)}`);
  Deno.exit(error instanceof Usage ? 2 : 1);
}
