/**
 * The settings of the file server: config.yaml, over which variables named
 * CALLFS_SECTION_KEY take precedence. All that is wrong is told at once, a line
 * each: what, which value, what is allowed.
 */
import { load } from "js-yaml";
import * as v from "valibot";

const UNITS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
};

/** What follows "use" in a refusal is the message of each schema. */
const text = (allowed: string, pattern: RegExp) =>
  v.pipe(v.string(allowed), v.regex(pattern, allowed));

const duration = (byDefault: string, minMs = 1) => {
  const allowed = `a duration of ${minMs}ms to 24h, as 500ms, 10s or 5m`;
  return v.optional(
    v.pipe(
      v.string(allowed),
      v.regex(/^\d+(ms|s|m|h)$/, allowed),
      v.transform((value) =>
        parseInt(value) * UNITS[value.replace(/^\d+/, "")]
      ),
      v.minValue(minMs, allowed),
      v.maxValue(24 * UNITS.h, allowed),
    ),
    byDefault,
  );
};

/** A variable gives its digits as text. */
const whole = (byDefault: number, min: number, max: number) => {
  const allowed = `a whole number from ${min} to ${max}`;
  return v.optional(
    v.pipe(
      v.union([v.number(), text(allowed, /^\d+$/)], allowed),
      v.transform(Number),
      v.integer(allowed),
      v.minValue(min, allowed),
      v.maxValue(max, allowed),
    ),
    byDefault,
  );
};

const API_KEYS =
  "a list of at least one key, each of 8 to 200 printable characters without spaces or commas";
const DSN = "postgres://USER:PASSWORD@HOST:PORT/DATABASE";

