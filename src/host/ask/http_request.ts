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
  /**
   * What a redirect is: a fault, since what was asked for was not done; or, as for
   * a probe of Kubernetes, to be followed on the same host, and the server's own
   * success where it leads to another one, which is not asked.
   */
  readonly redirects: "refused" | "same host";
  readonly signal?: AbortSignal | undefined;
}

/**
 * Sends the request without a body, and discards the answer's body. Undefined
 * when the last answer is a 2xx, else one line why not ("answered 503",
 * "connection refused"); after an abort that line means nothing. Never rejects.
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

/** As many as Go's client follows, and so a probe of Kubernetes. */
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

/** Those with a Location that a GET follows (RFC 9110, 15.4). */
const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

/** Where a redirect leads to, with the credentials of where it was found; undefined if the answer is none. */
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
