/**
 * Tells of reloads by Events of our pod, which `kubectl describe pod` shows. Best
 * effort: what cannot be sent waits in a bounded queue.
 */
import * as texts from "../../core/text/kubernetes.ts";
import { monotonicNow } from "../../host/base/clock.ts";
import { SendQueue, type Sent } from "../../host/base/send_queue.ts";
import { EventSeries, type SeriesEntry } from "./event_series.ts";
import { EventWriter } from "./event_writer.ts";
import {
  CLOSE_MS,
  ownPod,
  type PodReport,
  type PodReportOptions,
  sentBy,
} from "./pod_report.ts";
import { reloadEvents } from "./reload_events.ts";

/** How often it is looked whether a series has ended. */
const TICK_MS = 60_000;

export interface PodEventsOptions extends PodReportOptions {
  /** Tests have others. */
  readonly now?: () => number;
  readonly tickMs?: number;
}

/** Throws an Error with one line for the user where nobody tells which pod we are. */
export function openPodEvents(
  { cluster, log, now = monotonicNow, tickMs = TICK_MS }: PodEventsOptions,
): PodReport {
  const { client } = cluster;
  const writer = new EventWriter(client, ownPod(cluster), now);
  const series = new EventSeries();
  const queue = new SendQueue<SeriesEntry>({
    send: (entries, signal) => send(writer, entries, signal),
    onFault: (why) => log(texts.eventsNotSent(why)),
  });
  let timer: number | undefined;
  const tick = () => {
    timer = undefined;
    for (const entry of series.tick(now())) queue.add(entry);
    if (!series.isEmpty) timer = setTimeout(tick, tickMs);
  };
  return {
    onChange: (then, journal) => {
      for (const event of reloadEvents(then, journal)) {
        const moment = { now: now(), wallNow: Date.now() };
        const entry = series.record(event, moment);
        if (entry !== undefined) queue.add(entry);
        timer ??= setTimeout(tick, tickMs);
      }
    },
    close: async () => {
      clearTimeout(timer);
      for (const entry of series.rest()) queue.add(entry);
      await queue.close(CLOSE_MS);
      client.close();
    },
  };
}

/** One after the other; what is refused is left out. */
async function send(
  writer: EventWriter,
  entries: readonly SeriesEntry[],
  signal: AbortSignal,
): Promise<Sent> {
  let worst: Sent = { kind: "taken" };
  for (const entry of entries) {
    if (entry.written >= entry.count) continue;
    const sent = await sentBy(
      () => writer.write(entry, signal),
      signal,
    );
    if (sent.kind === "failed") return sent;
    if (sent.kind === "refused") {
      entry.written = entry.count;
      worst = sent;
    }
  }
  return worst;
}
