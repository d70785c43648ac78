/** What a subcommand asks a running manager for. Flags win over the environment over defaults. Pure. */
import {
  CONTENT_NAME_FORM,
  parseContentName,
} from "../core/notation/content_name.ts";
import { maskUrls } from "../core/notation/describe.ts";
import { LOG_LEVELS } from "../core/notation/log_level.ts";
import type { LogLevel } from "../core/vocabulary/settings.ts";
import type { Environment } from "./given.ts";
import { OPTIONS } from "./options.ts";
import type { SubcommandName } from "./first_word.ts";
import { refuseText, suggestion } from "./refusal.ts";
import { JOINED_OUTPUT } from "./scan.ts";
import {
  type CLIENT_OPTIONS,
  clientOption,
  type ClientOptionName,
  optionsOf,
  subcommandOf,
} from "./subcommands.ts";
import { BadValue, UsageError, type ValueParser } from "./values/basic.ts";
import { type ClientAddress, clientAddress } from "./values/client_address.ts";

/** What the kubelet asks: may the child get requests, can the manager go on. */
export type Probe = "ready" | "live";

/** What is asked for. */
export type ClientCommand =
  | { readonly kind: "status"; readonly debug: boolean }
  /** Undefined: all that is known. */
  | { readonly kind: "health"; readonly probe: Probe | undefined }
  | {
    readonly kind: "reload";
    readonly wait: boolean;
    readonly force: boolean;
  }
  | {
    readonly kind: "hold";
    readonly reason: string | undefined;
    /** Undefined: until `resume`. */
    readonly forMs: number | undefined;
  }
  | { readonly kind: "stop-child"; readonly wait: boolean }
  | { readonly kind: "resume" | "start-child" }
  | { readonly kind: "events" | "top" }
  | { readonly kind: "log-level"; readonly level: LogLevel }
  | { readonly kind: "fleet" }
  /** Undefined: all that the fleet has refused; else the beginning of a content's name. */
  | { readonly kind: "fleet-clear"; readonly content: string | undefined }
  | { readonly kind: "check" };

export interface DiagnoseCommand {
  readonly kind: "diagnose";
  /** `-` is stdout; undefined is a name with the time. */
  readonly archive: string | undefined;
}

interface Call<C> {
  readonly command: C;
  readonly address: ClientAddress;
  readonly tokenFile: string | undefined;
  /** A file in PEM. */
  readonly caFile: string | undefined;
  /** Undefined: text at a terminal, JSON elsewhere. */
  readonly output: "text" | "json" | undefined;
  /** For one answer. */
  readonly timeoutMs: number;
}

export type ClientCall = Call<ClientCommand>;
/** Works without a manager, too. */
export type DiagnoseCall = Call<DiagnoseCommand>;
export type AnyCall = ClientCall | DiagnoseCall;

/** Whether it is nothing without a manager. */
export const isOfManager = (call: AnyCall): call is ClientCall =>
  call.command.kind !== "diagnose";

/**
 * Reads what follows the subcommand; options may stand before and behind its
 * argument. "help" where that is asked for.
 *
 * @throws UsageError with one line
 */
export function parseClientCall(
  name: SubcommandName,
  words: readonly string[],
  environment: Environment,
): AnyCall | "help" {
  const scanned = scan(name, words);
  if (scanned === "help") return "help";
  const { flags, args } = scanned;
  const value = valueIn(flags);
  const command = commandOf(name, value, argumentsOf(name, args));
  const rest = {
    address: value("control") ?? addressFrom(environment),
    tokenFile: value("token-file") ??
      textFrom(environment, "FLUSH_MANAGER_CONTROL_TOKEN_FILE"),
    caFile: value("ca") ??
      textFrom(environment, "FLUSH_MANAGER_CONTROL_TLS_CERT"),
    output: value("output"),
    timeoutMs: value("timeout") ?? patienceFor(command),
  };
  return command.kind === "diagnose"
    ? { command, ...rest }
    : { command, ...rest };
}

const ANSWER_MS = 10_000;
/** Longer than most reloads take with their window, check, delays and readiness. */
const WAIT_MS = 600_000;
/** It asks for several answers, of a manager that may be hung. */
const DIAGNOSE_MS = 5_000;

function patienceFor(command: AnyCall["command"]): number {
  if (command.kind === "diagnose") return DIAGNOSE_MS;
  const waits = (command.kind === "reload" || command.kind === "stop-child") &&
    command.wait;
  return waits ? WAIT_MS : ANSWER_MS;
}

type Flags = ReadonlyMap<ClientOptionName, string>;

function scan(
  name: SubcommandName,
  words: readonly string[],
): { flags: Flags; args: readonly string[] } | "help" {
  const flags = new Map<ClientOptionName, string>();
  const args: string[] = [];
  for (let index = 0; index < words.length; index++) {
    const word = words[index];
    if (word === "--") {
      return { flags, args: [...args, ...words.slice(index + 1)] };
    }
    if (!/^-./.test(word)) {
      args.push(word);
      continue;
    }
    const [, flag, inline] = /^--?([^=]*)(?:=(.*))?$/s.exec(
      JOINED_OUTPUT.test(word) ? `-o=${word.slice("-o".length)}` : word,
    ) ?? [];
    if (flag === "h" || flag === "help") return "help";
    const option = knownOption(name, flag, word);
    const { metavar, help } = clientOption(option);
    if (metavar === undefined) {
      if (inline !== undefined) {
        throw new UsageError(
          `Cannot use option --${option}: it takes no value`,
        );
      }
      flags.set(option, "");
      continue;
    }
    const text = inline ?? words[++index];
    if (text === undefined) {
      throw new UsageError(
        `Cannot use option --${option}: it needs a value (--${option} ${metavar}: ${help})`,
      );
    }
    flags.set(option, text);
  }
  return { flags, args };
}

