/**
 * The rules by which secrets are found in texts: what looks like one is replaced,
 * also where it is none. Pure.
 */

export const REDACTED = "[redacted]";

/** How long a run without a space may be: the rules would take too long for more. */
const RUN_MAX_CHARS = 2_048;

/** What the name of a secret contains, in lower case. */
const NAME =
  "(?:pass(?:word|wd|phrase|code)?|pwd|secret|token|credential|signature|dsn|jwt|bearer|session|cookie|masterauth|api[-_.]?key|access[-_.]?key|private[-_.]?key|signing[-_.]?key|encryption[-_.]?key|account[-_.]?key|key[-_.]?data|auth(?:orization|[-_.]?key)?|connection[-_.]?string)";
/** A name goes on behind that, as in `token_id`. */
const REST = "[\\w.-]{0,64}";
/** What such a name stands for then is the place of a secret, not a secret. */
const OF_PLACE = /(?:file|files|path|dir|directory)$/i;
/** In quotes, which may be escaped in a text inside of another one, or up to a space. */
const VALUE = `(?:\\\\?"(?:[^"\\\\]|\\\\.)*"?|'[^']*'?|\\S+)`;

export interface Rule {
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
    name: "values beside their names",
    pattern: new RegExp(
      `(name\\\\?["']?\\s*[:=]\\s*\\\\?["']?[\\w.-]{0,64}?${NAME}${REST}[^:]{0,80}?value\\\\?["']?\\s*[:=]\\s*)${VALUE}`,
      "gi",
    ),
    write: (_, before) => keepFirst(before),
  },
  {
    name: "elements of XML",
    pattern: new RegExp(`(<[\\w:.-]{0,64}?${NAME}[\\w:.-]{0,64}>)[^<]+`, "gi"),
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
    name: "quoted values behind a space",
    pattern: new RegExp(`()(${NAME}${REST})(\\s+)\\\\?["'][^"'\\r\\n]+`, "gi"),
    write: unlessPlace,
  },
  {
    name: "passwords behind a space",
    pattern:
      /\b((?:require|[\w-]{0,32}?)pass(?:word|wd|phrase)?|masterauth|[\w-]{1,32}[-_](?:secret|token|key))(\\?["']?\s+(?:is\s+|was\s+)?)(?![:=[])\S+/gi,
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
      /\b(?:eyJ[\w-]{5,}\.[\w-]+(?:\.[\w-]*)?|(?:AKIA|ASIA)[0-9A-Z]{16}|gh[pousr]_\w{20,}|github_pat_\w{20,}|glpat-[\w-]{16,}|xox[abeprs]-[\w-]{8,}|sk-[\w-]{16,}|hooks\.slack\.com\/services\/\S+)/g,
    write: () => REDACTED,
  },
];

const SECRET_NAME = new RegExp(NAME, "i");

/** Whether the name says that its value is a secret. */
export const isSecretName = (name: string): boolean =>
  SECRET_NAME.test(name) && !OF_PLACE.test(name);
