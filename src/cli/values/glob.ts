/** Patterns for names of files, as the operator writes them. Pure. */
// @ts-types="../../../types/std_path_glob_to_regexp.d.ts"
import { globToRegExp } from "@std/path/posix/glob-to-regexp";
import { BadValue, type ValueParser } from "./basic.ts";

/**
 * What editors and interpreters leave beside the files that they work on. Nothing
 * that could be a configuration may stand here, nor what belongs to a volume of
 * Kubernetes (`..data`).
 */
export const LITTER: readonly string[] = [
  // Vim: swap files, backups, and the file by which it tries whether it may write.
  ".*.sw[k-px]",
  "*.swp",
  "*.swo",
  "*~",
  "4913",
  // Emacs: locks and automatic saves.
  ".#*",
  "#*#",
  // Kate, gedit, JetBrains' IDEs.
  ".*.kate-swp",
  ".goutputstream-*",
  "*___jb_tmp___",
  "*___jb_old___",
  // Python.
  "__pycache__/",
  "*.py[co]",
  // What NFS keeps of a removed file that is open, and macOS of a folder.
  ".nfs0*",
  ".DS_Store",
];

const FORM =
  "a pattern for names below a watched directory ('*.bak', 'cache/', '/build/*.tmp')";

/** A pattern of --ignore; the empty text takes back those before it. */
export const ignorePattern: ValueParser<string> = (value) => {
  if (value === "") return value;
  if (value.startsWith("!")) {
    throw new BadValue(
      `${FORM}; none can be taken back by !, only all of them by ''`,
    );
  }
  const parts = value.replace(/^\/+|\/+$/g, "").split("/");
  if (parts.some((part) => part === "" || part === "." || part === "..")) {
    throw new BadValue(`${FORM}, without empty parts, . and ..`);
  }
  const why = globFault(value);
  if (why !== undefined) throw new BadValue(`${FORM}, and ${why}`);
  return value;
};

/** What the matcher would take as plain text, or not take at all; undefined for a pattern that means what it says. */
export function globFault(glob: string): string | undefined {
  if (glob.includes("\0")) return "no name has a NUL character";
  const open: string[] = [];
  for (const [char] of glob.matchAll(/\\[\s\S]|[\s\S]/g)) {
    const inside = open.at(-1);
    if (char === "\\") return "a \\ at the end escapes nothing";
    if (char === "/" && inside !== undefined) return unclosed(inside);
    if (inside === "[") {
      if (char === "]") open.pop();
    } else if (char === "[" || char === "{") open.push(char);
    else if (char === "}" && inside === "{") open.pop();
  }
  const left = open.at(-1);
  if (left !== undefined) return unclosed(left);
  try {
    globToRegExp(glob, { extended: false });
    return undefined;
  } catch {
    return "a range like [a-z] goes upwards";
  }
}

const unclosed = (bracket: string) =>
  `every ${bracket} is closed in the same part of the path (\\${bracket} is the character itself)`;
