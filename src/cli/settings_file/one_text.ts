/** From one value of a settings file to the text that its option takes on the command line. Pure. */
import { isSwitch, type OptionName, optionOf } from "../options.ts";
import { BadValue } from "../values/basic.ts";
import { describeNode } from "./node_description.ts";
import type { Node } from "./source_tree.ts";

/** What is wrong where one text was expected. */
export class Misplaced extends Error {
  constructor(readonly node: Node, message: string) {
    super(message);
  }
}

/** Throws a Misplaced for a node that is no text of this option. */
export function oneText(name: OptionName, node: Node): string {
  const { written, metavar } = optionOf(name);
  const allowed = allowedFor(name);
  if (isSwitch(name)) {
    if (node.kind === "scalar" && node.type === "boolean") {
      return node.text.toLowerCase();
    }
    throw new Misplaced(
      node,
      `${describeNode(node)} is not allowed; use true or false, without quotes`,
    );
  }
  switch (written) {
    case "argv":
      return argvText(node, allowed);
    case "tagged":
      return taggedText(node, name);
    case "path":
      return pathText(node, allowed);
  }
  // The only number that is a duration is 0; its parser refuses any other with its reason.
  const isNumeric = written === "number" || metavar === "DURATION";
  return scalarText(node, isNumeric ? "number" : "text", allowed);
}

export function scalarText(
  node: Node,
  type: "text" | "number",
  allowed: string,
): string {
  if (node.kind === "scalar") {
    const { text } = node;
    if (node.type === "text" || node.type === type) return text;
  }
  throw new Misplaced(
    node,
    `${describeNode(node)} is not allowed; use ${allowed}`,
  );
}

/** A command as text or as a list of words, which is kept apart as JSON. */
function argvText(node: Node, allowed: string): string {
  return node.kind === "list"
    ? JSON.stringify(node.items.map(word))
    : scalarText(node, "text", allowed);
}

/** `exec:COMMAND` and its like, or a map of one such key; beside `http`, the options that follow its URL are keys, too. */
export function taggedText(node: Node, name: OptionName): string {
  const allowed = allowedFor(name);
  if (node.kind !== "map") return scalarText(node, "text", allowed);
  const http = node.entries.find(({ key }) => key.text === "http");
  const entry = http ?? node.entries[0];
  const others = node.entries.filter((other) => other !== entry);
  if (entry === undefined || (http === undefined && others.length > 0)) {
    throw new Misplaced(
      node,
      `a map of ${node.entries.length} keys is not allowed; use one key, or ${allowed}`,
    );
  }
  const { key: { text: tag }, value } = entry;
  const rest = tag === "exec"
    ? argvText(value, allowed)
    : scalarText(value, "number", allowed);
  const options = others.map(({ key, value: option }) =>
    ` ${key.text}=${quoted(scalarText(option, "number", allowed))}`
  );
  return `${tag}:${rest}${options.join("")}`;
}

/** One word of a shell, whatever is in the text. */
const quoted = (text: string): string =>
  /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;

/** `PATH=ACTION`, or a map of path and action. */
function pathText(node: Node, allowed: string): string {
  if (node.kind !== "map") return scalarText(node, "text", allowed);
  const entryOf = (key: string) =>
    node.entries.find((entry) => entry.key.text === key)?.value;
  const stranger = node.entries.find(({ key }) =>
    !["path", "action"].includes(key.text)
  );
  if (stranger !== undefined) {
    throw new Misplaced(
      stranger.key,
      `${
        JSON.stringify(stranger.key.text)
      } is not allowed; use path and action`,
    );
  }
  const pathNode = entryOf("path");
  if (pathNode === undefined) {
    throw new Misplaced(node, "it has no path; use path and action");
  }
  const path = scalarText(pathNode, "text", "a path");
  if (path === "") {
    throw new Misplaced(
      pathNode,
      'it is empty; name a path, or write config: "" to watch nothing',
    );
  }
  if (/=(?:(?:restart|none)$|(?:signal|exec|http):)/.test(path)) {
    throw new Misplaced(
      pathNode,
      "the path ends with =ACTION; write the action as action:",
    );
  }
  const action = entryOf("action");
  return action === undefined
    ? path
    : `${path}=${taggedText(action, "on-change")}`;
}

/** What the option takes, in the words of its own parser. */
export function allowedFor(name: OptionName): string {
  const { parse, metavar } = optionOf(name);
  for (const text of ["", "\0"]) {
    try {
      parse(text);
    } catch (error) {
      if (error instanceof BadValue) return error.message;
      throw error;
    }
  }
  return `a text (${metavar})`;
}

/** A text, or a number as it is written. */
export const word = (node: Node): string =>
  scalarText(node, "number", "a text");
