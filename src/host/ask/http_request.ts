/**
 * One HTTP request of which only success matters. Keeps no connection open, and
 * never tells the credentials that a URL may hold.
 */
import { lendThread } from "../descriptor/input_wait.ts";
import { formatDuration } from "../../core/notation/duration.ts";
import { oneLine } from "../../core/notation/one_line.ts";
import { limit } from "../base/time_limit.ts";

export { withoutCredentials } from "../../core/notation/describe.ts";

export interface HttpRequest {
  readonly method: string;
  /** http: or https:; credentials in it are sent as Basic authentication. */
  readonly url: string;
  /** For the connection, redirects and the headers of the answer. */
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Sends the request without a body, follows redirects, and discards the answer's
 * body. Undefined when the last answer is a 2xx, else one line why not ("answered
 * 503", "connection refused"); after an abort that line means nothing. Never
 * rejects.
 */
export async function requestFault(
  { method, url, timeoutMs, signal }: HttpRequest,
): Promise<string | undefined> {
  const controller = new AbortController();
  const abort = () => controller.abort();
  const cancel = limit(timeoutMs, abort);
  signal?.addEventListener("abort", abort);
  if (signal?.aborted) abort();
  try {
    using client = Deno.createHttpClient({ poolMaxIdlePerHost: 0 });
    const answer = await lendThread(
      fetch(url, { method, client, signal: controller.signal }),
    );
    await answer.body?.cancel();
    return answer.ok ? undefined : `answered ${answer.status}`;
  } catch (error) {
    return controller.signal.aborted
      ? `no answer within ${formatDuration(timeoutMs)}`
      : explain(error);
  } finally {
    cancel();
    signal?.removeEventListener("abort", abort);
  }
}

/** What connect(2) and read(2) say most often. */
const OS_ERRORS: Readonly<Record<string, string>> = {
  "101": "network is unreachable",
  "104": "connection reset",
  "110": "connection timed out",
  "111": "connection refused",
  "113": "no route to host",
};

const DETAIL_CHARACTERS = 200;

/**
 * `fetch` tells its reason in the text alone, after the URL and the step that
 * failed; only what follows those is repeated.
 */
function explain(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  const [, detail] = /: client error \(\w+\): (.*)$/s.exec(text) ?? [];
  if (detail === undefined) return "no usable answer";
  if (detail.startsWith("dns error")) return "host name not found";
  const known = OS_ERRORS[/\(os error (\d+)\)/.exec(detail)?.[1] ?? ""];
  return known ?? oneLine(detail).slice(0, DETAIL_CHARACTERS);
}
