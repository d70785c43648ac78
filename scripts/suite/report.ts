/**
 * What a run of tests has shown: its cases, as Deno's JUnit report tells them,
 * and the text that a person reads of them. Pure; must not run anything.
 */
// @ts-types="../../types/std_html_entities.d.ts"
import { unescape } from "@std/html/entities";
import { parse, type TNode } from "txml";

/** One case of a test file. A step of a test is a case of its own, named "test > step". */
export interface Case {
  /** From the repository's root: tests/e2e/log_test.ts. */
  readonly file: string;
  /** Where the case stands in its file. */
  readonly line: number;
  readonly name: string;
  readonly ms: number;
  readonly result: "passed" | "failed" | "skipped";
  /** What was thrown, with its stack; empty unless it failed. */
  readonly failure: string;
}

/** The cases in a JUnit report of `deno test`. A test that failed only because a step did is left out. */
export function casesOf(junit: string): Case[] {
  const cases = named("testcase", parse(junit)).map(caseOf);
  return cases.filter(({ failure }) =>
    !/^\d+ test steps? failed/.test(failure)
  );
}

function caseOf({ attributes, children }: TNode): Case {
  const attribute = (name: string) => unescape(String(attributes[name] ?? ""));
  const [failure] = named("failure", children);
  const isSkipped = named("skipped", children).length > 0;
  return {
    file: attribute("classname").replace(/^\.\//, ""),
    line: Number(attribute("line")),
    name: attribute("name"),
    ms: Math.round(Number(attribute("time")) * 1_000),
    result: failure ? "failed" : isSkipped ? "skipped" : "passed",
    failure: failure ? unescape(failure.children.join("")).trim() : "",
  };
}

/** All elements of that name, however deep. */
function named(name: string, nodes: readonly (TNode | string)[]): TNode[] {
  return nodes.flatMap((node) => {
    if (typeof node === "string") return [];
    return node.tagName === name ? [node] : named(name, node.children);
  });
}

/** A failed case: where it stands, what was thrown, and the command that repeats it. */
export function failureText({ file, line, name, ms, failure }: Case): string {
  const indented = failure.split("\n").map((text) => `  ${text}`).join("\n");
  return `FAILED ${file}:${line} ${name} (${
    seconds(ms)
  })\n${indented}\n  again: ${again(file, name)}`;
}

/** The command that repeats one case; of a step it repeats the whole test. */
function again(file: string, name: string): string {
  const [test] = name.split(" > ");
  const quoted = `'${test.replaceAll("'", `'\\''`)}'`;
  return `scripts/dev test ${file} --filter ${quoted}`;
}

/** The closing line of a run, in the words of `deno test`: `ok | 12 passed | 0 failed | 1 ignored (3.1 s)`. */
export function closingLine(
  cases: readonly Case[],
  isOk: boolean,
  ms: number,
): string {
  const count = (wanted: Case["result"]) =>
    cases.filter(({ result }) => result === wanted).length;
  const skipped = count("skipped");
  const parts = [
    isOk ? "ok" : "FAILED",
    `${count("passed")} passed`,
    `${count("failed")} failed`,
    ...(skipped > 0 ? [`${skipped} ignored`] : []),
  ];
  return `${parts.join(" | ")} (${seconds(ms)})`;
}

/** The cases that took longest, a line each. */
export function slowest(cases: readonly Case[], count: number): string[] {
  return cases.toSorted((a, b) => b.ms - a.ms).slice(0, count)
    .map(({ file, line, name, ms }) =>
      `  ${seconds(ms).padStart(7)}  ${file}:${line} ${name}`
    );
}

/** A duration for people: "0.4 s". */
export const seconds = (ms: number): string => `${(ms / 1_000).toFixed(1)} s`;
