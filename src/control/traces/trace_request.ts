/** The body of a request to a collector: ExportTraceServiceRequest of OTLP, in JSON. Pure. */
import { type Attribute, integer, type Span, text } from "./spans.ts";

export interface Sender {
  /** By attributes. */
  readonly resource: Readonly<Record<string, string>>;
  readonly version: string;
  readonly pid: number;
  readonly hostname: string;
}

export const traceRequest = (sender: Sender, spans: readonly Span[]) => ({
  resourceSpans: [{
    resource: { attributes: resourceOf(sender) },
    scopeSpans: [{
      scope: { name: "flush-manager", version: sender.version },
      spans,
    }],
  }],
});

/** What an operator names comes instead of ours. */
function resourceOf(
  { resource, version, pid, hostname }: Sender,
): readonly Attribute[] {
  const named = Object.entries(resource).map(([key, value]) =>
    text(key, value)
  );
  const own = [
    text("service.version", version),
    text("host.name", hostname),
    integer("process.pid", pid),
  ];
  return [...named, ...own.filter(({ key }) => !Object.hasOwn(resource, key))];
}
