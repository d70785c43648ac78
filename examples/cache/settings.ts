/**
 * The variables of the cache: of the environment and of the files that
 * `--config` names, checked one by one. Must not know who uses a value.
 */

/** How the text of a variable becomes its value. */
interface Variable<T> {
  readonly fallback: string;
  /** Throws an Error that says in the guide's words what is wrong. */
  readonly parse: (text: string) => T;
  readonly allowed: string;
}

/** A line for the operator; he needs no stack. */
export class Refusal extends Error {
  override readonly name = "Refusal";
}

const text = (fallback: string, allowed = "a text"): Variable<string> => ({
  fallback,
  allowed,
  parse: (value) => {
    if (value === "" && fallback !== "") throw new Error("empty value");
    return value;
  },
});

function integer(
  fallback: number,
  [least, most]: readonly [number, number],
): Variable<number> {
  return {
    fallback: String(fallback),
    allowed: `a whole number from ${least} to ${most}`,
    parse: (value) => {
      const quoted = `strconv.Atoi: parsing ${JSON.stringify(value)}`;
      if (!/^[+-]?\d+$/.test(value)) {
        throw new Error(`${quoted}: invalid syntax`);
      }
      const number = Number(value);
      if (number >= least && number <= most) return number;
      throw new Error(`${quoted}: value out of range`);
    },
  };
}

const port = (fallback: number) => integer(fallback, [1, 65_535]);

function choice<const T extends string>(
  fallback: T,
  ...values: readonly T[]
): Variable<T> {
  return {
    fallback,
    allowed: values.join(", "),
    parse: (value) => {
      const found = values.find((each) => each === value.toLowerCase());
      if (found !== undefined) return found;
      throw new Error(`unknown value ${JSON.stringify(value)}`);
    },
  };
}

const flag = (): Variable<boolean> => ({
  fallback: "false",
  allowed: "true or false",
  parse: (value) => {
    if (value === "true" || value === "false") return value === "true";
    const quoted = JSON.stringify(value);
    throw new Error(`strconv.ParseBool: parsing ${quoted}: invalid syntax`);
  },
});

const UNITS = { ms: 1, s: 1_000, m: 60_000 } as const;

/** In milliseconds. */
function duration(
  fallback: string,
  [least, most]: readonly [number, number],
): Variable<number> {
  return {
    fallback,
    allowed: `a duration such as 500ms or 2s, from ${least}ms to ${most}ms`,
    parse: (value) => {
      const quoted = JSON.stringify(value);
      const [, digits, unit] = /^(\d+(?:\.\d+)?)(ms|s|m)$/.exec(value) ?? [];
      if (digits === undefined) {
        throw new Error(
          /^\d+$/.test(value)
            ? `time: missing unit in duration ${quoted}`
            : `time: invalid duration ${quoted}`,
        );
      }
      const ms = Number(digits) * UNITS[unit as keyof typeof UNITS];
      if (ms >= least && ms <= most) return ms;
      throw new Error(`time: duration ${quoted} out of range`);
    },
  };
}

/** Where `flush-manager` or an operator puts NATS: `nats://HOST:PORT`. */
const natsUrl = (): Variable<string> => ({
  fallback: "nats://localhost:4222",
  allowed: "nats://HOST:PORT",
  parse: (value) => {
    if (/^nats:\/\/[^\s/]+:\d+$/.test(value)) return value;
    throw new Error(`parse ${JSON.stringify(value)}: invalid URL`);
  },
});

