/** What clients may ask for: the bodies of requests, checked. */
import * as v from "valibot";
import type { Json } from "./entry.ts";
import type { Write } from "./store.ts";

/** The request cannot be used; the client is told why. */
export class BadRequest extends Error {
  readonly status: 400 | 413;
  constructor(message: string, status: 400 | 413 = 400) {
    super(message);
    this.status = status;
  }
}

const KEY_MAX_BYTES = 512;
const DEPTH_MAX = 100;
const BATCH_MAX = 500;
const TTL_MAX_SECONDS = 31_536_000;

const bytesOf = (text: string) => new TextEncoder().encode(text).length;

const KEY = v.pipe(
  v.string(),
  v.minLength(1),
  v.check(
    (key) => bytesOf(key) <= KEY_MAX_BYTES,
    `a key has at most ${KEY_MAX_BYTES} bytes`,
  ),
  v.check(
    (key) => key.isWellFormed() && !key.includes("\0"),
    "a key is well-formed Unicode without U+0000",
  ),
);

const VALUE = v.custom<Json>(
  (value) => value !== undefined && value !== null && isStorable(value as Json),
  `a value is JSON other than null, nested at most ${DEPTH_MAX} deep, without U+0000, lone surrogates and numbers beyond 1e308`,
);

const whole = (least: number, most: number) =>
  v.pipe(
    v.number(),
    v.safeInteger(),
    v.minValue(least),
    v.maxValue(most),
  );

const WRITE = v.strictObject({
  value: VALUE,
  ttl: v.optional(whole(1, TTL_MAX_SECONDS)),
  version: v.optional(whole(0, Number.MAX_SAFE_INTEGER)),
});

const ENTRIES = v.strictObject({
  entries: v.pipe(
    v.array(v.strictObject({ key: KEY, ...WRITE.entries })),
    v.minLength(1),
    v.maxLength(BATCH_MAX),
  ),
});

const KEYS = v.strictObject({
  keys: v.pipe(v.array(KEY), v.minLength(1), v.maxLength(BATCH_MAX)),
});

const LIMIT = v.strictObject({
  enabled: v.boolean(),
  limit: v.optional(whole(1, 1_000_000)),
});

export type Limit = v.InferOutput<typeof LIMIT>;

export const keyOf = (text: string): string => checked(KEY, text);
export const keysOf = (body: unknown): readonly string[] =>
  checked(KEYS, body).keys;
export const limitOf = (body: unknown): Limit => checked(LIMIT, body);

export const writeOf = (key: string, body: unknown): Write =>
  completed({ key, ...checked(WRITE, body) });
export const writesOf = (body: unknown): readonly Write[] =>
  checked(ENTRIES, body).entries.map(completed);

const completed = (
  { key, value, ttl, version }: {
    key: string;
    value: Json;
    ttl?: number | undefined;
    version?: number | undefined;
  },
): Write => ({ key, value, ttl, version });

/** What must not be there to be removed only in that version. */
export function versionOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw new BadRequest(
    `version: ${JSON.stringify(text)} is not a whole number`,
  );
}

export async function bodyOf(request: Request, most: number): Promise<unknown> {
  const length = Number(request.headers.get("content-length") ?? 0);
  if (length > most) throw tooLarge(length, most);
  const text = await request.text();
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new BadRequest(`body: ${(error as Error).message}`);
  }
}

/** @throws {BadRequest} when the value is larger */
export function limitValue({ key, value }: Write, most: number): void {
  const length = bytesOf(JSON.stringify(value));
  if (length + 4 * bytesOf(key) > most) throw tooLarge(length, most);
}

const tooLarge = (length: number, most: number) =>
  new BadRequest(`value too large: ${length} bytes, at most ${most}`, 413);

function checked<S extends v.GenericSchema>(
  schema: S,
  value: unknown,
): v.InferOutput<S> {
  const { success, output, issues } = v.safeParse(schema, value);
  if (success) return output;
  const lines = issues.map((issue) =>
    [v.getDotPath(issue) ?? "", issue.message].filter((part) => part !== "")
      .join(": ")
  );
  throw new BadRequest(lines.join("; "));
}

/** Whether PostgreSQL's jsonb takes it in and gives the same back. */
function isStorable(value: Json, depth = 0): boolean {
  if (depth > DEPTH_MAX) return false;
  if (typeof value === "number") return Number.isFinite(value);
  if (typeof value === "string") {
    return value.isWellFormed() && !value.includes("\0");
  }
  if (value === null || typeof value !== "object") return true;
  return Object.entries(value).every(([name, each]) =>
    isStorable(name) && isStorable(each as Json, depth + 1)
  );
}
