/** What stands in braces in the child's arguments, for values that are known only when it starts. Pure. */

/** `{config}` is the first path, `{config1}` the second; `{listen0}` the first descriptor; `{run}` the number of the child. */
const PLACEHOLDER = /\{(?:(config|listen)(0|[1-9]\d*)|config|run)\}/g;

/** What the placeholders stand for. */
export interface PlaceholderValues {
  /** The watched paths, in the order given. */
  readonly config: readonly string[];
  /** Descriptors, in the order of their addresses. */
  readonly listen: readonly number[];
  readonly run: number;
}

/** The text with our placeholders replaced, once; all else in braces stays as it is, and so does one without a value. */
export function expand(text: string, values: PlaceholderValues): string {
  // Without one, not even the expression need be compiled.
  if (!text.includes("{")) return text;
  return text.replace(
    PLACEHOLDER,
    (whole, list?: "config" | "listen", index?: string) => {
      if (whole === "{run}") return String(values.run);
      return String(values[list ?? "config"][Number(index ?? 0)] ?? whole);
    },
  );
}

/**
 * The first placeholder of ours that has no value, to be refused before a start:
 * a number that is too high, any where there are none. Where nothing is watched,
 * `{config}` is not ours but the command's. Only the lengths count.
 */
export function firstWithoutValue(
  text: string,
  values: {
    readonly config: readonly unknown[];
    readonly listen: readonly unknown[];
  },
): string | undefined {
  if (!text.includes("{")) return undefined;
  for (const [whole, list, index] of text.matchAll(PLACEHOLDER)) {
    if (index === undefined) continue;
    const { length } = values[list === "listen" ? "listen" : "config"];
    if (Number(index) >= length) return whole;
  }
  return undefined;
}
