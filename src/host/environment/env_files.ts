/**
 * Reads variables for the child from files in dotenv syntax, and from
 * directories with one file for each variable, as a ConfigMap or Secret is
 * mounted. Values and lines of the files are given to the caller alone, and
 * appear in no error.
 */
import { oneLine } from "../../core/notation/one_line.ts";
import { isVariableName } from "../../core/notation/variable_name.ts";
import type { EnvironmentSource } from "../../core/vocabulary/settings.ts";
import { readSmallFile } from "../files/regular_file.ts";
import { whyUnreadable } from "../files/why_unreadable.ts";
import { EVERYTHING, type Selection } from "../fingerprint/selection.ts";

/** A source at the path where it is read. */
export interface ReadSource extends EnvironmentSource {
  /** The name that the user has given, if `path` is a copy. */
  readonly name?: string;
}

/** A source that cannot be used; the message is one line for the user. */
export class EnvironmentError extends Error {}

/** The largest file that is accepted. */
export const FILE_MAX_BYTES = 1024 * 1024;
/**
 * Linux refuses to start a program with a longer NAME=value: MAX_ARG_STRLEN,
 * without the final zero (execve(2)).
 */
export const VARIABLE_MAX_BYTES = 128 * 1024 - 1;

/**
 * The variables of all sources; a later one replaces an earlier one of the same
 * name. Files have dotenv syntax, in which a value means what it means to
 * Docker Compose, except that variables are not expanded (`$X` stays). A line
 * that cannot be read so is an error, and so is a value that no program can be
 * given. In directories, each regular file is a variable: its name, and its
 * text without one final newline. Names that begin with `..` are kubelet's own
 * and are skipped, like everything that is not a regular file, and like what
 * `selection` leaves out. Throws EnvironmentError.
 */
export function readEnvironment(
  sources: readonly ReadSource[],
  selection: Selection = EVERYTHING,
): Record<string, string> {
  const variables = sources.flatMap(({ kind, path, name = path }) =>
    kind === "file"
      ? readEnvFile(path, name)
      : readEnvDirectory(path, name, selection)
  );
  return Object.fromEntries(variables);
}

type Variable = readonly [name: string, value: string];

const NAME_FORM =
  "a name has letters, digits, _, . and -, and begins with a letter or _";

function readEnvFile(path: string, name: string): Variable[] {
  const what = `environment file ${oneLine(name)}`;
  const info = stat(path, what);
  if (info === undefined) throw refusal(what, MISSING);
  if (!info.isFile) throw refusal(what, "it is not a regular file");
  return parseEnvFile(readText(path, what, info, "skip"), what);
}

function readEnvDirectory(
  path: string,
  shown: string,
  selection: Selection,
): Variable[] {
  const what = `environment directory ${oneLine(shown)}`;
  const variables: Variable[] = [];
  for (const name of namesIn(path, what)) {
    if (name.startsWith("..") || selection.leavesOut(name, name)) continue;
    const file = `${path}/${name}`;
    const fileWhat = `environment file ${oneLine(`${shown}/${name}`)}`;
    // The link of a key that was just removed leads nowhere.
    const info = stat(file, fileWhat);
    if (info?.isFile !== true) continue;
    if (!isVariableName(name)) {
      throw refusal(fileWhat, `its name is not a variable's; ${NAME_FORM}`);
    }
    const text = readText(file, fileWhat, info, "keep");
    if (text.includes("\0")) throw refusal(fileWhat, "it has a NUL character");
    const variable = [name, text.replace(/\r?\n$/, "")] as const;
    if (isTooLong(variable)) throw refusal(fileWhat, `its value ${TOO_LONG}`);
    variables.push(variable);
  }
  return variables;
}

function namesIn(path: string, what: string): string[] {
  try {
    return [...Deno.readDirSync(path)].map(({ name }) => name).sort();
  } catch (error) {
    throw refusal(what, whyUnreadable(error), error);
  }
}

/** Follows links; undefined if there is nothing. */
function stat(path: string, what: string): Deno.FileInfo | undefined {
  try {
    return Deno.statSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw refusal(what, whyUnreadable(error), error);
  }
}

