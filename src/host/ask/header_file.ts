/**
 * The headers that an operator adds to requests, from a file with a line
 * `Name: value` for each. They may be secret: no message has a part of the file.
 */
import { readSmallText } from "../files/small_text.ts";
import { errorText } from "../socket/refusal.ts";

const FILE_MAX_BYTES = 64 * 1024;
const LINE = /^([!#$%&'*+.^`|~\w-]+):[ \t]*(.*?)[ \t]*$/;
/** They belong to the connection, or are made of the URL. */
const RESERVED: ReadonlySet<string> = new Set([
  "connection",
  "content-length",
  "host",
  "transfer-encoding",
]);

/** Reads the file. Throws an Error whose message is one line for the user. */
export function readHeaderFile(path: string): Headers {
  const headers = new Headers();
  for (const [index, line] of read(path).split(/\r?\n/).entries()) {
    if (/^\s*(?:#|$)/.test(line)) continue;
    const refuse = (why: string) =>
      new Error(`header file ${path} cannot be used: line ${index + 1} ${why}`);
    const [, name, value] = LINE.exec(line) ?? [];
    if (name === undefined) throw refuse("is not Name: value");
    if (RESERVED.has(name.toLowerCase())) {
      throw refuse(`sets ${name}, which is the request's own`);
    }
    try {
      headers.append(name, value);
    } catch {
      throw refuse("has a character that no header may have");
    }
  }
  return headers;
}

function read(path: string): string {
  try {
    return readSmallText(path, FILE_MAX_BYTES);
  } catch (error) {
    throw new Error(`header file ${path} cannot be read: ${errorText(error)}`);
  }
}
