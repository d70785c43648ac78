/** The ids of the traces of reloads: one trace a reload, a span a phase, and the context that programs get. */
import type { PhaseRecord, ReloadRecord } from "../vocabulary/journal.ts";

/** As W3C Trace Context and OTLP's JSON have them: lower-case hexadecimal. */
export interface TraceIds {
  readonly traceId: string;
  readonly rootId: string;
  /** The same for the same phase, while it lasts and after. */
  readonly spanId: (phase: PhaseRecord) => string;
}

export class TraceIdsByReload {
  readonly #ids = new Map<number, TraceIds>();

  of({ id }: ReloadRecord): TraceIds {
    const known = this.#ids.get(id);
    if (known !== undefined) return known;
    const made = newIds();
    this.#ids.set(id, made);
    return made;
  }

  /** They are not needed any more. */
  forget({ id }: ReloadRecord): void {
    this.#ids.delete(id);
  }

  /** The value of TRACEPARENT for a program that is run in the present phase of this reload. */
  traceparent(reload: ReloadRecord): string {
    const { traceId, rootId, spanId } = this.of(reload);
    const phase = reload.phases.findLast(({ durationMs }) =>
      durationMs === undefined
    );
    const parent = phase === undefined ? rootId : spanId(phase);
    return `00-${traceId}-${parent}-01`;
  }
}

function newIds(): TraceIds {
  const spans = new Map<string, string>();
  return {
    traceId: randomId(16),
    rootId: randomId(8),
    spanId: ({ phase, startedClock }) => {
      const key = `${phase} ${startedClock}`;
      const id = spans.get(key) ?? randomId(8);
      spans.set(key, id);
      return id;
    },
  };
}

/** Not all zeros, which would be no id: the chance of that is nothing to look at. */
const randomId = (bytes: number): string =>
  crypto.getRandomValues(new Uint8Array(bytes)).toHex();
