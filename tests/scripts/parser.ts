/**
 * From the text of a watcher script to its steps. Owns the complaints, each of
 * which begins with FILE:LINE. Pure.
 */
import { parseDuration } from "../../src/core/notation/duration.ts";
import {
  arity,
  type Form,
  type Header,
  HEADERS,
  STEPS,
  type Verb,
} from "./language.ts";
import { BadLine, splitWords } from "./words.ts";

/** One line that does or expects something. */
export interface Step {
  readonly verb: Verb;
  readonly operands: readonly string[];
  /** FILE:LINE, for whoever has to find it. */
  readonly place: string;
  /** The line as it is written. */
  readonly text: string;
}

/** A script that can be run. */
export interface Script {
  /** Its first comment: what is shown. */
  readonly title: string;
  readonly headers: ReadonlyMap<Header, readonly string[]>;
  readonly steps: readonly Step[];
}

/** A script that cannot be run; the message is "FILE:LINE: what is wrong". */
export class ScriptError extends Error {}

/** @throws {ScriptError} at the first line that is not of the language */
export function parseScript(file: string, text: string): Script {
  const lines = text.split("\n");
  const headers = new Map<Header, readonly string[]>();
  const steps: Step[] = [];
  lines.forEach((line, at) => {
    const place = `${file}:${at + 1}`;
    const words = atPlace(place, () => splitWords(line));
    if (words.length === 0) return;
    if (isHeader(words[0])) {
      if (steps.length > 0) {
        throw new ScriptError(`${place}: ${words[0]} belongs above all steps`);
      }
      headers.set(words[0], operandsOf(words[0], words.slice(1), place));
    } else {
      steps.push(stepOf(words, place, line.trim()));
    }
  });
  const title = /^# (.+)/.exec(lines[0])?.[1];
  if (title === undefined) {
    throw new ScriptError(
      `${file}:1: begin with a comment that says what is shown`,
    );
  }
  checkWhole(file, headers, steps);
  return { title, headers, steps };
}

function atPlace<T>(place: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof BadLine)) throw error;
    throw new ScriptError(`${place}: ${error.message}`);
  }
}

const isHeader = (word: string): word is Header => Object.hasOwn(HEADERS, word);
const isVerb = (word: string): word is Verb => Object.hasOwn(STEPS, word);

function operandsOf(
  name: Header | Verb,
  operands: readonly string[],
  place: string,
): readonly string[] {
  const form: Form = isHeader(name) ? HEADERS[name] : STEPS[name];
  const { min, max } = arity(form);
  if (operands.length < min || operands.length > max) {
    const usage = `${name} ${form.operands}`.trim();
    throw new ScriptError(
      `${place}: ${operands.length} operands, but the form is: ${usage}`,
    );
  }
  return operands;
}

function stepOf(words: readonly string[], place: string, text: string): Step {
  const two = words.slice(0, 2).join(" ");
  const verb = isVerb(two) ? two : words[0];
  if (!isVerb(verb)) {
    const known = [...Object.keys(HEADERS), ...Object.keys(STEPS)].join(", ");
    throw new ScriptError(`${place}: ${verb} is none of ${known}`);
  }
  const rest = words.slice(verb.split(" ").length);
  const operands = operandsOf(verb, rest, place);
  checkValues(verb, operands, place);
  return { verb, operands, place, text };
}

/** What can be told to be wrong before anything is run. */
function checkValues(
  verb: Verb,
  operands: readonly string[],
  place: string,
): void {
  const complain = (value: string, allowed: string) => {
    throw new ScriptError(`${place}: ${value} is not ${allowed}`);
  };
  const [first, second] = operands;
  if (verb === "sleep" || verb === "quiet") {
    if (parseDuration(first) === undefined) {
      complain(first, "a duration with a unit (100ms, 3s)");
    }
  } else if (verb === "chmod") {
    if (!/^0?[0-7]{3}$/.test(first)) complain(first, "an octal mode (644)");
  } else if (verb === "touch" && second !== undefined) {
    if (!/^\d{4}-\d\d-\d\d$/.test(second)) complain(second, "YYYY-MM-DD");
  } else if (verb === "swap") {
    for (const entry of operands.slice(1)) {
      if (!/^[^=]+=/.test(entry)) complain(entry, "KEY=TEXT");
    }
  } else if (verb === "expect restarts" || verb === "expect log") {
    const count = verb === "expect log" ? second ?? "0" : first;
    if (!/^\d+$/.test(count)) complain(count, "a number");
  }
}

function checkWhole(
  file: string,
  headers: ReadonlyMap<Header, readonly string[]>,
  steps: readonly Step[],
): void {
  if (!headers.has("args")) {
    throw new ScriptError(`${file}: there is no args line`);
  }
  const starts = steps.filter(({ verb }) => verb === "start");
  if (starts.length !== 1) {
    throw new ScriptError(
      `${file}: ${starts.length} start lines, one is needed`,
    );
  }
  const needsManager = /^(quiet|wait|expect|never)\b/;
  const early = steps.slice(0, steps.indexOf(starts[0]))
    .find(({ verb }) => needsManager.test(verb));
  if (early !== undefined) {
    throw new ScriptError(`${early.place}: ${early.verb} comes after start`);
  }
  if (!steps.some(({ verb }) => verb === "expect restarts")) {
    throw new ScriptError(`${file}: there is no expect restarts line`);
  }
}
