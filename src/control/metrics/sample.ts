/** Short ways to write down the families of the manager's metrics. */
import type { Family, Labels, Sample } from "./text_format.ts";

/** Numbers with another prefix than the manager's are named whole by their caller. */
export const PREFIX = "flush_manager_";

type Single = number | boolean | undefined;

/** One number without labels; undefined is left out, and so is its family. */
export const single = (value: Single): readonly Sample[] =>
  value === undefined ? [] : [{ labels: {}, value: Number(value) }];

/** One sample for each entry, under one label. */
export const byLabel = (
  label: string,
  values: Readonly<Record<string, number | boolean>>,
): readonly Sample[] =>
  Object.entries(values).map(([text, value]) => ({
    labels: { [label]: text },
    value: Number(value),
  }));

export const gauge = (
  name: string,
  help: string,
  value: Single | readonly Sample[],
): Family => ({ name, help, type: "gauge", samples: samplesOf(value) });

/** `name` is without `_total`. */
export const counter = (
  name: string,
  help: string,
  value: Single | readonly Sample[],
): Family => ({
  name: `${name}_total`,
  help,
  type: "counter",
  samples: samplesOf(value),
});

/** `name` is without `_info`; what is told is in the labels. */
export const info = (
  name: string,
  help: string,
  told: readonly Labels[],
): Family => ({
  name: `${name}_info`,
  help,
  type: "info",
  samples: told.map((labels) => ({ labels, value: 1 })),
});

function samplesOf(value: Single | readonly Sample[]): readonly Sample[] {
  return typeof value === "object" ? value : single(value);
}
