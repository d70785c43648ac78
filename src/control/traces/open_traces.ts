/**
 * Sends a trace for each reload that has ended, and tells the context of the one
 * that is under way. Nothing of this is loaded without `--traces otlp`.
 */
import { withoutCredentials } from "../../core/notation/describe.ts";
import {
  tracesNotSent,
  tracesOff,
  tracesSentTo,
} from "../../core/text/manager.ts";
import type { Message } from "../../core/vocabulary/message.ts";
import type { Journal, ReloadRecord } from "../vocabulary/journal.ts";
import {
  type ExporterSettings,
  exporterSettings,
} from "./exporter_settings.ts";
import { postTraces } from "./post_traces.ts";
import { type Span, spansOf } from "./spans.ts";
import { TraceIdsByReload } from "./trace_ids.ts";
import { oneLine } from "../../core/notation/one_line.ts";
import { readSmallText } from "../../host/files/small_text.ts";
import { errorText } from "../../host/socket/refusal.ts";
import { SendQueue } from "../../host/base/send_queue.ts";
import { traceRequest } from "./trace_request.ts";

/** The end of a manager waits for its traces no longer than this. */
const CLOSE_MS = 900;

export interface TraceOptions {
  readonly version: string;
  readonly variable: (name: string) => string | undefined;
  readonly log: (message: Message) => void;
}

export interface Traces {
  /** Hears of each change of the journal. */
  readonly onChange: (then: Journal, now: Journal) => void;
  /** The value of TRACEPARENT for a program that is run for this reload. */
  readonly traceparent: (reload: ReloadRecord) => string;
  /** Sends what is left; resolves within a second. */
  readonly close: () => Promise<void>;
}

/** Undefined where OTEL_SDK_DISABLED switches them off. Throws an Error with one line for the user. */
export function openTraces(options: TraceOptions): Traces | undefined {
  const settings = exporterSettings(options.variable);
  if (settings === undefined) {
    options.log(tracesOff());
    return undefined;
  }
  options.log(tracesSentTo(withoutCredentials(settings.url)));
  const clients = new Clients(settings);
  const queue = queueFor(settings, options, clients);
  const ids = new TraceIdsByReload();
  return {
    onChange: (then, now) => {
      if (then.reloads === now.reloads) return;
      const known = new Set(then.reloads.map(({ id }) => id));
      for (const reload of now.reloads) {
        if (known.has(reload.id)) continue;
        queue.add(spansOf(reload, ids.of(reload)));
        ids.forget(reload);
      }
    },
    traceparent: (reload) => ids.traceparent(reload),
    close: async () => {
      await queue.close(CLOSE_MS);
      clients.close();
    },
  };
}

/** Why nothing can be sent with these variables, in one line; undefined where it can, as far as nobody is asked. */
export function tracesFault(
  variable: TraceOptions["variable"],
): string | undefined {
  try {
    const settings = exporterSettings(variable);
    if (settings !== undefined) readAuthorities(settings);
    return undefined;
  } catch (error) {
    return errorText(error);
  }
}

function queueFor(
  settings: ExporterSettings,
  { version, log }: TraceOptions,
  clients: Clients,
): SendQueue<readonly Span[]> {
  const sender = {
    resource: settings.resource,
    version,
    pid: Deno.pid,
    hostname: Deno.hostname(),
  };
  const shown = withoutCredentials(settings.url);
  return new SendQueue({
    send: (traces, end) =>
      postTraces(
        settings,
        JSON.stringify(traceRequest(sender, traces.flat())),
        clients.get(),
        end,
      ),
    onFault: (why) => log(tracesNotSent(shown, why)),
  });
}

/** More than the authorities of a whole system have. */
const CERTIFICATES_MAX_BYTES = 1024 * 1024;

/** Those of OTEL_EXPORTER_OTLP_CERTIFICATE, undefined without it. Throws an Error with one line for the user. */
function readAuthorities(
  { certificateFile }: ExporterSettings,
): string[] | undefined {
  if (certificateFile === undefined) return undefined;
  try {
    return [readSmallText(certificateFile, CERTIFICATES_MAX_BYTES)];
  } catch (cause) {
    throw new Error(
      `Cannot send traces: the file of OTEL_EXPORTER_OTLP_CERTIFICATE ${
        oneLine(certificateFile)
      } cannot be read: ${errorText(cause)}`,
      { cause },
    );
  }
}

/** One client, made when it is first needed: most of its cost is reading the authorities. */
class Clients {
  readonly #caCerts: string[] | undefined;
  #client: Deno.HttpClient | undefined;

  /** Throws an Error with one line for the user. */
  constructor(settings: ExporterSettings) {
    this.#caCerts = readAuthorities(settings);
  }

  get(): Deno.HttpClient {
    this.#client ??= Deno.createHttpClient({
      poolMaxIdlePerHost: 0,
      ...(this.#caCerts === undefined ? {} : { caCerts: this.#caCerts }),
    });
    return this.#client;
  }

  close(): void {
    this.#client?.close();
  }
}
