/**
 * Where and as what traces are sent: what the OTEL_* variables say, by the
 * specification of OpenTelemetry's OTLP exporter and of its environment variables.
 * Pure.
 */

export interface ExporterSettings {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  /** A file in PEM; undefined for the authorities of the system. */
  readonly certificateFile: string | undefined;
  /** Of the resource: `service.name` and what OTEL_RESOURCE_ATTRIBUTES has. */
  readonly resource: Readonly<Record<string, string>>;
}

type Variable = (name: string) => string | undefined;

const ENDPOINT = "http://localhost:4318";
const PATH = "v1/traces";
const TIMEOUT_MS = 10_000;
const SERVICE_NAME = "flush-manager";

/** Undefined where OTEL_SDK_DISABLED is true. Throws an Error with one line for the user, which has no credentials. */
export function exporterSettings(
  variable: Variable,
): ExporterSettings | undefined {
  // A variable that is set to nothing is not set.
  const value = (name: string) => variable(name)?.trim() || undefined;
  if (value("OTEL_SDK_DISABLED")?.toLowerCase() === "true") return undefined;
  const option = (name: string) =>
    value(`OTEL_EXPORTER_OTLP_TRACES_${name}`) ??
      value(`OTEL_EXPORTER_OTLP_${name}`);
  if (option("PROTOCOL") === "grpc") {
    throw new Error(
      "Cannot send traces by gRPC: OTEL_EXPORTER_OTLP_PROTOCOL must be http/json",
    );
  }
  const timeoutMs = Number(option("TIMEOUT") ?? TIMEOUT_MS);
  return {
    url: urlFrom(value),
    headers: {
      ...headersOf("OTEL_EXPORTER_OTLP_HEADERS", value),
      ...headersOf("OTEL_EXPORTER_OTLP_TRACES_HEADERS", value),
    },
    timeoutMs: timeoutMs > 0 ? Math.min(timeoutMs, TIMEOUT_MS) : TIMEOUT_MS,
    certificateFile: option("CERTIFICATE"),
    resource: {
      "service.name": SERVICE_NAME,
      ...pairs(value("OTEL_RESOURCE_ATTRIBUTES")),
      ...serviceName(value("OTEL_SERVICE_NAME")),
    },
  };
}

const serviceName = (name: string | undefined) =>
  name === undefined ? {} : { "service.name": name };

/** The endpoint of traces is used as it is; the one of all signals gets the path. */
function urlFrom(value: Variable): string {
  const own = value("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT");
  const base = value("OTEL_EXPORTER_OTLP_ENDPOINT") ?? ENDPOINT;
  const text = own ?? `${base.replace(/\/$/, "")}/${PATH}`;
  const url = URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol)) {
    throw new Error(
      `Cannot send traces: OTEL_EXPORTER_OTLP_${
        own === undefined ? "" : "TRACES_"
      }ENDPOINT is no http:// or https:// URL`,
    );
  }
  return url.href;
}

/** A token of HTTP (RFC 9110). */
const HEADER_NAME = /^[\w!#$%&'*+.^`|~-]+$/;
/** A character that no value may have (the same). */
const NEVER_IN_VALUE = /[^\t\x20-\x7e\x80-\xff]/;

/**
 * The headers that a variable has. One that cannot be sent is refused here, because
 * every request would fail of it later, as if the collector had not answered.
 */
function headersOf(name: string, value: Variable): Record<string, string> {
  const headers = Object.entries(pairs(value(name)))
    .map(([key, text]) => [key, text.trim()]);
  const canBeSent = headers.every(([key, text]) =>
    HEADER_NAME.test(key) && !NEVER_IN_VALUE.test(text)
  );
  if (!canBeSent) {
    throw new Error(
      `Cannot send traces: ${name} has a header that HTTP cannot carry; a name may have letters, digits and !#$%&'*+-.^_\`|~, and a value no control characters but tabs, and no characters beyond U+00FF`,
    );
  }
  return Object.fromEntries(headers);
}

/** `name=value,name=value` with percent-encoded values (W3C Baggage); what is none is left out. */
function pairs(text: string | undefined): Record<string, string> {
  const found = (text ?? "").split(",").flatMap((pair) => {
    const [, name, value] = /^\s*([^=\s]+)\s*=\s*(.*?)\s*$/s.exec(pair) ?? [];
    return name === undefined ? [] : [[name, decoded(value)]];
  });
  return Object.fromEntries(found);
}

function decoded(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    return value;
  }
}
