/** Writes Events of our pod (events.k8s.io/v1). */
import type { ApiCall, ApiResource } from "../api/api_call.ts";
import type { ApiClient } from "../api/api_client.ts";
import { ApiFault } from "../api/api_fault.ts";
import type { SeriesEntry } from "./event_series.ts";
import { microTime } from "../micro_time.ts";

/** Our pod, as an Event names it. */
export interface Pod {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
}

const EVENTS: ApiResource = {
  group: "events.k8s.io",
  version: "v1",
  plural: "events",
};
const CONTROLLER = "flush-manager";
/** What the program was doing; the reason says what came of it. */
const ACTION = "Reload";
/** The API server takes no longer one. */
const INSTANCE_MAX_CHARS = 128;
/** A name has 253 characters at most. */
const STEM_MAX_CHARS = 200;

export class EventWriter {
  readonly #client: Pick<ApiClient, "call">;
  readonly #pod: Pod;
  readonly #now: () => number;
  /** Tells the Events of this manager from those of an earlier one. */
  readonly #instance = crypto.getRandomValues(new Uint8Array(6)).toHex();

  constructor(
    client: Pick<ApiClient, "call">,
    pod: Pod,
    now: () => number,
  ) {
    this.#client = client;
    this.#pod = pod;
    this.#now = now;
  }

  /** Brings the API server up to date. Throws an ApiFault, or the signal's reason. */
  async write(entry: SeriesEntry, signal: AbortSignal): Promise<void> {
    const { count } = entry;
    const isKnown = entry.written > 0;
    const isPatched = isKnown && await this.#patch(entry, signal);
    // It keeps Events for an hour, or for as long as it is told to.
    if (!isPatched) await this.#create(entry, signal);
    entry.written = count;
    entry.writtenAt = this.#now();
  }

  /** False: the API server has it no longer. */
  async #patch(entry: SeriesEntry, signal: AbortSignal): Promise<boolean> {
    const body = { series: seriesOf(entry) };
    const name = this.#nameOf(entry);
    return await this.#isDone({ verb: "patch", name, body }, "missing", signal);
  }

  async #create(entry: SeriesEntry, signal: AbortSignal): Promise<void> {
    const { event, at, count } = entry;
    const { name, namespace, uid } = this.#pod;
    const body = {
      apiVersion: "events.k8s.io/v1",
      kind: "Event",
      metadata: { name: this.#nameOf(entry), namespace },
      eventTime: microTime(at),
      reportingController: CONTROLLER,
      reportingInstance: `${CONTROLLER}-${name}`.slice(0, INSTANCE_MAX_CHARS),
      action: ACTION,
      reason: event.reason,
      regarding: { apiVersion: "v1", kind: "Pod", name, namespace, uid },
      note: event.note,
      type: event.type,
      ...count < 2 ? {} : { series: seriesOf(entry) },
    };
    // Made by an attempt whose answer was lost.
    const isNew = await this.#isDone(
      { verb: "create", body },
      "exists",
      signal,
    );
    if (!isNew && count > 1) await this.#patch(entry, signal);
  }

  async #isDone(
    call: Pick<ApiCall, "verb" | "name" | "body">,
    unless: ApiFault["kind"],
    signal: AbortSignal,
  ): Promise<boolean> {
    const { namespace } = this.#pod;
    try {
      await this.#client.call({ ...call, resource: EVENTS, namespace }, signal);
      return true;
    } catch (error) {
      if (error instanceof ApiFault && error.kind === unless) return false;
      throw error;
    }
  }

  #nameOf({ id }: SeriesEntry): string {
    const stem = this.#pod.name.slice(0, STEM_MAX_CHARS).replace(/[.-]+$/, "");
    return `${stem}.${this.#instance}${id}`;
  }
}

const seriesOf = ({ count, lastAt }: SeriesEntry) => ({
  count,
  lastObservedTime: microTime(lastAt),
});
