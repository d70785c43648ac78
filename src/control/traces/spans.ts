/**
 * A reload that has ended as the spans of a trace, in the JSON of OTLP
 * (opentelemetry-proto, trace/v1). Names of attributes are those of OpenTelemetry's
 * semantic conventions where there is one, else in a namespace of our own. Pure.
 */
import type { ReloadRecord } from "../vocabulary/journal.ts";
import type { TraceIds } from "./trace_ids.ts";

type Value =
  | { readonly stringValue: string }
  | { readonly intValue: string }
  | { readonly doubleValue: number }
  | { readonly arrayValue: { readonly values: readonly Value[] } };

export interface Attribute {
  readonly key: string;
  readonly value: Value;
}

export interface Span {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly kind: number;
  /** 64-bit integers are strings. */
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly attributes: readonly Attribute[];
  readonly status: { readonly code: number; readonly message?: string };
}

/** SPAN_KIND_INTERNAL. */
const INTERNAL = 1;
/** STATUS_CODE_UNSET and STATUS_CODE_ERROR. */
const UNSET = 0;
const ERROR = 2;

/** The root first, then a span for each phase. */
export function spansOf(
  reload: ReloadRecord,
  ids: TraceIds,
): readonly Span[] {
  const { traceId, rootId, spanId } = ids;
  const root: Span = {
    traceId,
    spanId: rootId,
    name: "reload",
    kind: INTERNAL,
    ...between(reload, reload.startedClock, reload.durationMs ?? 0),
    attributes: rootAttributes(reload),
    status: statusOf(reload),
  };
  return [
    root,
    ...reload.phases.map((phase): Span => ({
      traceId,
      spanId: spanId(phase),
      parentSpanId: rootId,
      name: phase.phase,
      kind: INTERNAL,
      ...between(reload, phase.startedClock, phase.durationMs ?? 0),
      attributes: [],
      status: { code: UNSET },
    })),
  ];
}

const NS_PER_MS = 1_000_000;

/** All times of a trace are on the clock of the durations, which begins with the reload. */
function between(
  { startedAt, startedClock }: ReloadRecord,
  fromClock: number,
  durationMs: number,
): Pick<Span, "startTimeUnixNano" | "endTimeUnixNano"> {
  const nanoseconds = (clock: number) =>
    String(
      BigInt(Math.round(startedAt)) * BigInt(NS_PER_MS) +
        BigInt(Math.round((clock - startedClock) * NS_PER_MS)),
    );
  return {
    startTimeUnixNano: nanoseconds(fromClock),
    endTimeUnixNano: nanoseconds(fromClock + durationMs),
  };
}

const FAILED: ReadonlySet<ReloadRecord["outcome"]> = new Set([
  "rejected",
  "rolled_back",
  "failed",
]);

/** What went well is left unset, as the specification asks of those who instrument. */
const statusOf = ({ outcome, detail }: ReloadRecord): Span["status"] =>
  !FAILED.has(outcome)
    ? { code: UNSET }
    : detail === undefined
    ? { code: ERROR }
    : { code: ERROR, message: detail };

function rootAttributes(reload: ReloadRecord): readonly Attribute[] {
  const { id, trigger, action, outcome, paths, downtimeMs } = reload;
  const own = (name: string) => `flush_manager.reload.${name}`;
  return [
    integer(own("id"), id),
    text(own("trigger"), trigger),
    ...(action === undefined ? [] : [text(own("action"), action)]),
    ...(outcome === undefined ? [] : [text(own("outcome"), outcome)]),
    ...(FAILED.has(outcome) ? [text("error.type", String(outcome))] : []),
    ...(paths.length === 1 ? [text("file.path", paths[0])] : []),
    {
      key: own("paths"),
      value: {
        arrayValue: { values: paths.map((path) => ({ stringValue: path })) },
      },
    },
    ...(downtimeMs === undefined ? [] : [{
      key: own("downtime_ms"),
      value: { doubleValue: downtimeMs },
    }]),
  ];
}

export const text = (key: string, stringValue: string): Attribute => ({
  key,
  value: { stringValue },
});

export const integer = (key: string, value: number): Attribute => ({
  key,
  value: { intValue: String(value) },
});
