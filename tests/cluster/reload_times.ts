/** When managers have reloaded, by their own logs. Must not know why. */
import { records } from "../e2e/reloads.ts";
import type { Replica } from "./replicas.ts";

/** From the moment in which the old child is stopped until one is ready again, whatever it runs on. */
export interface Reload {
  readonly pod: string;
  readonly fromMs: number;
  /** Infinity: none has become ready. */
  readonly toMs: number;
}

/** All reloads of these, in the order in which they began. Their logs are in JSON. */
export function reloadsOf(replicas: readonly Replica[]): Reload[] {
  return replicas.flatMap(reloadsOfOne).toSorted((a, b) => a.fromMs - b.fromMs);
}

function reloadsOfOne({ pod, manager }: Replica): Reload[] {
  const all = records(manager, "");
  const timesOf = (name: string, id: unknown) =>
    all.filter(({ event, reload_id }) => event === name && reload_id === id)
      .map(({ time }) => Date.parse(String(time)));
  const ids = new Set(
    all.filter(({ event }) => event === "child_stopping")
      .map(({ reload_id }) => reload_id)
      .filter((id) => id !== undefined),
  );
  return [...ids].map((id) => ({
    pod: pod.name,
    fromMs: timesOf("child_stopping", id)[0],
    toMs: timesOf("child_ready", id).at(-1) ?? Infinity,
  }));
}

/** How many of them there were at the same time, at most. */
export function mostAtOnce(reloads: readonly Reload[]): number {
  const counts = reloads.map(({ fromMs }) =>
    reloads.filter((other) => other.fromMs <= fromMs && fromMs < other.toMs)
      .length
  );
  return Math.max(0, ...counts);
}