/** The text of a regular file. */
function readText(
  path: string,
  what: string,
  { size }: Deno.FileInfo,
  byteOrderMark: "skip" | "keep",
): string {
  const tooLarge = "it is larger than 1MiB";
  if (size > FILE_MAX_BYTES) throw refusal(what, tooLarge);
  let bytes: Uint8Array<ArrayBuffer>;
  try {
    bytes = readSmallFile(path, FILE_MAX_BYTES);
  } catch (error) {
    throw refusal(what, whyUnreadable(error), error);
  }
  if (bytes.length > FILE_MAX_BYTES) throw refusal(what, tooLarge);
  const ignoreBOM = byteOrderMark === "keep";
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM }).decode(bytes);
  } catch {
    throw refusal(what, "it is not UTF-8 text");
  }
}

function parseEnvFile(text: string, what: string): Variable[] {
  // All line ends become `\n`.
  const source = text.replace(/\r\n?/g, "\n");
  const variables: Variable[] = [];
  let line = 1;
  for (let at = 0; at < source.length;) {
    const statement = readStatement(source, at);
    if (typeof statement === "string") {
      throw refusal(what, `line ${line} ${statement}`);
    }
    if (statement.variable) variables.push(statement.variable);
    line += source.slice(at, statement.end).split("\n").length - 1;
    at = statement.end;
  }
  return variables;
}

/**
 * A quoted value, with the rest of the line on which it ends. As without
 * quotes, a comment begins with a blank and #. A backslash keeps the next quote
 * from ending the value, unless no other quote can end it.
 */
const QUOTED =
  /(?:'((?:\\'|[^'])*)'|"((?:\\[\s\S]|[^"\\])*)"|`((?:\\`|[^`])*)`)(?:[ \t]+#[^\n]*|[ \t]*)(?:\n|$)/y;

/**
 * The characters that a backslash escapes in double quotes; before any other
 * character it stays.
 */
const ESCAPED = /\\([n"\\$`])/g;
const unescaped = (text: string) =>
  text.replace(ESCAPED, (_, char) => char === "n" ? "\n" : char);

/**
 * Reads the statement that begins at the start of a line, and where the next
 * one begins; returns a text that says what is wrong if it cannot be read.
 */
function readStatement(
  source: string,
  at: number,
): { readonly variable?: Variable; readonly end: number } | string {
  const newline = source.indexOf("\n", at);
  const lineEnd = newline < 0 ? source.length : newline + 1;
  const line = source.slice(at, lineEnd);
  if (line.includes("\0")) return "has a NUL character";
  if (/^[^\S\n]*(#|\n|$)/.test(line)) return { end: lineEnd };
  const equals = line.indexOf("=");
  if (equals < 0) return "is neither blank, a comment nor NAME=value";
  const name = line.slice(0, equals).trim().replace(/^export\s+/, "");
  // The name is not shown, because it may be a part of a secret if the line is
  // broken.
  if (!isVariableName(name)) {
    return `has no variable's name before =; ${NAME_FORM}`;
  }
  const value = line.slice(equals + 1);
  const quoteAt = value.search(/[^ \t]/);
  const { text, end } = /^['"`]/.test(value.slice(quoteAt))
    ? readQuoted(source, at + equals + 1 + quoteAt)
    : { text: readPlain(value), end: lineEnd };
  if (text === undefined) {
    return "has a quote that is not closed, or more after the closing one";
  }
  if (text.includes("\0")) return "begins a value with a NUL character";
  const variable = [name, text] as const;
  if (isTooLong(variable)) return `begins a value that ${TOO_LONG}`;
  return { variable, end };
}

/**
 * The value without the blanks around it and without a comment, which begins
 * with a blank and #.
 */
const readPlain = (value: string): string =>
  value.replace(/\n$/, "").replace(/[ \t]#.*$/s, "").replace(
    /^[ \t]+|[ \t]+$/g,
    "",
  );

function readQuoted(
  source: string,
  at: number,
): { readonly text: string | undefined; readonly end: number } {
  QUOTED.lastIndex = at;
  const [, single, double, back] = QUOTED.exec(source) ?? [];
  const text = double === undefined ? single ?? back : unescaped(double);
  return { text, end: QUOTED.lastIndex };
}

const TOO_LONG = "is too long; NAME=value must be shorter than 128KiB";

const isTooLong = (variable: Variable) =>
  new TextEncoder().encode(variable.join("=")).length > VARIABLE_MAX_BYTES;

const MISSING = "it does not exist";

function refusal(
  what: string,
  why: string,
  cause?: unknown,
): EnvironmentError {
  return new EnvironmentError(
    `Cannot read ${what}: ${why}`,
    cause === undefined ? {} : { cause },
  );
}
