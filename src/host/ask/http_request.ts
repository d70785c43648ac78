/**
 * Sends one HTTP request, of which only the success matters. Keeps no
 * connection open, and never shows the credentials that a URL may hold.
 */
import { lendThread } from "../descriptor/input_wait.ts";
import { formatDuration } from "../../core/notation/duration.ts";
import { oneLine } from "../../core/notation/one_line.ts";
import type { HttpRules, TlsRules } from "../../core/vocabulary/settings.ts";
import { limit } from "../base/time_limit.ts";
import { errorText } from "../socket/refusal.ts";
import { clientTrusting } from "./ca_file.ts";
import { readHeaderFile } from "./header_file.ts";
import { explainTls } from "./tls_fault.ts";
import {
  type AnswerHead,
  NoAnswer,
  requestUnverified,
} from "./unverified_request.ts";

export { withoutCredentials } from "../../core/notation/describe.ts";

export interface HttpRequest {
  readonly method: string;
  /** http: or https:; credentials in it are sent as Basic authentication. */
  readonly url: string;
  readonly tls?: TlsRules | undefined;
  /** A file of headers for it; none unless given. */
  readonly headerFile?: string | undefined;
  /** The first and the last status of the last answer that is success; a 2xx unless given. */
  readonly status?: HttpRules["status"];
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
  request: HttpRequest,
): Promise<string | undefined> {
  const { url, tls, timeoutMs, redirects, status = SUCCESS, signal } = request;
  const controller = new AbortController();
  const abort = () => controller.abort();
  const cancel = limit(timeoutMs, abort);
  signal?.addEventListener("abort", abort);
  if (signal?.aborted) abort();
  try {
    using asker = openAsker({ ...request, signal: controller.signal });
    const { ask } = asker;
    return redirects === "refused"
      ? faultOf(await ask(url), status)
      : await faultBehind(url, ask);
  } catch (error) {
    return controller.signal.aborted
      ? `no answer within ${formatDuration(timeoutMs)}`
      : error instanceof NoAnswer
      ? error.message
      : explainTls(explain(error), new URL(url).hostname, tls);
  } finally {
    cancel();
    signal?.removeEventListener("abort", abort);
  }
}

interface Asker extends Disposable {
  readonly ask: (url: string) => Promise<AnswerHead>;
}

/** Sends requests with these rules, redirects not followed. Throws a NoAnswer. */
function openAsker(
  { method, tls, headerFile, signal }:
    & Pick<HttpRequest, "method" | "tls" | "headerFile">
    & { readonly signal: AbortSignal },
): Asker {
  const headers = orNoAnswer(() =>
    headerFile === undefined ? new Headers() : readHeaderFile(headerFile)
  );
  const client = clientFor(tls);
  const fetched = async (url: string) => {
    const answer = await lendThread(
      fetch(addressFor(url, headers), {
        method,
        headers,
        client,
        redirect: "manual",
        signal,
      }),
    );
    await answer.body?.cancel();
    return answer;
  };
  return {
    ask: (url) =>
      tls?.kind === "insecure" && url.startsWith("https:")
        ? lendThread(requestUnverified({ method, url, headers, signal }))
        : fetched(url),
    [Symbol.dispose]: () => client.close(),
  };
}

/** Where a header says who asks, the credentials of the URL would be sent besides. */
function addressFor(url: string, headers: Headers): string {
  if (!headers.has("authorization")) return url;
  const address = new URL(url);
  address.username = "";
  address.password = "";
  return address.href;
}

function clientFor(tls: TlsRules | undefined): Deno.HttpClient {
  if (tls?.kind !== "ca") {
    return Deno.createHttpClient({ poolMaxIdlePerHost: 0 });
  }
  return orNoAnswer(() => clientTrusting(tls.file));
}

/** A file that cannot be used is why there is no answer. */
function orNoAnswer<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw new NoAnswer(errorText(error));
  }
}

const SUCCESS: HttpRules["status"] = [200, 299];

const faultOf = (
  { status }: AnswerHead,
  [first, last]: HttpRules["status"],
) => status >= first && status <= last ? undefined : `answered ${status}`;

/** Go's client, and so a probe of Kubernetes, follows as many. */
const REDIRECTS_MAX = 10;

/** Follows redirects on the same host. */
async function faultBehind(
  url: string,
  ask: Asker["ask"],
): Promise<string | undefined> {
  let at = url;
  for (let count = 0; count <= REDIRECTS_MAX; count++) {
    const answer = await ask(at);
    const next = targetOf(answer, at);
    if (next === undefined) return faultOf(answer, SUCCESS);
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
  { status, headers }: AnswerHead,
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

const DETAIL_CHARACTERS = 300;

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
