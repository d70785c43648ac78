/**
 * What may be typed after `flush-manager`, for the scripts that complete it: made
 * of the table of options and that of subcommands. Pure.
 */
import {
  SHELLS,
  SUBCOMMAND_NAMES,
  type SubcommandName,
} from "../first_word.ts";
import { OPTION_NAMES, type OptionName, optionOf } from "../options.ts";
import {
  clientOption,
  type ClientOptionName,
  LOCAL_SUBCOMMANDS,
  optionsOf,
  subcommandOf,
} from "../subcommands.ts";

/** What a shell offers for a value. */
export type Offer =
  | {
    /** `:` and `/` end a beginning, behind which more must be typed. */
    readonly kind: "words";
    readonly words: readonly string[];
  }
  | { readonly kind: "file" | "directory" | "command" | "nothing" };

export interface Flag {
  /** With its dashes. */
  readonly name: string;
  /** One line. */
  readonly help: string;
  /** Undefined of a switch. */
  readonly value:
    | { readonly metavar: string; readonly offer: Offer }
    | undefined;
}

/** The whole command line of a manager, or what may follow one subcommand. */
export interface Scope {
  /** Empty for the manager itself. */
  readonly name: string;
  readonly help: string;
  readonly flags: readonly Flag[];
  /** What stands behind the options: a program with its own command line, or one word. */
  readonly argument: "program" | Offer;
}

const HELP: Flag = {
  name: "--help",
  help: "show the options and their defaults",
  value: undefined,
};
const VERSION: Flag = {
  name: "--version",
  help: "show the version",
  value: undefined,
};

const DIRECTORY: Offer = { kind: "directory" };
const NOTHING: Offer = { kind: "nothing" };

/** The manager first, then each subcommand. */
export function grammar(): readonly Scope[] {
  const manager = OPTION_NAMES.map(managerFlag);
  return [
    {
      name: "",
      help: "run a program",
      flags: [...manager, HELP, VERSION],
      argument: "program",
    },
    {
      name: "check",
      help: LOCAL_SUBCOMMANDS.check,
      flags: [
        ...manager,
        ...clientFlags("running"),
        ...clientFlags("output"),
        HELP,
      ],
      argument: "program",
    },
    {
      name: "completion",
      help: LOCAL_SUBCOMMANDS.completion,
      flags: [HELP],
      argument: { kind: "words", words: SHELLS },
    },
    {
      name: "help",
      help: LOCAL_SUBCOMMANDS.help,
      flags: [],
      argument: {
        kind: "words",
        words: ["completion", "install", ...SUBCOMMAND_NAMES],
      },
    },
    {
      name: "version",
      help: LOCAL_SUBCOMMANDS.version,
      flags: [HELP],
      argument: NOTHING,
    },
    {
      name: "install",
      help: LOCAL_SUBCOMMANDS.install,
      flags: [HELP],
      argument: DIRECTORY,
    },
    // What check takes with --running, it takes without it too, but for a client's options.
    ...SUBCOMMAND_NAMES.filter((name) => name !== "check").map(clientScope),
  ];
}

function managerFlag(name: OptionName): Flag {
  const { metavar, help, parse, offers } = optionOf(name);
  return flag(name, help, metavar, offers ?? parse.words);
}

function clientScope(name: SubcommandName): Scope {
  const { help, words } = subcommandOf(name);
  return {
    name,
    help,
    flags: [...optionsOf(name).flatMap(clientFlags), HELP],
    argument: words === undefined ? NOTHING : { kind: "words", words },
  };
}

function clientFlags(name: ClientOptionName): readonly Flag[] {
  const { metavar, help, parse, offers } = clientOption(name);
  const long = flag(name, help, metavar, offers ?? parse.words);
  const hasShort = name === "output" || name === "archive";
  return hasShort ? [long, { ...long, name: "-o" }] : [long];
}

const flag = (
  name: string,
  help: string,
  metavar: string | undefined,
  words: readonly string[] | undefined,
): Flag => ({
  name: `--${name}`,
  help,
  value: metavar === undefined
    ? undefined
    : { metavar, offer: offerFor(metavar, words) },
});

/** What the metavar of the usage text stands for. */
const PLACES: Readonly<Record<string, Offer>> = {
  CMD: { kind: "command" },
  COMMAND: { kind: "command" },
  DIR: { kind: "directory" },
  FILE: { kind: "file" },
  PATH: { kind: "file" },
};

const offerFor = (
  metavar: string,
  words: readonly string[] | undefined,
): Offer =>
  words === undefined ? PLACES[metavar] ?? NOTHING : { kind: "words", words };

/** What subcommands that run a program as the manager does take besides its options. */
export function ownFlags(
  subcommands: readonly Scope[],
  manager: Scope,
): readonly Flag[] {
  const known = new Set(manager.flags.map(({ name }) => name));
  return subcommands.filter(({ argument }) => argument === "program")
    .flatMap(({ flags }) => flags.filter(({ name }) => !known.has(name)));
}

/** Whether more must be typed behind this word. */
export const isBeginning = (word: string) => /[:/]$/.test(word);

/** A text as one word of a POSIX shell, of zsh and of bash. */
export const quoted = (text: string) => `'${text.replaceAll("'", "'\\''")}'`;
