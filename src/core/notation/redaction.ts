/**
 * Takes secrets out of texts that are given to others, by a table of rules: what
 * looks like a secret is replaced, also where it is none. Pure.
 */

export const REDACTED = "[redacted]";

/** How long a run without a space may be: the rules would take too long for more. */
const RUN_MAX_CHARS = 2_048;

/** What the name of a secret contains, in lower case. */
const NAME =
  "(?:pass(?:word|wd|phrase|code)?|pwd|secret|token|credential|signature|dsn|jwt|bearer|session|cookie|masterauth|api[-_.]?key|access[-_.]?key|private[-_.]?key|signing[-_.]?key|encryption[-_.]?key|account[-_.]?key|auth(?:orization|[-_.]?key)?|connection[-_.]?string)";
/** A name goes on behind that, as in `token_id`. */
const REST = "[\\w.-]{0,64}";
/** What such a name stands for then is the place of a secret, not a secret. */
const OF_PLACE = /(?:file|files|path|dir|directory)$/i;
/** In quotes, which may be escaped in a text inside of another one, or up to a space. */
const VALUE = `(?:\\\\?"(?:[^"\\\\]|\\\\.)*"?|'[^']*'?|\\S+)`;

interface Rule {
  readonly name: string;
  readonly pattern: RegExp;
  /** Gets the groups of the pattern, and gives the text that takes the place of the match. */
  readonly write: (...groups: string[]) => string;
}

const keepFirst = (before: string) => `${before}${REDACTED}`;

/** A value behind the name of a secret, unless the name says that a place follows. */
const unlessPlace = (
  all: string,
  before: string,
  name: string,
  between: string,
) => OF_PLACE.test(name) ? all : `${before}${name}${between}${REDACTED}`;

/** Applied in this order, each to the result of the ones before. */
export const RULES: readonly Rule[] = [
  {
    name: "private keys",
    pattern:
      /-----BEGIN [A-Z ]{0,32}PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]{0,32}PRIVATE KEY-----|$)/g,
    write: () => REDACTED,
  },
  {
    name: "long runs",
    pattern: new RegExp(`\\S{${RUN_MAX_CHARS + 1},}`, "g"),
    write: (run) => `[${run.length} characters without a space left out]`,
  },
  {
    name: "credentials in URLs",
    pattern: /((?:[a-z][\w+.-]{0,32}:)?\/\/)[^\s"'<>]*@/gi,
    write: (_, scheme) => `${scheme}${REDACTED}@`,
  },
  {
    name: "credentials before a host",
    pattern: /([\s"'=[(,]|^)[^\s"'=[(,:@/]+:(?!\/\/)[^\s"'@]+@(?=[\w[(])/g,
    write: (_, before) => `${before}${REDACTED}@`,
  },
  {
    name: "queries",
    pattern: /((?:\/\/[^\s?"'<>]*|\/[^\s?"'<>]*|^)\?)[^\s"'<>]+/g,
    write: (_, before) => keepFirst(before),
  },
  {
    name: "headers",
    pattern:
      /\b((?:proxy-)?authorization|(?:set-)?cookie|x-[\w-]{1,64})(\\?["']?\s*[:=]\s*)[^\r\n]+/gi,
    write: (_, name, between) => `${name}${between}${REDACTED}`,
  },
  {
    name: "headers of requests in arguments",
    pattern:
      /((?:^|[\s["',])(?:-H|--headers?)["']?[\s=,]+["']?[\w-]{1,64}:)[^\r\n"']*/g,
    write: (_, before) => `${before} ${REDACTED}`,
  },
  {
    name: "schemes of authorization",
    pattern: /\b(bearer|basic)\s+[\w.~+/=-]{6,}/gi,
    write: (_, scheme) => `${scheme} ${REDACTED}`,
  },
  {
    name: "arguments behind --password and the like",
    pattern: new RegExp(
      `((?:^|[\\s["',(])--?[\\w.-]{0,64}?)(${NAME}${REST})((?:["']?\\s*,\\s*["']?|\\s+|=))${VALUE}`,
      "gi",
    ),
    write: unlessPlace,
  },
  {
    name: "passwords of well-known programs",
    pattern:
      /(\b(?:redis-cli|valkey-cli|sshpass|mysql\w{0,16}|mariadb\w{0,16}|mongo\w{0,16}|curl)\b[^\n]{0,200}?\s-[apu]\s?)\S+/g,
    write: (_, before) => keepFirst(before),
  },
  {
    name: "named values to the end of the line",
    pattern: new RegExp(
      `()(${NAME}${REST})(\\s*:\\s+)(?!\\\\?["'])[^\\r\\n]+`,
      "gi",
    ),
    write: unlessPlace,
  },
  {
    name: "named values",
    pattern: new RegExp(
      `()(${NAME}${REST})(\\\\?["']?\\s*[:=]+>?\\s*)${VALUE}`,
      "gi",
    ),
    write: unlessPlace,
  },
  {
    name: "passwords behind a space",
    pattern:
      /\b((?:require|[\w-]{0,32}?)pass(?:word|wd|phrase)?|masterauth|[\w-]{1,32}[-_](?:secret|token|key))(\\?["']?\s+)(?![:=[])\S+/gi,
    write: (_, name, between) => `${name}${between}${REDACTED}`,
  },
  {
    name: "environment variables",
    pattern: new RegExp(
      `(^|[\\s"'[{(,;:])([A-Z][A-Z0-9_]{2,64})=${VALUE}?`,
      "gm",
    ),
    write: (_, before, name) => `${before}${name}=${REDACTED}`,
  },
  {
    // Lines of a key without its first one. A digest in hexadecimal is none.
    name: "long words in base64",
    pattern:
      /(?<![\w+/])(?=[a-zA-Z+/]*\d)(?=[a-z\d+/]*[A-Z])(?=[A-Z\d+/]*[a-z])[A-Za-z\d+/]{40,}={0,2}/g,
    write: () => REDACTED,
  },
  {
    name: "tokens by their form",
    pattern:
      /\b(?:eyJ[\w-]{5,}\.[\w-]+(?:\.[\w-]*)?|(?:AKIA|ASIA)[0-9A-Z]{16}|gh[pousr]_\w{20,}|github_pat_\w{20,}|glpat-[\w-]{16,}|xox[abeprs]-[\w-]{8,}|sk-[\w-]{16,})/g,
    write: () => REDACTED,
  },
];

/** Shorter ones would be found inside of other words. */
const KNOWN_MIN_CHARS = 4;
/** And these in many a text that has nothing to do with them, where no name says that they are secrets. */
const VALUE_MIN_CHARS = 8;

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
    const without = secrets.reduce(
      (rest, secret) => rest.replaceAll(secret, REDACTED),
      given,
    );
    return rules.reduce(
      (rest, { pattern, write }) => rest.replace(pattern, write),
      without,
    );
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

const SECRET_NAME = new RegExp(NAME, "i");

/** Whether the name says that its value is a secret. */
export const isSecretName = (name: string): boolean =>
  SECRET_NAME.test(name) && !OF_PLACE.test(name);

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
