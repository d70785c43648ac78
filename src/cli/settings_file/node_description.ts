/** What was found in a settings file, in words. Pure. */
import type { Node, ScalarNode } from "./source_tree.ts";

/** `a list`, `the number 5`: what was found, with its value where that is short. */
export function describeNode(node: Node): string {
  if (node.kind !== "scalar" || node.type === "null") return kindOf(node);
  const text = node.text.length > 40
    ? `${node.text.slice(0, 40)}...`
    : node.text;
  const kind = node.type === "boolean" ? "truth value" : node.type;
  return `the ${kind} ${kind === "text" ? JSON.stringify(text) : text}`;
}

/** What was found, without its value. */
export function kindOf(node: Node): string {
  if (node.kind !== "scalar") return `a ${node.kind}`;
  switch (node.type) {
    case "null":
      return "an empty value";
    case "boolean":
      return "a truth value";
    default:
      return `a ${node.type}`;
  }
}

/** Whether the node is one that a key was written for without anything behind it. */
export const isNothing = (node: Node): node is ScalarNode =>
  node.kind === "scalar" && node.type === "null";
