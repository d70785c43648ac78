/** What follows the reloads of a manager and tells the API server of them. */
import type { Journal } from "../../control/vocabulary/journal.ts";
import type { Message } from "../../core/vocabulary/message.ts";
import type { Sent } from "../../host/base/send_queue.ts";
import { errorText } from "../../host/socket/refusal.ts";
import { ApiFault } from "../api/api_fault.ts";
import type { Cluster } from "../cluster.ts";
import type { Pod } from "./event_writer.ts";

export interface PodReport {
  /** Hears of each change of the journal; waits for nobody, and does not throw. */
  readonly onChange: (then: Journal, now: Journal) => void;
  /** Sends what is left; resolves within a second. */
  readonly close: () => Promise<void>;
}

export interface PodReportOptions {
  /** Its client is closed with the report. */
  readonly cluster: Cluster;
  readonly log: (message: Message) => void;
}

/** The end of a manager waits for its reports no longer than this. */
export const CLOSE_MS = 900;

/** Throws an Error with one line for the user where nobody tells which pod we are. */
export function ownPod({ namespace, pod: { name, uid } }: Cluster): Pod {
  if (uid !== undefined) return { namespace, name, uid };
  throw new Error(
    "nobody tells which pod this is: the token of its service account names none, and POD_NAME and POD_UID are not set",
  );
}

/** What became of a call that the signal ends. The effects of the step that it tells of come first. */
export async function sentBy(
  call: () => Promise<void>,
  signal: AbortSignal,
): Promise<Sent> {
  await new Promise((resolve) => setTimeout(resolve, 0));
  try {
    await call();
    return { kind: "taken" };
  } catch (error) {
    if (signal.aborted) return { kind: "failed", why: "the manager has ended" };
    const why = errorText(error);
    return error instanceof ApiFault && error.kind === "unreachable"
      ? { kind: "failed", why, retryAfterMs: error.retryAfterMs }
      : { kind: "refused", why };
  }
}
