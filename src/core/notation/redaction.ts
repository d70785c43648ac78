/** Takes secrets out of texts and JSON values that are given to others. Pure. */
import { isSecretName, REDACTED, RULES } from "./redaction_rules.ts";

/** Shorter ones would be found inside of other words. */
const KNOWN_MIN_CHARS = 4;
/** And these in many a text that has nothing to do with them, where no name says that they are secrets. */
const VALUE_MIN_CHARS = 8;

/**
 * Our own lines that end with a list of arguments: in the log, in the report of
 * a check, and as one finding of it. Their last bracket is always that of the
 * list, also where the last argument ends with one itself. Behind a list that
 * ` in DIRECTORY` follows, nobody can tell.
 */
const LISTS = [
  /^((?:\S{1,40}Z INFO (?:Configuration|Starting child process)|ok: run): (?!.*\] in ).*[ =]\[.*)\]$/gm,
  /^(run: (?!.*\] in ).* \[.*)\]$/g,
];
/**
 * Stands before that bracket while the rules are applied, for which a value ends
 * at a space. No line of ours has one, since it would be written as an escape.
 */
const APART = "\v";
/** The last argument may be the name of a secret, whose value the bracket seems to be then. */
const BRACKETS = new RegExp(`${APART}(?:\\]|\\[redacted\\])`, "g");

/** Redacts texts and JSON values. */
export interface Redaction {
  readonly text: (text: string) => string;
  /** Keys stay; a list of texts is read as a program's arguments. */
  readonly value: (value: unknown) => unknown;
}

/** `known` are secrets themselves: they are replaced wherever they stand. */
export function createRedaction(
  known: Iterable<string> = [],
  rules = RULES,
): Redaction {
  // A longer one may contain a shorter one.
  const secrets = [...new Set([...known].flatMap(formsOf))]
    .sort((a, b) => b.length - a.length);
  const text = (given: string): string => {
    const apart = LISTS.reduce(
      (rest, list) => rest.replace(list, `$1${APART}]`),
      given,
    );
    const without = secrets.reduce(
      (rest, secret) => rest.replaceAll(secret, REDACTED),
      apart,
    );
    return rules.reduce(
      (rest, { pattern, write }) => rest.replace(pattern, write),
      without,
    ).replace(BRACKETS, "]");
  };
  return { text, value: (value) => redactValue(value, text) };
}

/** As it is, as JSON has it, and its lines, which a program may print one by one. */
function formsOf(secret: string): string[] {
  if (secret.length < KNOWN_MIN_CHARS) return [];
  const lines = secret.split("\n").map((line) => line.trim())
    .filter((line) => line.length >= VALUE_MIN_CHARS);
  return [secret, JSON.stringify(secret).slice(1, -1), ...lines];
}

function redactValue(value: unknown, text: (text: string) => string): unknown {
  if (typeof value === "string") return text(value);
  if (Array.isArray(value)) return redactList(value, text);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [
      text(key),
      typeof item === "string" && isSecretName(key)
        ? REDACTED
        : redactValue(item, text),
    ]),
  );
}

const KEY_BEGINS = /-----BEGIN [A-Z ]{0,32}PRIVATE KEY-----/;
const KEY_ENDS = /-----END [A-Z ]{0,32}PRIVATE KEY-----/;

/** An argument may be the value of the one before, and a line the middle of a key. */
function redactList(
  items: readonly unknown[],
  text: (text: string) => string,
): unknown[] {
  let isInKey = false;
  return items.map((item, index) => {
    if (typeof item === "string") {
      const isOfKey = isInKey || KEY_BEGINS.test(item);
      isInKey = isOfKey && !KEY_ENDS.test(item);
      if (isOfKey) return REDACTED;
    }
    const before = items[index - 1];
    const isValue = typeof before === "string" && typeof item === "string" &&
      /^--?[^=\s]+$/.test(before) && isSecretName(before);
    return isValue ? REDACTED : redactValue(item, text);
  });
}

/** Variables that every program has, whatever their names sound like; none of them is a secret. */
const PLAIN =
  /^(?:PATH|HOME|PWD|OLDPWD|HOSTNAME|LANG|LC_\w+|TERM|SHELL|SHLVL|USER|LOGNAME|TZ|TMPDIR|_|XDG_\w+)$/;
/** Those of a container and ours, which are no secrets unless their names say so. */
const COMMON =
  /^(?:KUBERNETES_\w+|\w+_SERVICE_(?:HOST|PORT)\w*|\w+_PORT(?:_\w+)?|FLUSH_MANAGER_\w+)$/;

type Variable = readonly [name: string, value: string];

/**
 * The values of these variables that are secrets: by their name, or since nobody
 * can say that they are none. The paths in others are needed to understand what is
 * told, and so are placeholders.
 */
export const secretsIn = (variables: Iterable<Variable>): string[] =>
  [...variables].filter(isSecret).map(([, value]) => value);

function isSecret([name, value]: Variable): boolean {
  if (PLAIN.test(name)) return false;
  if (isSecretName(name)) return true;
  return !COMMON.test(name) && value.length >= VALUE_MIN_CHARS &&
    !value.startsWith("/") && !/^\{\w+\}$/.test(value);
}
