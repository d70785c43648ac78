/**
 * Composition root: reads the command line, runs what it asks for, and is the
 * only place that exits.
 */
// First, and before anything else is evaluated: signals are heard from here on.
import { subscribe, unblockFirst } from "./src/host/signal/listeners.ts";

import {
  type Invocation,
  parseInvocation,
  type Resolved,
} from "./src/cli/command_line.ts";
import { subcommandIn, type SubcommandName } from "./src/cli/first_word.ts";
import { NotWritten } from "./src/cli/not_written.ts";
import {
  type UnknownVariable,
  unknownVariables,
} from "./src/cli/unknown_variables.ts";
import { UsageError } from "./src/cli/values/basic.ts";
import { oneLine } from "./src/core/notation/one_line.ts";
import { variableUnknown } from "./src/core/text/manager.ts";
import {
  EXIT_BUG,
  EXIT_NOT_WRITTEN,
  EXIT_OK,
  EXIT_USAGE,
} from "./src/core/vocabulary/exit_status.ts";
import type { Finding } from "./src/core/vocabulary/finding.ts";
import type { Message } from "./src/core/vocabulary/message.ts";
import type { Settings } from "./src/core/vocabulary/settings.ts";
import type { Signal } from "./src/core/vocabulary/signals.ts";
import { absolutePath } from "./src/host/base/absolute_path.ts";
import { createLog } from "./src/host/log/log.ts";
import type { SettingsSource } from "./src/settings/settings_source.ts";
import { type FollowSettings, supervise } from "./src/manager/supervise.ts";
import { VERSION } from "./src/manager/version.ts";

/** How long a reader of stderr that has stopped reading may hold up the end. */
const FLUSH_MS = 2_000;

const variable = (name: string) => Deno.env.get(name);

async function main(): Promise<number> {
  const invocation = parseInvocation(Deno.args, variable);
  switch (invocation.kind) {
    case "settingsFile": {
      const { SettingsSource } = await import(
        "./src/settings/settings_source.ts"
      );
      const source = new SettingsSource(invocation.path, invocation.resolve);
      const asked = readSource(source, invocation.unread);
      return asked.kind === "run"
        ? await run(
          fromHere(asked.settings),
          (user) => source.follow(asked, user),
        )
        : await carryOut(asked);
    }
    default:
      return await carryOut(
        isStray(invocation) ? { kind: "help", of: "run" } : invocation,
      );
  }
}

/**
 * Whether a person has typed the name alone, and the program that is run by
 * default is not there. A container with a terminal may have it.
 */
function isStray(invocation: Invocation): boolean {
  if (invocation.kind !== "run" || Deno.args.length > 0) return false;
  if (!Deno.stdin.isTerminal() || !Deno.stdout.isTerminal()) return false;
  const { given, settings: { command } } = invocation;
  return !given.has("command") && !isThere(command);
}

function isThere(path: string): boolean {
  try {
    Deno.statSync(path);
    return true;
  } catch {
    return false;
  }
}

/** What is wrong on the command line is told together with what is wrong in the file. */
function readSource(
  source: SettingsSource,
  unread: (error: UsageError) => UsageError,
): Resolved {
  try {
    return source.read();
  } catch (error) {
    throw error instanceof UsageError ? unread(error) : error;
  }
}

async function carryOut(
  invocation: Exclude<Invocation, { kind: "settingsFile" }>,
): Promise<number> {
  // To run is to subscribe to them, which unblocks them.
  if (invocation.kind !== "run") unblockFirst();
  switch (invocation.kind) {
    case "help": {
      const { usage, usageOf } = await import("./src/cli/usage.ts");
      return print(
        invocation.of === undefined ? usage() : usageOf(invocation.of),
        // A container that ends so has run nothing, and must not count as done.
        invocation.of === "run" ? EXIT_USAGE : EXIT_OK,
      );
    }
    case "version":
      return print(`flush-manager version ${VERSION}\n`, EXIT_OK);
    case "check": {
      const { answerOfCheck } = await loadCheck();
      const settings = fromHere(invocation.settings);
      const { text, code } = await answerOfCheck(
        { ...invocation, settings },
        unknown(),
      );
      return print(text, code);
    }
    case "completion": {
      const { completionScript } = await import(
        "./src/cli/completion/completion.ts"
      );
      return print(completionScript(invocation.shell), EXIT_OK);
    }
    case "install": {
      const { install } = await import("./src/install/install.ts");
      const program = Deno.build.standalone ? Deno.execPath() : undefined;
      const installed = install(program, invocation.directory);
      return "refusal" in installed
        ? complain([oneLine(installed.refusal)], EXIT_NOT_WRITTEN)
        : print(`installed: ${oneLine(installed.path)}\n`, EXIT_OK);
    }
    case "subcommand":
      return await call(invocation.name, invocation.words);
    case "run":
      return await run(fromHere(invocation.settings));
  }
}