const VARIABLES = {
  API_HOST: text("127.0.0.1", "an address to listen on"),
  API_PORT: port(8080),
  API_REUSE_PORT: flag(),
  API_DEBUG_PORT: integer(0, [0, 65_535]),
  API_ADMIN_TOKEN: text(""),
  API_BACKLOG_MAX: integer(900_000, [1, 1_000_000]),
  CACHE_MAX_VALUE_SIZE: integer(1_048_576, [1, 8_388_608]),
  WORKER_HOST: text("127.0.0.1", "an address to listen on"),
  WORKER_PORT: port(8081),
  WORKER_BATCH_SIZE: integer(100, [1, 5_000]),
  WORKER_BATCH_TIMEOUT: duration("1s", [1, 60_000]),
  WORKER_CONSUMER_GROUP: text("birb-worker", "the name of a consumer"),
  WORKER_MAX_RETRIES: integer(5, [1, 100]),
  WORKER_RETRY_DELAY: duration("1s", [10, 60_000]),
  POSTGRES_HOST: text("localhost", "a host"),
  POSTGRES_PORT: port(5432),
  POSTGRES_USER: text("birb", "a user"),
  POSTGRES_PASSWORD: text(""),
  POSTGRES_DB: text("birbcache", "a database"),
  POSTGRES_MAX_CONNECTIONS: integer(10, [1, 1_000]),
  REDIS_HOST: text("localhost", "a host"),
  REDIS_PORT: port(6379),
  REDIS_PASSWORD: text(""),
  REDIS_DEFAULT_TTL: integer(3_600, [1, 31_536_000]),
  REDIS_TIMEOUT: duration("1s", [10, 60_000]),
  NATS_URL: natsUrl(),
  LOG_LEVEL: choice("info", "debug", "info", "warn", "error"),
  LOG_FORMAT: choice("json", "json", "text"),
  OTEL_TRACES_ENABLED: flag(),
  FEATURE_METRICS_DETAILED: flag(),
} as const;

type Name = keyof typeof VARIABLES;

export type Settings = {
  readonly [N in Name]: ReturnType<(typeof VARIABLES)[N]["parse"]>;
};

/** What SIGUSR1 puts into effect in a running worker. */
export const BATCH_SETTINGS = [
  "WORKER_BATCH_SIZE",
  "WORKER_BATCH_TIMEOUT",
] as const satisfies readonly Name[];

const isName = (name: string): name is Name => Object.hasOwn(VARIABLES, name);

/**
 * The settings of these files and of the environment, which takes precedence.
 *
 * @throws {Refusal} with the first value that is not allowed
 */
export function readSettings(
  files: readonly string[],
  environment: Readonly<Record<string, string>> = Deno.env.toObject(),
): Settings {
  const given: Record<string, string> = {};
  for (const file of files) Object.assign(given, readFile(file));
  for (const [name, value] of Object.entries(environment)) {
    if (isName(name)) given[name] = value;
  }
  const entries = Object.entries(VARIABLES).map(([name, variable]) => {
    const value = given[name] ?? variable.fallback;
    try {
      return [name, variable.parse(value)] as const;
    } catch (error) {
      throw new Refusal(
        `invalid value for ${name}: ${
          messageOf(error)
        }; use ${variable.allowed}`,
      );
    }
  });
  return Object.fromEntries(entries) as Settings;
}

/** A file in dotenv syntax: `NAME=value` a line, `#` begins a comment. */
function readFile(path: string): Record<string, string> {
  let content: string;
  try {
    content = Deno.readTextFileSync(path);
  } catch (error) {
    throw new Refusal(`cannot read ${path}: ${messageOf(error)}`);
  }
  const given: Record<string, string> = {};
  for (const [index, line] of content.split("\n").entries()) {
    if (/^\s*(#|$)/.test(line)) continue;
    const at = `${path}:${index + 1}`;
    const [, name, value] =
      /^\s*(?:export\s+)?([^=\s]+)\s*=\s*(.*?)\s*(?:\s#.*)?$/.exec(line) ?? [];
    if (name === undefined || value === undefined) {
      throw new Refusal(`${at}: ${JSON.stringify(line)} is not NAME=value`);
    }
    if (!isName(name)) {
      const names = Object.keys(VARIABLES).join(", ");
      throw new Refusal(`${at}: unknown variable ${name}; use ${names}`);
    }
    given[name] = value.replace(/^(["'])(.*)\1$/, "$2");
  }
  return given;
}

const messageOf = (error: unknown) =>
  error instanceof Error ? error.message : String(error);
