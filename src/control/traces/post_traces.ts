/** Sends one request with traces to a collector, as OTLP over HTTP in JSON. */
import { explain } from "../../host/ask/http_request.ts";
import { limit } from "../../host/base/time_limit.ts";
import { lendThread } from "../../host/descriptor/input_wait.ts";
import type { ExporterSettings } from "./exporter_settings.ts";
import type { Sent } from "../../host/base/send_queue.ts";

export type Collector = Pick<
  ExporterSettings,
  "url" | "headers" | "timeoutMs"
>;

/** The answers after which another attempt may help (OTLP, "Retryable Response Codes"). */
const RETRYABLE: ReadonlySet<number> = new Set([429, 502, 503, 504]);

/** Never rejects, and has ended soon after `end` is aborted. */
export async function postTraces(
  { url, headers, timeoutMs }: Collector,
  body: string,
  client: Deno.HttpClient,
  end: AbortSignal,
): Promise<Sent> {
  const controller = new AbortController();
  const abort = () => controller.abort();
  const cancel = limit(timeoutMs, abort);
  end.addEventListener("abort", abort);
  if (end.aborted) abort();
  try {
    const answer = await lendThread(fetch(url, {
      method: "POST",
      headers: { ...headers, "content-type": "application/json" },
      body,
      client,
      redirect: "manual",
      signal: controller.signal,
    }));
    await answer.body?.cancel();
    if (answer.ok) return { kind: "taken" };
    const kind = RETRYABLE.has(answer.status) ? "failed" : "refused";
    return { kind, why: `answered ${answer.status}` };
  } catch (error) {
    const isLate = controller.signal.aborted;
    return { kind: "failed", why: isLate ? "no answer" : explain(error) };
  } finally {
    cancel();
    end.removeEventListener("abort", abort);
  }
}
