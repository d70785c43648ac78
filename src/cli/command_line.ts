/** What the command line, the environment and a settings file ask for; each of them wins over the next, and all over the defaults. Pure. */
import type { Settings } from "../core/vocabulary/settings.ts";
import { refuseContradictions, refuseUnfilled } from "./contradictions.ts";
import {
  collect,
  type Environment,
  type FileSettings,
  type Given,
  last,
} from "./given.ts";
import {
  type Shell,
  SHELLS,
  subcommandIn,
  type SubcommandName,
} from "./first_word.ts";
import { refuseText } from "./refusal.ts";
import { type Scan, scan } from "./scan.ts";
import { type Program, readProgram, readSettings } from "./settings.ts";
import { BadValue, outputFormat, UsageError } from "./values/basic.ts";

/** What has a help of its own. */
export type HelpTopic = SubcommandName | "completion" | "install";

/** What the command line asks for. */
export type Invocation =
  | {
    readonly kind: "help";
    /** Undefined: of the whole program. */
    readonly of: HelpTopic | undefined;
  }
  | { readonly kind: "version" }
  | {
    readonly kind: "settingsFile";
    readonly path: string;
    /** What is asked for with what the file says. Throws a UsageError. */
    readonly resolve: (file: FileSettings) => Resolved;
  }
  | Resolved
  | { readonly kind: "completion"; readonly shell: Shell }
  | { readonly kind: "install"; readonly directory: string }
  | {
    /** `parseClientCall` reads the words. */
    readonly kind: "subcommand";
    readonly name: SubcommandName;
    /** What follows the name. */
    readonly words: readonly string[];
  };

/** What is asked for, and with which settings. */
export type Resolved =
  | {
    readonly kind: "run";
    readonly settings: Settings;
    readonly given: Given;
  }
  | {
    readonly kind: "check";
    readonly settings: Settings;
    readonly given: Given;
    readonly program: Program;
    /** Undefined: there is none. */
    readonly file: FileSettings | undefined;
    readonly output: "text" | "json";
  };

/**
 * Reads `argv` (without the program's name). A subcommand is one only as the very
 * first word; to run a program of that name, write `-- check`.
 *
 * @throws UsageError with one line that names the option, the value and what is allowed
 */
export function parseInvocation(
  argv: readonly string[],
  environment: Environment,
): Invocation {
  const [first, ...rest] = argv;
  const subcommand = subcommandIn(argv);
  if (subcommand !== undefined) {
    return { kind: "subcommand", name: subcommand, words: rest };
  }
  if (first === "completion") return parseCompletion(rest);
  if (first === "install") return parseInstall(rest);
  const isCheck = first === "check";
  const scanned = scan(isCheck ? rest : argv, isCheck);
  const { flags, ask } = scanned;
  if (ask === "help") return { kind: ask, of: undefined };
  if (ask === "version") return { kind: ask };
  const given = collect(flags, environment, undefined);
  const path = last(given, "settings");
  if (path === undefined) return resolved(isCheck, scanned, given, undefined);
  const resolve = (file: FileSettings) =>
    resolved(isCheck, scanned, collect(flags, environment, file), file);
  return { kind: "settingsFile", path, resolve };
}

function resolved(
  isCheck: boolean,
  { positionals, output }: Scan,
  given: Given,
  file: FileSettings | undefined,
): Resolved {
  const program = readProgram(given, positionals, file);
  const settings = readSettings(given, program, file);
  refuseContradictions(given, settings);
  const words = positionals.length > 0 ? positionals : settings.args;
  refuseUnfilled(settings, words);
  if (!isCheck) return { kind: "run", settings, given };
  return {
    kind: "check",
    settings,
    given,
    program,
    file,
    output: outputOf(output),
  };
}

function outputOf(text: string | undefined): "text" | "json" {
  if (text === undefined) return "text";
  try {
    return outputFormat(text);
  } catch (error) {
    if (!(error instanceof BadValue)) throw error;
    throw refuseText("option --output of check", text, error.message);
  }
}

function parseInstall(words: readonly string[]): Invocation {
  const [directory = "", ...surplus] = words;
  if (asksHelp(directory)) return { kind: "help", of: "install" };
  if (directory === "" || directory.startsWith("-") || surplus.length > 0) {
    throw new UsageError(
      "Cannot use install: it needs one directory; to run a program of that name write flush-manager -- install",
    );
  }
  return { kind: "install", directory };
}

const asksHelp = (word: string): boolean => /^--?h(elp)?$/.test(word);

function parseCompletion(words: readonly string[]): Invocation {
  const [word, ...surplus] = words;
  if (asksHelp(word ?? "")) {
    return { kind: "help", of: "completion" };
  }
  const shell = SHELLS.find((shell) => shell === word);
  if (shell === undefined || surplus.length > 0) {
    throw new UsageError(
      `Cannot use completion: it needs one of ${
        SHELLS.join(", ")
      }; to run a program of that name write flush-manager -- completion`,
    );
  }
  return { kind: "completion", shell };
}
