/**
 * Prometheus' text format (version 0.0.4) and OpenMetrics (1.0.0): how metric
 * families are written down, and which of the two a scraper is given. Knows no
 * metric. Sources: prometheus.io/docs/instrumenting/exposition_formats and
 * github.com/prometheus/OpenMetrics. Of OpenMetrics, UNIT lines, exemplars and
 * `_created` are left out, which are all optional.
 */

export type Format = "text" | "openmetrics";

export const CONTENT_TYPES: Readonly<Record<Format, string>> = {
  text: "text/plain; version=0.0.4; charset=utf-8",
  openmetrics: "application/openmetrics-text; version=1.0.0; charset=utf-8",
};

/** By name; a value is escaped when it is written. */
export type Labels = Readonly<Record<string, string>>;

export interface Sample {
  readonly labels: Labels;
  readonly value: number;
}

export interface Distribution {
  readonly labels: Labels;
  /** How many observations each bucket holds by itself, in the order of the bounds; the last one is +Inf. */
  readonly buckets: readonly number[];
  readonly sum: number;
}

/** All samples of one name; written only if there are any. */
export type Family =
  & { readonly name: string; readonly help: string }
  & (
    | {
      /** The name of a counter ends in `_total`, that of an info in `_info`. */
      readonly type: "counter" | "gauge" | "info";
      readonly samples: readonly Sample[];
    }
    | {
      readonly type: "histogram";
      /** Upper bounds of the buckets, rising, without +Inf. */
      readonly bounds: readonly number[];
      readonly distributions: readonly Distribution[];
    }
  );

/** The whole answer to a scrape. */
export function formatFamilies(
  families: readonly Family[],
  format: Format,
): string {
  const lines = families.flatMap((family) => linesOf(family, format));
  if (format === "openmetrics") lines.push("# EOF");
  return lines.map((line) => `${line}\n`).join("");
}

/** What a scraper prefers by its header `Accept` (RFC 9110); text where it says nothing of OpenMetrics. */
export function formatFor(accept: string | undefined): Format {
  const weights = { openmetrics: 0, text: 0 };
  for (const range of (accept ?? "").split(",")) {
    const [type, ...parameters] = range.split(";").map((part) => part.trim());
    const format = FORMATS[type.toLowerCase()];
    if (format === undefined) continue;
    weights[format] = Math.max(weights[format], weightIn(parameters));
  }
  return weights.openmetrics > 0 && weights.openmetrics >= weights.text
    ? "openmetrics"
    : "text";
}

const FORMATS: Readonly<Record<string, Format>> = {
  "application/openmetrics-text": "openmetrics",
  "text/plain": "text",
};

function weightIn(parameters: readonly string[]): number {
  const q = parameters.find((part) => /^q=/i.test(part))?.slice(2);
  return q === undefined ? 1 : Number(q) || 0;
}

function linesOf(family: Family, format: Format): string[] {
  const samples = family.type === "histogram"
    ? family.distributions.flatMap((one) => histogramLines(family, one))
    : family.samples.map(({ labels, value }) =>
      sampleLine(family.name, labels, value)
    );
  if (samples.length === 0) return [];
  const { name, type, help } = headOf(family, format);
  return [`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`, ...samples];
}

/** OpenMetrics names a family without the suffix of its samples, and knows the type `info`. */
function headOf({ name, type, help }: Family, format: Format) {
  const escaped = help.replaceAll("\\", "\\\\").replaceAll("\n", "\\n");
  if (format === "text") {
    return { name, type: type === "info" ? "gauge" : type, help: escaped };
  }
  return {
    name: name.replace(type === "counter" ? /_total$/ : /_info$/, ""),
    type,
    help: escaped.replaceAll('"', '\\"'),
  };
}

function histogramLines(
  { name, bounds }: Extract<Family, { type: "histogram" }>,
  { labels, buckets, sum }: Distribution,
): string[] {
  let count = 0;
  const lines = [...bounds, Infinity].map((bound, at) => {
    count += buckets[at] ?? 0;
    // Always with a fraction, as OpenMetrics has it: `le` must be the same label
    // in both formats.
    const le = Number.isInteger(bound) ? `${bound}.0` : formatNumber(bound);
    return sampleLine(`${name}_bucket`, { ...labels, le }, count);
  });
  return [
    ...lines,
    sampleLine(`${name}_sum`, labels, sum),
    sampleLine(`${name}_count`, labels, count),
  ];
}

function sampleLine(name: string, labels: Labels, value: number): string {
  const pairs = Object.entries(labels)
    .map(([label, text]) => `${label}="${escapeLabel(text)}"`);
  const braced = pairs.length === 0 ? "" : `{${pairs.join(",")}}`;
  return `${name}${braced} ${formatNumber(value)}`;
}

const escapeLabel = (text: string) =>
  text.replaceAll("\\", "\\\\").replaceAll("\n", "\\n").replaceAll('"', '\\"');

function formatNumber(value: number): string {
  if (value === Infinity) return "+Inf";
  return value === -Infinity ? "-Inf" : String(value);
}