async function call(
  name: SubcommandName,
  words: readonly string[],
): Promise<number> {
  const { isOfManager, parseClientCall } = await import(
    "./src/cli/client_call.ts"
  );
  const call = parseClientCall(name, words, variable);
  if (call === "help") {
    return await carryOut({ kind: "help", of: name });
  }
  const onSignals = (onSignal: (signal: Signal) => void) =>
    subscribe(onSignal, () => {});
  if (isOfManager(call)) {
    const { callManager } = await import("./src/client/call_manager.ts");
    return await callManager(call, onSignals);
  }
  const { diagnose } = await import("./src/diagnose/diagnose.ts");
  return await diagnose(call, onSignals);
}

/** A program that starts in its own directory must not look for that one from there. */
const fromHere = (settings: Settings): Settings =>
  settings.workdir === undefined
    ? settings
    : { ...settings, workdir: absolutePath(settings.workdir) };

const loadCheck = () => import("./src/check/answer.ts");

async function checked(settings: Settings): Promise<Finding[]> {
  const { findingsOf } = await loadCheck();
  return await findingsOf(settings, unknown());
}

/** Variables that look like ours and are not. Looks at their names alone. */
const unknown = (): UnknownVariable[] =>
  unknownVariables(Object.keys(Deno.env.toObject()));

/** What is said of those that are misspelt. */
const misspeltLines = (): Message[] =>
  unknown().flatMap(({ name, meant }) =>
    meant === undefined ? [] : [variableUnknown(name, meant)]
  );

async function run(
  settings: Settings,
  follow?: FollowSettings,
): Promise<number> {
  const log = createLog(settings.logLevel, settings.logFormat);
  const end = supervise(settings, log, () => checked(settings), follow);
  // Not before the child, which does not wait for it.
  for (const message of misspeltLines()) log.write(message);
  const code = await end;
  await log.flush(FLUSH_MS);
  return code;
}

/** Throws a NotWritten. */
function print(text: string, code: number): number {
  let rest = new TextEncoder().encode(text);
  try {
    while (rest.length > 0) rest = rest.subarray(Deno.stdout.writeSync(rest));
  } catch (error) {
    throw new NotWritten(error);
  }
  return code;
}

function failed(error: unknown): number {
  unblockFirst();
  if (error instanceof NotWritten) return complain(error.lines, error.code);
  const usageError = error instanceof UsageError;
  // A client reads few of a manager's variables.
  const isOfClient = subcommandIn(Deno.args) !== undefined;
  const lines = usageError
    ? [...error.lines, ...isOfClient ? [] : misspeltLines().map(textOf)]
    : [`Internal error: ${oneLine(String(error))}`];
  return complain(lines, usageError ? EXIT_USAGE : EXIT_BUG);
}

const textOf = ({ text }: Message): string => oneLine(text);

function complain(lines: readonly string[], code: number): number {
  const text = lines.map((line) => `flush-manager: ${line}\n`).join("");
  try {
    Deno.stderr.writeSync(new TextEncoder().encode(text));
  } catch {
    // Nobody reads it: the code has to do.
  }
  return code;
}

// Not awaited: a program that waits here and runs out of things to wait for ends
// with an error of the runtime and 1. That would be a bug of ours.
void main().catch(failed).then(Deno.exit);
Deno.exitCode = EXIT_BUG;
