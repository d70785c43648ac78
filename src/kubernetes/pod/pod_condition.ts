/**
 * Whether the program has the newest configuration, as a condition of our pod:
 * `flush-manager.dev/ConfigCurrent`, for `kubectl wait`, for dashboards, and for a
 * readiness gate. It changes when a reload has ended, not while one is under way.
 */
import * as texts from "../../core/text/kubernetes.ts";
import { shortLine } from "../../core/notation/one_line.ts";
import type {
  Journal,
  ReloadOutcome,
} from "../../control/vocabulary/journal.ts";
import { SendQueue } from "../../host/base/send_queue.ts";
import type { ApiClient } from "../api/api_client.ts";
import type { Pod } from "./event_writer.ts";
import {
  CLOSE_MS,
  ownPod,
  type PodReport,
  type PodReportOptions,
  sentBy,
} from "./pod_report.ts";

export const CONDITION = "flush-manager.dev/ConfigCurrent";

/** Without the time. */
interface Condition {
  readonly status: "True" | "False";
  readonly reason: string;
  readonly message: string;
}

const MESSAGE_MAX_CHARS = 300;

const REASONS: Readonly<Partial<Record<ReloadOutcome, string>>> = {
  rejected: "ConfigRejected",
  rolled_back: "ConfigRolledBack",
  failed: "ReloadFailed",
};

/** Undefined before the first child. Pure. */
export function conditionOf(journal: Journal): Condition | undefined {
  const { childStartedAt, lastReloadSucceeded, reloads } = journal;
  if (childStartedAt === undefined) return undefined;
  if (lastReloadSucceeded !== false) {
    return { status: "True", reason: "ConfigCurrent", message: texts.CURRENT };
  }
  const last = reloads.findLast(({ outcome = "applied" }) =>
    REASONS[outcome] !== undefined
  );
  const { outcome = "failed", detail = texts.NOT_CURRENT } = last ?? {};
  return {
    status: "False",
    reason: REASONS[outcome] ?? outcome,
    message: shortLine(detail, MESSAGE_MAX_CHARS),
  };
}

export interface PodConditionOptions extends PodReportOptions {
  /** Tests have others. */
  readonly wallNow?: () => number;
}

/** Throws an Error with one line for the user where nobody tells which pod we are. */
export function openPodCondition(
  { cluster, log, wallNow = Date.now }: PodConditionOptions,
): PodReport {
  const { client } = cluster;
  const pod = ownPod(cluster);
  const queue = new SendQueue<Told>({
    send: (told, signal) =>
      sentBy(
        () => patch(client, pod, told[told.length - 1], signal),
        signal,
      ),
    onFault: (why) => log(texts.conditionNotSet(why)),
  });
  let last: Told | undefined;
  return {
    onChange: (_then, now) => {
      const condition = conditionOf(now);
      if (condition === undefined || isSame(last, condition)) return;
      const lastTransitionTime = last?.status === condition.status
        ? last.lastTransitionTime
        : wholeSeconds(wallNow());
      last = { ...condition, lastTransitionTime };
      queue.add(last);
    },
    close: async () => {
      await queue.close(CLOSE_MS);
      client.close();
    },
  };
}

interface Told extends Condition {
  readonly lastTransitionTime: string;
}

const isSame = (
  told: Told | undefined,
  { status, reason, message }: Condition,
) =>
  told?.status === status && told.reason === reason && told.message === message;

/** A Time of the API (meta/v1). */
const wholeSeconds = (atMs: number) =>
  new Date(atMs).toISOString().replace(/\.\d+Z$/, "Z");

async function patch(
  client: Pick<ApiClient, "call">,
  { name, namespace, uid }: Pod,
  told: Told,
  signal: AbortSignal,
): Promise<void> {
  await client.call({
    verb: "patch",
    resource: {
      group: "",
      version: "v1",
      plural: "pods",
      subresource: "status",
    },
    namespace,
    name,
    // The uid: another pod of that name is not meant.
    body: {
      metadata: { uid },
      status: { conditions: [{ type: CONDITION, ...told }] },
    },
  }, signal);
}