const SECTIONS = {
  server: v.strictObject({
    listen_addr: v.optional(
      text('":PORT" or "HOST:PORT"', /^([\w.-]*|\[[\da-f:]+\]):\d{1,5}$/i),
      ":8443",
    ),
    cert_file: v.optional(text("the path of a certificate (PEM)", /./), ""),
    key_file: v.optional(text("the path of a private key (PEM)", /./), ""),
    read_timeout: duration("300s"),
    write_timeout: duration("300s"),
  }),
  auth: v.strictObject({
    api_keys: v.optional(
      v.pipe(
        // A variable gives them with commas between them.
        v.union([
          v.array(v.string()),
          v.pipe(v.string(), v.transform((keys) => keys.split(","))),
        ], API_KEYS),
        v.check(
          (keys) =>
            keys.length > 0 &&
            keys.every((key) => /^[!-+\--~]{8,200}$/.test(key)),
          API_KEYS,
        ),
      ),
      [],
    ),
  }),
  metadata_store: v.strictObject({
    dsn: v.optional(text(DSN, /^postgres(ql)?:\/\/[^/]+\/\w+/), ""),
    max_open_conns: whole(20, 1, 1_000),
    max_idle_conns: whole(10, 0, 1_000),
    conn_max_lifetime: duration("5m", 1_000),
  }),
  dlm: v.strictObject({
    redis_addr: v.optional(text('"HOST:PORT"', /^[\w.-]+:\d{1,5}$/), ""),
    redis_password: v.optional(v.string("a text"), ""),
    dial_timeout: duration("10s"),
    read_timeout: duration("5s"),
    write_timeout: duration("5s"),
    lock_timeout: duration("60s", 100),
    retry_delay: duration("100ms"),
    max_retries: whole(10, 0, 1_000),
  }),
  backend: v.strictObject({
    default_backend: v.optional(
      v.picklist(["localfs", "s3"], '"localfs" or "s3"'),
      "localfs",
    ),
    localfs_root_path: v.optional(
      text("the absolute path of a directory", /^\//),
      "/var/lib/callfs",
    ),
    s3_endpoint: v.optional(
      text(
        'http://HOST:PORT or https://HOST, or "" for no S3',
        /^(https?:\/\/[^/]+)?$/,
      ),
      "",
    ),
    s3_bucket_name: v.optional(
      text("the name of a bucket", /^([a-z\d][a-z\d.-]{2,62})?$/),
      "",
    ),
    s3_region: v.optional(text("a region", /^[\w-]+$/), "us-east-1"),
    s3_access_key: v.optional(v.string("a text"), ""),
    s3_secret_key: v.optional(v.string("a text"), ""),
  }),
  cache: v.strictObject({
    ttl: duration("5m"),
    cleanup_interval: duration("2m", 1_000),
  }),
  log: v.strictObject({
    level: v.optional(
      v.picklist(
        ["debug", "info", "warn", "error"],
        "debug, info, warn or error",
      ),
      "info",
    ),
    format: v.optional(v.picklist(["json", "text"], "json or text"), "json"),
    file: v.optional(
      text('the absolute path of a file, or ""', /^(\/.*)?$/),
      "",
    ),
  }),
} as const;

type SectionName = keyof typeof SECTIONS;

export type Config = {
  readonly [Name in SectionName]: Readonly<
    v.InferOutput<(typeof SECTIONS)[Name]>
  >;
};

/** Values that are not shown in a refusal. */
const SECRET = /api_keys|dsn|password|access_key|secret_key/;

/** A configuration that cannot be used; a line for each fault. */
export class ConfigError extends Error {
  constructor(readonly lines: readonly string[]) {
    super(lines.join("\n"));
  }
}

/** Where the certificate is when the command line says so: a directory with server.crt and server.key. */
export interface Overrides {
  readonly certs?: string | undefined;
}

/**
 * Reads the file and the variables.
 *
 * @throws {ConfigError} when a value is not allowed
 */
export function readConfig(
  path: string,
  environment: Readonly<Record<string, string>>,
  { certs }: Overrides = {},
): Config {
  const written = readYaml(path);
  const faults = Object.keys(written).filter((name) => !isSection(name)).map((
    name,
  ) => `${path}: ${name}: it is not a setting; use ${names(SECTIONS)}`);
  const fromEnvironment = variables(environment, faults);
  const config: Record<string, unknown> = {};
  for (const name of Object.keys(SECTIONS).filter(isSection)) {
    const given = written[name] ?? {};
    if (!isMap(given)) {
      faults.push(`${path}: ${name}: it is not a map; use keys and values`);
      continue;
    }
    const overridden = fromEnvironment.get(name) ?? new Map();
    const place = (key: string) =>
      overridden.has(key) ? variable(name, key) : `${path}: ${name}.${key}`;
    const parsed = v.safeParse(SECTIONS[name], {
      ...given,
      ...Object.fromEntries(overridden),
      ...(name === "server" && certs !== undefined
        ? { cert_file: `${certs}/server.crt`, key_file: `${certs}/server.key` }
        : {}),
    });
    if (parsed.success) config[name] = parsed.output;
    else faults.push(...parsed.issues.map((issue) => told(issue, place, name)));
  }
  if (faults.length > 0) throw new ConfigError(faults);
  const whole = config as Config;
  refuseCombinations(path, whole);
  return whole;
}

function readYaml(path: string): Readonly<Record<string, unknown>> {
  let written: unknown;
  try {
    written = load(Deno.readTextFileSync(path));
  } catch (error) {
    const why = error instanceof Error ? error.message.split("\n")[0] : error;
    throw new ConfigError([`${path}: it cannot be read as YAML: ${why}`]);
  }
  if (isMap(written)) return written;
  throw new ConfigError([
    `${path}: it holds no settings; use ${names(SECTIONS)}`,
  ]);
}

/** The values of CALLFS_* by section and key. */
function variables(
  environment: Readonly<Record<string, string>>,
  faults: string[],
): ReadonlyMap<string, Map<string, string>> {
  const known = new Map(
    Object.keys(SECTIONS).filter(isSection).flatMap((section) =>
      Object.keys(SECTIONS[section].entries).map((key) =>
        [variable(section, key), { section, key }] as const
      )
    ),
  );
  const found = new Map<string, Map<string, string>>();
  for (const [name, value] of Object.entries(environment)) {
    if (!name.startsWith("CALLFS_")) continue;
    const at = known.get(name);
    if (at === undefined) {
      faults.push(
        `${name}: it is not a setting; use CALLFS_SECTION_KEY, as CALLFS_SERVER_LISTEN_ADDR, or unset it`,
      );
      continue;
    }
    const { section, key } = at;
    found.set(section, (found.get(section) ?? new Map()).set(key, value));
  }
  return found;
}

function told(
  issue: v.BaseIssue<unknown>,
  place: (key: string) => string,
  section: SectionName,
): string {
  const key = String(issue.path?.[0].key ?? "");
  if (issue.expected === "never") {
    return `${place(key)}: it is not a setting; use ${
      names(SECTIONS[section].entries)
    }`;
  }
  const value = issue.path?.[0].value;
  const use = `use ${issue.message}`;
  if (value === undefined || value === "") {
    return `${place(key)}: it is missing; ${use}`;
  }
  const shown = SECRET.test(key) && !isEmptyList(value)
    ? "(not shown)"
    : JSON.stringify(value);
  return `${place(key)}: the value ${shown} is not allowed; ${use}`;
}

function refuseCombinations(path: string, { backend }: Config): void {
  const { default_backend, s3_endpoint, s3_bucket_name } = backend;
  if (default_backend === "s3" && s3_endpoint === "") {
    throw new ConfigError([
      `${path}: backend.s3_endpoint: it is missing; use http://HOST:PORT or https://HOST, because backend.default_backend is "s3"`,
    ]);
  }
  if (s3_endpoint !== "" && s3_bucket_name === "") {
    throw new ConfigError([
      `${path}: backend.s3_bucket_name: it is missing; use the name of a bucket, because backend.s3_endpoint is set`,
    ]);
  }
}

const isSection = (name: string): name is SectionName =>
  Object.hasOwn(SECTIONS, name);
const isMap = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
const isEmptyList = (value: unknown) =>
  Array.isArray(value) && value.length === 0;
const names = (of: object) => Object.keys(of).join(", ");
const variable = (section: string, key: string) =>
  `CALLFS_${section}_${key}`.toUpperCase();