function knownOption(
  name: SubcommandName,
  flag: string,
  word: string,
): ClientOptionName {
  const known = optionsOf(name);
  const found = known.find((option) =>
    flag === "o" ? option === "output" || option === "archive" : option === flag
  );
  if (found !== undefined) return found;
  const nearest = suggestion(flag, known);
  const hint = nearest === undefined
    ? `see flush-manager ${name} --help`
    : `did you mean --${nearest}?`;
  throw new UsageError(
    `Cannot use option ${
      word.split("=")[0]
    } of ${name}: it is unknown; ${hint}`,
  );
}

type ClientValue<N extends ClientOptionName> = ReturnType<
  (typeof CLIENT_OPTIONS)[N]["parse"]
>;

/** The value of an option that was given; throws a UsageError for one that is not allowed. */
const valueIn =
  (flags: Flags) =>
  <N extends ClientOptionName>(name: N): ClientValue<N> | undefined => {
    const text = flags.get(name);
    return text === undefined ? undefined : read<unknown>(
      `option --${name}`,
      text,
      clientOption(name).parse,
    ) as ClientValue<N>;
  };

type ValueOf = ReturnType<typeof valueIn>;

function read<T>(place: string, text: string, parse: ValueParser<T>): T {
  try {
    return parse(text);
  } catch (error) {
    if (!(error instanceof BadValue)) throw error;
    throw refuseText(place, maskUrls(text), error.message);
  }
}

/** Neither less nor more than the subcommand takes. */
function argumentsOf(
  name: SubcommandName,
  args: readonly string[],
): readonly string[] {
  const { metavar } = subcommandOf(name);
  const places = metavar?.split(" ") ?? [];
  const needed = places.filter((place) => !place.startsWith("[")).length;
  if (args.length < needed) {
    throw new UsageError(
      `Cannot use ${name}: it needs ${metavar} (flush-manager ${name} ${metavar})`,
    );
  }
  if (args.length <= places.length) return args;
  const surplus = args[places.length];
  const most = needed === 0 ? metavar : `one ${metavar}`;
  throw new UsageError(
    `Cannot use ${JSON.stringify(surplus)} with ${name}: it takes ${
      metavar === undefined ? "no argument" : most
    }; to run a program of that name write flush-manager -- ${name}`,
  );
}

function commandOf(
  name: SubcommandName,
  value: ValueOf,
  args: readonly string[],
): AnyCall["command"] {
  switch (name) {
    case "status":
      return { kind: name, debug: value("debug") ?? false };
    case "health":
      return { kind: name, probe: probeOf(value) };
    case "reload":
      return {
        kind: name,
        wait: value("wait") ?? false,
        force: value("force") ?? false,
      };
    case "stop-child":
      return { kind: name, wait: value("wait") ?? false };
    case "hold":
      return { kind: name, reason: value("reason"), forMs: value("for") };
    case "log-level":
      return { kind: name, level: levelOf(args[0]) };
    case "fleet":
      return fleetCommandOf(args);
    case "diagnose":
      return { kind: name, archive: value("archive") };
    default:
      return { kind: name };
  }
}

function probeOf(value: ValueOf): Probe | undefined {
  const isReady = value("ready") ?? false;
  const isLive = value("live") ?? false;
  if (isReady && isLive) {
    throw new UsageError(
      "Cannot use --live with --ready: they are two questions; ask one after the other",
    );
  }
  if (isReady) return "ready";
  return isLive ? "live" : undefined;
}

function fleetCommandOf(
  [word, content]: readonly string[],
): ClientCommand {
  if (word === undefined) return { kind: "fleet" };
  if (word !== "clear") throw refuseText("fleet", word, "clear, or nothing");
  if (content === undefined) return { kind: "fleet-clear", content };
  const name = parseContentName(content);
  if (name === undefined) {
    throw refuseText("fleet clear", content, CONTENT_NAME_FORM);
  }
  return { kind: "fleet-clear", content: name };
}

function levelOf(text: string): LogLevel {
  const nearest = suggestion(text.toLowerCase(), LOG_LEVELS);
  const hint = nearest === undefined ? "" : `; did you mean ${nearest}?`;
  try {
    return OPTIONS["log-level"].parse(text);
  } catch (error) {
    if (!(error instanceof BadValue)) throw error;
    throw refuseText("log-level", text, `${error.message}${hint}`);
  }
}

/**
 * Of the addresses that the manager of this container has, the one that is
 * nearest: a socket, which needs no token.
 */
function addressFrom(environment: Environment): ClientAddress {
  const variable = "FLUSH_MANAGER_CONTROL";
  const addresses = (textFrom(environment, variable) ?? "").split("\n")
    .filter((text) => !["", "off", "none"].includes(text))
    .map((text) =>
      read(`environment variable ${variable}`, text, clientAddress)
    );
  return addresses.find(({ kind }) => kind === "unix") ?? addresses[0] ??
    clientAddress("auto");
}

/** A variable that is set to nothing is not set. */
function textFrom(
  environment: Environment,
  variable: string,
): string | undefined {
  try {
    return environment(variable)?.replace(/\n+$/, "") || undefined;
  } catch {
    throw new UsageError(
      `Cannot use environment variable ${variable}: its value is not UTF-8`,
    );
  }
}
