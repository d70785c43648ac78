/** Opens what tells of reloads on the pod itself: Events, and a condition of its status. */
import type { Message } from "../../core/vocabulary/message.ts";
import type { PodReportRules } from "../../core/vocabulary/settings.ts";
import { type Cluster, openCluster } from "../cluster.ts";
import { openPodCondition } from "./pod_condition.ts";
import { openPodEvents } from "./pod_events.ts";
import type { PodReport } from "./pod_report.ts";

/** Throws an Error with one line for the user where this is no pod, or nobody tells which one. */
export function openPodReports(
  { events, condition }: PodReportRules,
  log: (message: Message) => void,
): readonly PodReport[] {
  return [
    ...(events ? [open("kubernetes-events", openPodEvents, log)] : []),
    ...(condition ? [open("kubernetes-condition", openPodCondition, log)] : []),
  ];
}

/** Each has a client of its own, which it closes. */
function open(
  option: string,
  opener: typeof openPodEvents | typeof openPodCondition,
  log: (message: Message) => void,
): PodReport {
  try {
    return opener({ cluster: clusterOfPod(), log });
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new Error(`Cannot use --${option}: ${why}`);
  }
}

const clusterOfPod = (): Cluster =>
  openCluster({ variable: (name) => Deno.env.get(name) });
