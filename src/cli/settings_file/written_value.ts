/**
 * From how a value is written in a settings file to the texts that its option
 * takes on the command line. What they mean is the option's own to decide. Pure.
 */
import { HOLD_REASON_MAX_CHARS } from "../../core/vocabulary/command.ts";
import { isVariableName } from "../../core/notation/variable_name.ts";
import { type FileHold, MEANS_SOMETHING_EMPTY } from "../given.ts";
import { type OptionName, optionOf } from "../options.ts";
import { shown, suggestion } from "../refusal.ts";
import { BadValue, UsageError } from "../values/basic.ts";
import type { Fault } from "./fault.ts";
import { kindOf } from "./node_description.ts";
import {
  Misplaced,
  oneText,
  scalarText,
  taggedText,
  word,
} from "./one_text.ts";
import type { MapEntry, Node } from "./source_tree.ts";

/** Of which key a value is read, and who hears of its faults. */
export interface Reader {
  readonly key: string;
  readonly report: (fault: Fault) => void;
}

/** The texts of an option. Reports what is not allowed, and leaves it out. */
export function textsOf(
  name: OptionName,
  node: Node,
  report: Reader["report"],
): string[] {
  const reader = { key: name, report };
  const { written, separator } = optionOf(name);
  const named = (form: string, toText: (entry: MapEntry) => string) =>
    namedTexts(
      node,
      reader,
      form,
      (entry, inner) => textFrom(name, entry.value, inner, () => toText(entry)),
    );
  switch (written) {
    case "variables":
      return namedTexts(node, reader, MAP_OF_VARIABLES, readVariable);
    case "signals":
      return named(
        MAP_OF_SIGNALS,
        ({ key, value }) =>
          `${key.text}:${scalarText(value, "number", MAP_OF_SIGNALS)}`,
      );
    case "probes":
      return named(
        MAP_OF_PROBES,
        ({ key, value }) => `${key.text}=${taggedText(value, name)}`,
      );
  }
  const read = (item: Node, key: string) =>
    textFrom(name, item, { key, report }, () => oneText(name, item));
  if (separator === undefined) return read(node, name);
  if (node.kind !== "list") return read(node, name);
  if (node.items.length === 0 && MEANS_SOMETHING_EMPTY.has(name)) return [""];
  return node.items.flatMap((item, index) => read(item, `${name}[${index}]`));
}

const MAP_OF_VARIABLES = "a map of names to values (PORT: 8080)";
const MAP_OF_SIGNALS =
  "a map of received signals to the ones to forward (HUP: USR1), 0 to drop";
const MAP_OF_PROBES = "a map of names to probes (redis: tcp:localhost:6379)";

/** The texts of a list of words, as `args` is one. */
export function wordsOf(node: Node, reader: Reader): string[] {
  if (node.kind !== "list") {
    refuse(
      reader,
      node,
      `${kindOf(node)} is not allowed; use a list of words`,
    );
    return [];
  }
  const { key, report } = reader;
  return node.items.flatMap((item, index) =>
    oneWord(item, { key: `${key}[${index}]`, report })
  );
}

/** A text, or a number as it is written; empty where it is neither. */
export function oneWord(node: Node, reader: Reader): string[] {
  const text = attempt(node, reader, () => word(node));
  return text === undefined ? [] : [text];
}

/** `true`, `false` or the reason for a hold. */
export function holdOf(
  node: Node,
  reader: Reader,
): FileHold["held"] | undefined {
  if (node.kind === "scalar" && node.type === "boolean") {
    return node.text.toLowerCase() === "true" ? { reason: "" } : false;
  }
  if (
    node.kind === "scalar" && node.type === "text" && node.text !== "" &&
    node.text.length <= HOLD_REASON_MAX_CHARS
  ) {
    const reason = attempt(node, reader, () => node.text);
    return reason === undefined ? undefined : { reason };
  }
  refuse(
    reader,
    node,
    `${
      kindOf(node)
    } is not allowed; use true, false or a reason of 1 to ${HOLD_REASON_MAX_CHARS} characters`,
  );
  return undefined;
}

function namedTexts(
  node: Node,
  reader: Reader,
  form: string,
  read: (entry: MapEntry, reader: Reader) => string[],
): string[] {
  if (node.kind !== "map") {
    // The value may be a secret.
    refuse(reader, node, `${kindOf(node)} is not allowed; use ${form}`);
    return [];
  }
  const { key, report } = reader;
  return node.entries.flatMap((entry) =>
    read(entry, { key: `${key}.${entry.key.text}`, report })
  );
}

/** Shows no value. A number or a truth value is taken as it is written: 1.10 is no 1.1. */
function readVariable(
  { key, value }: MapEntry,
  reader: Reader,
): string[] {
  if (!isVariableName(key.text)) {
    refuse(
      reader,
      key,
      "it is not a variable's name; use letters, digits, _, . and -, with a letter or _ first",
    );
    return [];
  }
  if (value.kind !== "scalar" || ["null", "alias"].includes(value.type)) {
    refuse(
      reader,
      value,
      `${kindOf(value)} is not allowed; use a text ("" for an empty one)`,
    );
    return [];
  }
  if (!isUsable(value.text)) {
    refuse(reader, value, UNUSABLE);
    return [];
  }
  return [`${key.text}=${value.text}`];
}

/** Makes the text and puts it to the option's own parser. */
function textFrom(
  name: OptionName,
  node: Node,
  reader: Reader,
  make: () => string,
): string[] {
  const text = attempt(node, reader, make);
  if (text === undefined) return [];
  const { parse } = optionOf(name);
  try {
    parse(text);
    return [text];
  } catch (error) {
    if (!(error instanceof BadValue || error instanceof UsageError)) {
      throw error;
    }
    const nearest = parse.words === undefined
      ? undefined
      : suggestion(text, parse.words);
    const hint = nearest === undefined ? "" : `; did you mean ${nearest}?`;
    refuse(
      reader,
      node,
      `the value ${
        JSON.stringify(shown(name, text))
      } is not allowed; use ${error.message}${hint}`,
    );
    return [];
  }
}

function attempt(
  node: Node,
  reader: Reader,
  make: () => string,
): string | undefined {
  try {
    const text = make();
    if (isUsable(text)) return text;
    refuse(reader, node, UNUSABLE);
  } catch (error) {
    if (!(error instanceof Misplaced)) throw error;
    refuse(reader, error.node, error.message);
  }
  return undefined;
}

/** No program can be given a NUL, and a lone surrogate is no character. */
const isUsable = (text: string) => !text.includes("\0") && text.isWellFormed();
const UNUSABLE = "the value has a NUL or half a character; use a text without";

function refuse({ key, report }: Reader, node: Node, text: string): void {
  if (node.kind === "scalar" && node.type === "alias") return;
  report({ spot: node.spot, key, text });
}
