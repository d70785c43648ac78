/** What the command line, the environment and a settings file ask for; each of them wins over the next, and all over the defaults. Pure. */
import type { Settings } from "../core/vocabulary/settings.ts";
import { refuseContradictions, refuseUnfilled } from "./contradictions.ts";
import {
  collect,
  type Environment,
  type FileSettings,
  type Given,
  refusedValues,
} from "./given.ts";
import {
  type Shell,
  SHELLS,
  SUBCOMMAND_NAMES,
  subcommandIn,
  type SubcommandName,
} from "./first_word.ts";
import { refuseText, suggestion } from "./refusal.ts";
import { type Scan, scan } from "./scan.ts";
import { type Program, readProgram, readSettings } from "./settings.ts";
import {
  BadValue,
  joined,
  outputFormat,
  refusalsOf,
  UsageError,
} from "./values/basic.ts";

/** What has a help of its own. */
export type HelpTopic = SubcommandName | "completion" | "install";

/** What the command line asks for. */
export type Invocation =
  | {
    readonly kind: "help";
    /** Undefined: of the whole program. `run`: what to type, in a few lines. */
    readonly of: HelpTopic | "run" | undefined;
  }
  | { readonly kind: "version" }
  | {
    readonly kind: "settingsFile";
    readonly path: string;
    /** What is asked for with what the file says. Throws a UsageError. */
    readonly resolve: (file: FileSettings) => Resolved;
    /** What is wrong with the file, and with the rest besides. */
    readonly unread: (error: UsageError) => UsageError;
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
 * first word, but for `check`, which options may precede: an image's ENTRYPOINT
 * may have some. To run a program of such a name, write `-- check`.
 *
 * @throws UsageError with a line for each mistake, which names the option, the value and what is allowed
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
  if (first === "help") return parseHelp(rest);
  if (first === "version") return parseVersion(rest);
  if (first === "install") return parseInstall(rest);
  const isCheck = first === "check";
  return parseOptions(scan(isCheck ? rest : argv, isCheck), {
    isCheck,
    argv,
    environment,
  });
}

/** Where the options of a manager are from, and whether they are to be checked. */
interface Asked {
  readonly isCheck: boolean;
  readonly argv: readonly string[];
  readonly environment: Environment;
}

function parseOptions(scanned: Scan, asked: Asked): Invocation {
  const { flags, ask, positionals, refusals } = scanned;
  const { environment, argv } = asked;
  if (refusals.length === 0 && ask === "help") {
    return { kind: ask, of: undefined };
  }
  if (refusals.length === 0 && ask === "version") return { kind: ask };
  const given = collect(flags, environment, undefined);
  if (!asked.isCheck && isCheckAsked(scanned, given)) {
    const before = argv.slice(0, argv.length - positionals.length);
    const words = [...before, ...positionals.slice(1)];
    return parseOptions(scan(words, true), { ...asked, isCheck: true });
  }
  const together = (error: UsageError, given: Given) =>
    joined([...refusals, ...refusedValues(given), error]);
  const resolve = (file: FileSettings | undefined) => {
    const given = collect(flags, environment, file);
    try {
      if (refusals.length > 0) throw joined(refusals);
      return resolved(asked.isCheck, scanned, given, file);
    } catch (error) {
      throw error instanceof UsageError ? together(error, given) : error;
    }
  };
  const path = given.get("settings")?.texts.at(-1);
  if (path === "") throw joined([...refusals, ...refusedValues(given)]);
  if (path === undefined) return resolve(undefined);
  const unread = (error: UsageError) => together(error, given);
  return { kind: "settingsFile", path, resolve, unread };
}

/** A program that an option or its variable names may have `check` as its argument. */
const isCheckAsked = ({ closed, positionals }: Scan, given: Given) =>
  !closed && positionals[0] === "check" && !given.has("command");

function resolved(
  isCheck: boolean,
  { positionals, output }: Scan,
  given: Given,
  file: FileSettings | undefined,
): Resolved {
  const program = readProgram(given, positionals, file);
  const settings = readSettings(given, program, file);
  const words = positionals.length > 0 ? positionals : settings.args;
  const form = output ?? "text";
  const refusals = refusalsOf(
    () => refuseContradictions(given, settings),
    () => refuseUnfilled(settings, words),
    () => outputOf(form),
  );
  if (refusals.length > 0) throw joined(refusals);
  if (!isCheck) return { kind: "run", settings, given };
  return {
    kind: "check",
    settings,
    given,
    program,
    file,
    output: outputOf(form),
  };
}

function outputOf(text: string): "text" | "json" {
  try {
    return outputFormat(text);
  } catch (error) {
    if (!(error instanceof BadValue)) throw error;
    throw refuseText("option --output of check", text, error.message);
  }
}

/** `help` alone, or of a subcommand. Those of a manager are in the help of all. */
function parseHelp([word, ...surplus]: readonly string[]): Invocation {
  const isWhole = word === undefined ||
    ["help", "version", "check", "run"].includes(word) || word.startsWith("-");
  if (isWhole && surplus.length === 0) return { kind: "help", of: undefined };
  const names = ["completion", "install", ...SUBCOMMAND_NAMES] as const;
  const of = names.find((name) => name === word);
  if (of !== undefined && surplus.length === 0) return { kind: "help", of };
  const nearest = suggestion(word ?? "", [...names, "version"]);
  throw new UsageError(
    `Cannot use ${JSON.stringify([word, ...surplus].join(" "))} with help: ${
      nearest === undefined || surplus.length > 0
        ? `it takes one of ${names.join(", ")}`
        : `did you mean ${nearest}?`
    }; to run a program of that name write flush-manager -- help`,
  );
}

function parseVersion(words: readonly string[]): Invocation {
  if (words.length === 0) return { kind: "version" };
  if (words.length === 1 && asksHelp(words[0])) {
    return { kind: "help", of: undefined };
  }
  throw new UsageError(
    `Cannot use ${
      JSON.stringify(words[0])
    } with version: it takes no argument; to run a program of that name write flush-manager -- version`,
  );
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
      `Cannot use completion: it needs one of ${SHELLS.join(", ")}${
        words.length === 0 ? "" : `, not ${JSON.stringify(words.join(" "))}`
      }; to run a program of that name write flush-manager -- completion`,
    );
  }
  return { kind: "completion", shell };
}
