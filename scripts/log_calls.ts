/** Reads from the source of src/core/text what can be logged. Pure, but for `textSources`. */
import { fromRoot } from "./denort.ts";

/** One line of the log, as the source words it. */
export interface LogCall {
  readonly level: string;
  readonly event: string;
  /** The fixed parts of the text; what is filled in stands between two of them. */
  readonly parts: readonly string[];
}

/** The modules that word the log, in the order of the reference. */
const MODULES = [
  "manager",
  "watching",
  "reload",
  "liveness",
  "fleet",
  "hooks",
  "operator",
  "settings",
  "control",
  "kubernetes",
];

/** The source of all of them, one behind the other. */
export async function textSources(): Promise<string> {
  const sources = MODULES.map((name) =>
    Deno.readTextFile(fromRoot(`src/core/text/${name}.ts`))
  );
  return (await Promise.all(sources)).join("\n");
}

/** Every line, in the order of the source. */
export function logCalls(source: string): LogCall[] {
  const found: LogCall[] = [];
  for (
    const { 0: head, 1: level, 2: event, index } of source.matchAll(
      /\b(trace|debug|info|warn|error)\(\s*"([^"]*)",\s*/g,
    )
  ) {
    found.push({ level, event, parts: partsAt(source, index + head.length) });
  }
  return found;
}

/** Of an expression that is a literal, or several with `+` between them; any other is one gap. */
function partsAt(source: string, start: number): string[] {
  if (!/[`"]/.test(source[start])) return ["", ""];
  const parts = [""];
  for (let at = start;;) {
    const literal = literalAt(source, at);
    const [first, ...rest] = literal.parts;
    parts.push(`${parts.pop()}${first}`, ...rest);
    const more = /^\s*\+\s*(?=[`"])/.exec(source.slice(literal.end));
    if (more === null) return parts;
    at = literal.end + more[0].length;
  }
}

function literalAt(
  source: string,
  start: number,
): { parts: string[]; end: number } {
  const quote = source[start];
  const parts = [""];
  let at = start + 1;
  while (source[at] !== quote) {
    if (source.startsWith("${", at)) {
      at = endOfBraces(source, at + 1);
      parts.push("");
    } else {
      parts.push(`${parts.pop()}${source[at]}`);
      at++;
    }
  }
  return { parts, end: at + 1 };
}

/** The place after the brace that closes the one at `open`. */
function endOfBraces(source: string, open: number): number {
  let depth = 0;
  for (let at = open; at < source.length; at++) {
    if (source[at] === "{") depth++;
    if (source[at] === "}" && --depth === 0) return at + 1;
  }
  throw new Error("Cannot read src/core/text: a brace is not closed");
}
