/** What a request asks for, and what a generator may answer. */
import * as v from "valibot";

/** A list of targets, as Prometheus' HTTP service discovery wants it. */
const TARGETS = v.array(v.strictObject({
  targets: v.array(
    v.pipe(v.string(), v.regex(/^\S+$/, "a target is HOST:PORT")),
  ),
  labels: v.optional(v.record(
    v.pipe(
      v.string(),
      v.regex(/^[a-zA-Z_][a-zA-Z0-9_]*$/, "this is no name of a label"),
    ),
    v.string(),
  )),
}));

export type Targets = v.InferOutput<typeof TARGETS>;

/**
 * The list that a generator has written.
 *
 * @throws {Error} that says what is wrong, and where
 */
export function readTargets(text: string): Targets {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new Error(
      `the output is no JSON: ${JSON.stringify(text.slice(0, 80))}`,
    );
  }
  const { success, output, issues } = v.safeParse(TARGETS, value);
  if (success) return output;
  const at = issues[0].path?.map(({ key }) => String(key)).join(".") ??
    "the output";
  throw new Error(
    `the output is no list of targets: ${at}: ${issues[0].message}`,
  );
}

/** A path below /targets/ with its parameters. */
export interface Request {
  /** The generator's name: `my-service`. */
  readonly name: string;
  /** `env=prod&zone=a`, in the order of the names; may be empty. */
  readonly query: string;
  /** What one request has in common with the same one later: a key, and a job. */
  readonly fullPath: string;
}

const NAME = /^[A-Za-z0-9_][\w.-]*(\/[A-Za-z0-9_][\w.-]*)*$/;
/** Steer the server; no generator hears of them. */
const OWN = ["debug", "reload"];

/** What is asked for; undefined if no generator can have that name. */
export function requestOf(
  name: string,
  parameters: URLSearchParams,
): Request | undefined {
  if (!NAME.test(name)) return undefined;
  const rest = new URLSearchParams(
    [...parameters].filter(([key]) => !OWN.includes(key)),
  );
  rest.sort();
  const query = rest.toString();
  return {
    name,
    query,
    fullPath: `/targets/${name}${query === "" ? "" : `?${query}`}`,
  };
}

/** The request that a job of the queue stands for. */
export function requestOfJob(fullPath: string): Request | undefined {
  const url = new URL(fullPath, "http://localhost");
  return requestOf(url.pathname.slice("/targets/".length), url.searchParams);
}
