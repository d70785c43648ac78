/**
 * The subcommands that talk to a running manager, and their options, once: how
 * they are read and what the usage text says of them. Pure.
 */
import {
  HOLD_MAX_MS,
  HOLD_REASON_MAX_CHARS,
} from "../core/vocabulary/command.ts";
import type { SubcommandName } from "./first_word.ts";
import { OPTIONS } from "./options.ts";
import {
  BadValue,
  duration,
  nonEmpty,
  outputFormat,
  type ValueParser,
} from "./values/basic.ts";
import { clientAddress } from "./values/client_address.ts";

/** An option of subcommands; a switch has no metavar. */
export interface ClientOption<T = unknown> {
  readonly metavar?: string;
  readonly help: string;
  readonly parse: ValueParser<T>;
  /** Values, or their beginnings, that a shell offers. */
  readonly offers?: readonly string[];
}

const reasonText: ValueParser<string> = (value) => {
  if (value !== "" && value.length <= HOLD_REASON_MAX_CHARS) return value;
  throw new BadValue(`a text of 1 to ${HOLD_REASON_MAX_CHARS} characters`);
};

/** What a switch is read as. */
const isGiven: ValueParser<true> = () => true;

const DAY_MS = 86_400_000;

export const CLIENT_OPTIONS = {
  debug: { help: "also the last error with its output", parse: isGiven },
  ready: { help: "whether the child may get requests", parse: isGiven },
  live: { help: "whether the manager itself can go on", parse: isGiven },
  wait: { help: "until it is done (0), or is not (1)", parse: isGiven },
  force: { help: "also try content that was rejected", parse: isGiven },
  reason: {
    metavar: "TEXT",
    help: "why, for those who ask for the status",
    parse: reasonText,
  },
  for: {
    metavar: "DURATION",
    help: "resume by itself after this long (30m)",
    parse: duration(1_000, HOLD_MAX_MS),
  },
  running: {
    help: "the settings of the running manager; must stand first",
    parse: isGiven,
  },
  archive: {
    metavar: "FILE",
    help: "where to write it, - for stdout (-o is the same)",
    parse: nonEmpty,
  },
  control: {
    metavar: "ADDRESS",
    help: "of the manager: unix:PATH, tcp:HOST:PORT, http:// or https:// URL",
    parse: clientAddress,
    offers: ["unix:", "tcp:", "http://", "https://"],
  },
  "token-file": {
    metavar: "FILE",
    help: "holds the token that a TCP address asks for",
    parse: nonEmpty,
  },
  ca: {
    metavar: "FILE",
    help: "certificate (PEM) to trust; tcp:HOST:PORT then speaks TLS",
    parse: nonEmpty,
  },
  output: {
    metavar: "FORMAT",
    help: "text (at a terminal), or json as the manager answers; also -o",
    parse: outputFormat,
  },
  timeout: {
    metavar: "DURATION",
    help: "longest wait for an answer (10s; with --wait 10m; diagnose 5s)",
    parse: duration(1, DAY_MS),
  },
} as const satisfies Readonly<Record<string, ClientOption>>;

/** The name of such an option, without dashes. */
export type ClientOptionName = keyof typeof CLIENT_OPTIONS;

/** Every subcommand has these. */
export const SHARED_OPTIONS = [
  "control",
  "token-file",
  "ca",
  "output",
  "timeout",
] as const satisfies readonly ClientOptionName[];

export interface Subcommand {
  readonly help: string;
  /** Of its own; every one has SHARED_OPTIONS too. */
  readonly options: readonly ClientOptionName[];
  /** What must follow it, a word each, or may if it is in brackets; most take nothing. */
  readonly metavar?: string;
  /** All that may stand there first. */
  readonly words?: readonly string[];
}

const SUBCOMMANDS = {
  status: {
    help: "what runs on which content, and the last reloads",
    options: ["debug"],
  },
  health: {
    help: "0 if it is well, 1 if not; --ready and --live: for probes",
    options: ["ready", "live"],
  },
  reload: {
    help: "use the content of now, even if it has not changed",
    options: ["wait", "force"],
  },
  hold: {
    help: "put no change into effect until resume",
    options: ["reason", "for"],
  },
  resume: { help: "end a hold", options: [] },
  "stop-child": {
    help: "stop the program and keep the manager, as for a backup",
    options: ["wait"],
  },
  "start-child": { help: "start it again", options: [] },
  fleet: {
    help: "who has which slot, what is refused; clear: try that again",
    options: [],
    metavar: "[clear [CONTENT]]",
    words: ["clear"],
  },
  events: { help: "follow changes of state and log lines", options: [] },
  "log-level": {
    help: "trace, debug, info, warn or error, from now on",
    options: [],
    metavar: "LEVEL",
    words: OPTIONS["log-level"].parse.words,
  },
  top: { help: "the status, live", options: [] },
  check: {
    help: "--running: what check says of the running manager's settings",
    options: ["running"],
  },
  diagnose: {
    help: "all that helps to find a fault, in one archive, without secrets",
    options: ["archive"],
  },
} as const satisfies Readonly<Record<SubcommandName, Subcommand>>;

export const subcommandOf = (name: SubcommandName): Subcommand =>
  SUBCOMMANDS[name];

/** All of a subcommand's options, its own first. An archive has no other form. */
export function optionsOf(name: SubcommandName): readonly ClientOptionName[] {
  const { options } = subcommandOf(name);
  const shared = SHARED_OPTIONS.filter((option) =>
    option !== "output" || !options.includes("archive")
  );
  return [...options, ...shared];
}

export const clientOption = (name: ClientOptionName): ClientOption =>
  CLIENT_OPTIONS[name];

/** The subcommands that ask nobody. */
export const LOCAL_SUBCOMMANDS = {
  check: "validate the options, say what would be run, start nothing",
  completion: "print the completion script for bash, zsh or fish",
  install: "copy the executable into a directory",
  help: "show all options, or those of a subcommand",
  version: "show the version",
} as const;
