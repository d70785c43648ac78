/**
 * Sends one HTTP request, of which only the success matters. Keeps no
 * connection open, and never shows the credentials that a URL may hold.
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
  /**
   * The time limit for the connection, redirects and the headers of the answer.
   */
  readonly timeoutMs: number;
  /**
   * `refused`: a redirect is a fault, because the request was not carried out.
   * `same host`: it is followed on the same host; a redirect to another host is
   * not followed and counts as success, as in a probe of Kubernetes.
   */
  readonly redirects: "refused" | "same host";
  readonly signal?: AbortSignal | undefined;
}

/**
 * Sends the request without a body, and discards the answer's body. Returns
 * undefined if the last answer is a 2xx, and otherwise the reason in one line
 * ("answered 503", "connection refused"); after an abort that line has no
 * meaning. Never rejects.
 */
export async function requestFault(
  { method, url, timeoutMs, redirects, signal }: HttpRequest,
): Promise<string | undefined> {
  const controller = new AbortController();
  const abort = () => controller.abort();
  const cancel = limit(timeoutMs, abort);
  signal?.addEventListener("abort", abort);
  if (signal?.aborted) abort();
  try {
    using client = Deno.createHttpClient({ poolMaxIdlePerHost: 0 });
    const ask = async (address: string) => {
      const answer = await lendThread(
        fetch(address, {
          method,
          client,
          redirect: "manual",
          signal: controller.signal,
        }),
      );
      await answer.body?.cancel();
      return answer;
    };
    return redirects === "refused"
      ? faultOf(await ask(url))
      : await faultBehind(url, ask);
  } catch (error) {
    return controller.signal.aborted
      ? `no answer within ${formatDuration(timeoutMs)}`
      : explain(error);
  } finally {
    cancel();
    signal?.removeEventListener("abort", abort);
  }
}

const faultOf = ({ ok, status }: Response) =>
  ok ? undefined : `answered ${status}`;

/** Go's client, and so a probe of Kubernetes, follows as many. */
const REDIRECTS_MAX = 10;

/** Follows redirects on the same host. */
async function faultBehind(
  url: string,
  ask: (url: string) => Promise<Response>,
): Promise<string | undefined> {
  let at = url;
  for (let count = 0; count <= REDIRECTS_MAX; count++) {
    const answer = await ask(at);
    const next = targetOf(answer, at);
    if (next === undefined) return faultOf(answer);
    if (next.hostname !== new URL(url).hostname) return undefined;
    at = next.href;
  }
  return `redirected more than ${REDIRECTS_MAX} times`;
}

/** The statuses whose Location a GET follows (RFC 9110, 15.4). */
const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

/**
 * The target of a redirect. It gets the credentials of the URL that has
 * redirected unless it has its own. Undefined if the answer is no redirect.
 */
function targetOf(
  { status, headers }: Response,
  from: string,
): URL | undefined {
  const location = headers.get("location");
  if (!REDIRECTS.has(status) || location === null) return undefined;
  if (!URL.canParse(location, from)) return undefined;
  const target = new URL(location, from);
  if (!/^https?:$/.test(target.protocol)) return undefined;
  const { username, password } = new URL(from);
  if (target.username === "") Object.assign(target, { username, password });
  return target;
}

/** The most frequent errors of connect(2) and read(2). */
const OS_ERRORS: Readonly<Record<string, string>> = {
  "101": "network is unreachable",
  "104": "connection reset",
  "110": "connection timed out",
  "111": "connection refused",
  "113": "no route to host",
};

const DETAIL_CHARACTERS = 200;

/**
 * `fetch` gives its reason only in the error's text, after the URL and the step
 * that has failed. Only the reason is returned.
 */
export function explain(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  const [, detail] = /: client error \(\w+\): (.*)$/s.exec(text) ?? [];
  if (detail === undefined) return "no usable answer";
  if (detail.startsWith("dns error")) return "host name not found";
  const known = OS_ERRORS[/\(os error (\d+)\)/.exec(detail)?.[1] ?? ""];
  return known ?? oneLine(detail).slice(0, DETAIL_CHARACTERS);
}
