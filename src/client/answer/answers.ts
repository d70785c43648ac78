/**
 * From the text of an answer to what it tells. An answer of something that is no
 * manager, or of a version that tells something else, is noticed here. Pure.
 */
import type { Finding } from "../../core/vocabulary/finding.ts";
import type {
  FleetAnswer,
  MembersStatus,
} from "../../control/vocabulary/fleet.ts";
import type {
  Health,
  ReloadStatus,
  Status,
} from "../../control/vocabulary/status.ts";

type Check = (value: unknown) => boolean;

const isText: Check = (value) => typeof value === "string";
const isNumber: Check = (value) => typeof value === "number";
const isFlag: Check = (value) => typeof value === "boolean";

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const orNull = (check: Check): Check => (value) =>
  value === null || check(value);
const orAbsent = (check: Check): Check => (value) =>
  value === undefined || check(value);
const listOf = (check: Check): Check => (value) =>
  Array.isArray(value) && value.every(check);
const mapOf = (check: Check): Check => (value) =>
  isObject(value) && Object.values(value).every(check);
/** Has these fields; others are of a later version. */
const hasFields = (fields: Readonly<Record<string, Check>>): Check => (value) =>
  isObject(value) &&
  Object.entries(fields).every(([name, check]) => check(value[name]));

const isExit = hasFields({
  pid: isNumber,
  at: isText,
  code: orNull(isNumber),
  signal: orNull(isText),
  asked: isFlag,
  uptime_seconds: isNumber,
});

const isReload = hasFields({
  id: isNumber,
  trigger: isText,
  action: orNull(isText),
  paths: listOf(isText),
  started_at: isText,
  duration_seconds: orNull(isNumber),
  downtime_seconds: orNull(isNumber),
  outcome: orNull(isText),
  detail: orNull(isText),
  phase: orNull(isText),
  phases: listOf(hasFields({
    phase: isText,
    duration_seconds: orNull(isNumber),
  })),
});

const isFleet = hasFields({
  group: isText,
  name: isText,
  content: orNull(isText),
  waiting: orNull(hasFields({
    content: isText,
    why: isText,
    since: orNull(isText),
  })),
  slot: orNull(hasFields({
    content: isText,
    trial: isFlag,
    trial_until: orNull(isText),
  })),
  rejected: orNull(isText),
  unreachable: orNull(isText),
  read_at: orNull(isText),
  slots: listOf(hasFields({
    index: isNumber,
    holder: orNull(isText),
    content: orNull(isText),
    trial: isFlag,
    abandoned: isFlag,
  })),
  proven: listOf(isText),
  refused: listOf(hasFields({
    content: isText,
    by: isText,
    why: isText,
    at: isText,
  })),
});

const isStatus = hasFields({
  version: isText,
  pid: isNumber,
  timestamp: isText,
  uptime_seconds: isNumber,
  command: listOf(isText),
  log_level: isText,
  state: isText,
  state_since: isText,
  child: hasFields({
    running: isFlag,
    ready: isFlag,
    pid: orNull(isNumber),
    uptime_seconds: orNull(isNumber),
    start_reason: orNull(isText),
    starts: mapOf(isNumber),
    last_exit: orNull(isExit),
  }),
  paths: listOf(hasFields({
    path: isText,
    status: isText,
    detail: orNull(isText),
    size_bytes: orNull(isNumber),
    modified_at: orNull(isText),
    running_sha256: orNull(isText),
    disk_sha256: orNull(isText),
  })),
  pending: orNull(hasFields({
    reason: isText,
    detail: isText,
    until: orNull(isText),
  })),
  fleet: orNull(isFleet),
  hold: orNull(hasFields({
    reason: orNull(isText),
    since: orNull(isText),
    until: orNull(isText),
  })),
  reload: orNull(isReload),
  unready_reload: orNull(isReload),
  reloads: listOf(isReload),
  last_error: orNull(hasFields({
    type: isText,
    message: isText,
    timestamp: isText,
  })),
  degraded: listOf(hasFields({ facility: isText, detail: isText })),
  debug: orAbsent(hasFields({
    last_error: orNull(hasFields({ output: listOf(isText) })),
  })),
});

const isHealth = hasFields({
  status: isText,
  checks: mapOf(hasFields({ status: isText, detail: isText })),
});

/** Undefined where it is no reload. */
export const reloadFrom = (value: unknown): ReloadStatus | undefined =>
  isReload(value) ? value as ReloadStatus : undefined;

/** The value, or undefined where the text is no JSON. */
export function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Undefined where it is no status. */
export function statusFrom(text: string): Status | undefined {
  const value = jsonOf(text);
  return isStatus(value) ? value as Status : undefined;
}

/** A manager of an earlier version tells nothing of the others. */
const NO_MEMBERS: MembersStatus = {
  members: null,
  members_partial: false,
  members_unreachable: null,
};

/** Undefined where it is no fleet. */
export function fleetFrom(text: string): FleetAnswer | undefined {
  const value = jsonOf(text);
  return isFleet(value) && isObject(value) && isText(value.timestamp)
    ? { ...NO_MEMBERS, ...value } as unknown as FleetAnswer
    : undefined;
}

/** Undefined where it is no health. */
export function healthFrom(text: string): Health | undefined {
  const value = jsonOf(text);
  return isHealth(value) ? value as Health : undefined;
}

/** What a command answers: a word for programs, a line for people, the id of the reload. */
export interface CommandAnswer {
  readonly status: string;
  readonly message: string | undefined;
  readonly reloadId: number | undefined;
  /** The names of those that it is about. */
  readonly contents: readonly string[];
  /** In `reload`, how long it took and for how long no child ran. */
  readonly durationSeconds: number | undefined;
  readonly downtimeSeconds: number | undefined;
}

/** Undefined where it is none. */
export function commandAnswerFrom(text: string): CommandAnswer | undefined {
  const value = jsonOf(text);
  if (!isObject(value) || typeof value.status !== "string") return undefined;
  const reload = isObject(value.reload) ? value.reload : {};
  const number = (it: unknown) => typeof it === "number" ? it : undefined;
  return {
    status: value.status,
    message: typeof value.message === "string" ? value.message : undefined,
    reloadId: number(value.reload_id),
    contents: areTexts(value.contents) ? value.contents as string[] : [],
    durationSeconds: number(reload.duration_seconds),
    downtimeSeconds: number(reload.downtime_seconds),
  };
}

const areTexts = listOf(isText);

const isFindings = listOf(
  hasFields({ kind: oneOfKinds, text: isText }),
);

function oneOfKinds(value: unknown): boolean {
  return value === "ok" || value === "note" || value === "fault";
}

/** What a check has found; undefined for anything else. */
export function findingsFrom(body: string): readonly Finding[] | undefined {
  const value = jsonOf(body);
  return isObject(value) && isFindings(value.findings)
    ? value.findings as readonly Finding[]
    : undefined;
}
