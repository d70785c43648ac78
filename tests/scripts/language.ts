/**
 * The language of watcher scripts, as tables: each verb with its operands and
 * what it does. README.md beside this file and the parser's complaints come
 * from the same words. Must not perform anything.
 */

/** One line of the language: `[X]` may be left out, `X...` stands for one or more. */
export interface Form {
  readonly operands: string;
  readonly what: string;
}

/** How the manager is started; these lines come first. */
export const HEADERS = {
  args: { operands: "WORD...", what: "options of the manager" },
  child: { operands: "WORD...", what: "flags of tests/fixtures/child.c" },
  print: {
    operands: "PATH...",
    what: "what the child prints; every --config if absent",
  },
  cwd: { operands: "DIR", what: "where the manager is started" },
  bind: {
    operands: "SOURCE TARGET",
    what: "a bind mount of the file, made by `start`",
  },
  needs: { operands: "root", what: "skipped for any other user" },
} as const satisfies Record<string, Form>;

/** What happens, in order. */
export const STEPS = {
  start: { operands: "", what: "starts the manager, waits until it polls" },
  write: { operands: "PATH TEXT", what: "truncates and writes in place" },
  append: { operands: "PATH TEXT", what: "writes at the end" },
  truncate: { operands: "PATH", what: "empties in place" },
  replace: {
    operands: "PATH TEXT",
    what: "writes PATH.tmp, renames it to PATH",
  },
  rename: { operands: "FROM TO", what: "rename(2)" },
  remove: {
    operands: "PATH",
    what: "removes a file, or a directory with all in it",
  },
  mkdir: { operands: "PATH", what: "makes a directory and those above it" },
  link: {
    operands: "TARGET NAME",
    what: "makes a symlink; TARGET is not looked at",
  },
  relink: {
    operands: "TARGET NAME",
    what: "makes the symlink NAME.tmp, renames it to NAME",
  },
  hardlink: { operands: "FILE NAME", what: "link(2)" },
  chmod: { operands: "MODE PATH", what: "MODE is octal" },
  touch: {
    operands: "PATH [DATE]",
    what: "sets the mtime; DATE is YYYY-MM-DD",
  },
  mkfifo: { operands: "PATH", what: "makes a FIFO that nobody opens" },
  swap: {
    operands: "DIR KEY=TEXT...",
    what: "brings a volume to these keys as the kubelet does",
  },
  run: {
    operands: "COMMAND...",
    what: "runs a program in {dir}, it must succeed",
  },
  sleep: { operands: "TIME", what: "the pace of an operation, never a wait" },
  quiet: { operands: "TIME", what: "for so long no child starts or ends" },
  "wait restart": { operands: "", what: "waits for one more restart" },
  "wait log": {
    operands: "TEXT",
    what: "waits for a line after the last one waited for",
  },
  "expect restarts": {
    operands: "COUNT",
    what: "waits for so many since the start; more are a failure",
  },
  "expect content": {
    operands: "TEXT...",
    what: "what the latest child printed, one TEXT a file",
  },
  "expect log": {
    operands: "TEXT [COUNT]",
    what: "waits for a line with TEXT; COUNT is how many there are at the end",
  },
  "never log": { operands: "TEXT", what: "no line has TEXT, up to the end" },
} as const satisfies Record<string, Form>;

export type Header = keyof typeof HEADERS;
export type Verb = keyof typeof STEPS;

/** How many operands a form takes. */
export function arity({ operands }: Form): { min: number; max: number } {
  const names = operands.split(" ").filter((name) => name !== "");
  const min = names.filter((name) => !name.startsWith("[")).length;
  const max = operands.endsWith("...") ? Infinity : names.length;
  return { min, max };
}
