/** The variables of the server and of the worker: read once, each with its limits. */
import * as v from "valibot";

const number = (form: RegExp, least: number, most: number, what: string) => {
  const allowed = `use a ${what} from ${least} to ${most}`;
  return v.pipe(
    v.string(),
    v.regex(form, allowed),
    v.transform(Number),
    v.minValue(least, allowed),
    v.maxValue(most, allowed),
  );
};

const whole = (least: number, most: number) =>
  number(/^\d+$/, least, most, "whole number");

const seconds = (standard: number, most: number) =>
  v.optional(
    number(/^\d+(\.\d+)?$/, 0.1, most, "number of seconds"),
    String(standard),
  );

const address = (standard: string) => {
  const allowed = "use HOST:PORT, such as 0.0.0.0:8080";
  return v.optional(
    v.pipe(
      v.string(),
      v.regex(/^[\w.-]+:\d{1,5}$/, allowed),
      v.transform((text) => {
        const [hostname, port] = text.split(":");
        return { hostname, port: Number(port) };
      }),
      v.check(({ port }) => port > 0 && port < 65_536, allowed),
    ),
    standard,
  );
};

const SCHEMA = v.object({
  REDIS_URL: v.optional(
    v.pipe(
      v.string(),
      v.regex(
        /^rediss?:\/\/\S+$/,
        "use redis://HOST:PORT or rediss://HOST:PORT",
      ),
    ),
    "redis://127.0.0.1:6379",
  ),
  /** Where the server listens, unless it is given a socket. */
  LISTEN: address("127.0.0.1:8080"),
  /** The descriptor of a listening socket that the server takes over. */
  LISTEN_FD: v.optional(whole(3, 1_023)),
  /** Where the worker tells its metrics. */
  METRICS_LISTEN: address("127.0.0.1:8081"),
  GENERATORS_DIR: v.optional(
    v.pipe(v.string(), v.minLength(1, "use a directory")),
    "generators",
  ),
  GENERATOR_TIMEOUT_SECONDS: seconds(10, 600),
  /** After this time a cached list is expired. */
  CACHE_EXPIRE_SECONDS: seconds(60, 86_400),
  /** After this time an expired list is forgotten, and is a miss. */
  CACHE_KEEP_SECONDS: seconds(86_400, 2_592_000),
  /** For this long a failed generation is told of and not tried again. */
  ERROR_EXPIRE_SECONDS: seconds(30, 86_400),
  /** After this time in the processing list a job counts as stuck. */
  STUCK_AFTER_SECONDS: seconds(30, 3_600),
  WORKER_ID: v.optional(
    v.pipe(
      v.string(),
      v.regex(
        /^[\w.-]{1,64}$/,
        "use up to 64 letters, digits, '_', '.' and '-'",
      ),
    ),
    Deno.hostname(),
  ),
  WORKER_CONCURRENCY: v.optional(whole(1, 64), "4"),
});

export type Variables = v.InferOutput<typeof SCHEMA>;

/**
 * The values by name, with the defaults of those that are not set.
 *
 * @throws {VariablesError} with a line for each that cannot be used
 */
export function readVariables(
  environment: Readonly<Record<string, string>>,
): Variables {
  const { success, output, issues } = v.safeParse(SCHEMA, environment);
  if (!success) {
    throw new VariablesError(issues.map((issue) => {
      const name = String(issue.path?.[0].key);
      // Its value may hold a password.
      const value = name === "REDIS_URL" ? "" : ` "${environment[name]}"`;
      return `Cannot use ${name}: the value${value} is not allowed; ${issue.message}`;
    }));
  }
  const orders = [
    ["STUCK_AFTER_SECONDS", "GENERATOR_TIMEOUT_SECONDS"],
    ["CACHE_KEEP_SECONDS", "CACHE_EXPIRE_SECONDS"],
  ] as const;
  const lines = orders.filter(([longer, shorter]) =>
    output[longer] <= output[shorter]
  )
    .map(([longer, shorter]) =>
      `Cannot use ${longer}: the value "${
        output[longer]
      }" is not allowed; use more than ${shorter}, which is ${output[shorter]}`
    );
  if (lines.length > 0) throw new VariablesError(lines);
  return output;
}

export class VariablesError extends Error {
  constructor(readonly lines: readonly string[]) {
    super(lines.join("\n"));
  }
}
