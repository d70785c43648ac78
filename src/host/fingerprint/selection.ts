/**
 * Which entries of a watched directory count: those that no pattern of --ignore
 * matches and, of a path that was given as a pattern, those that match it. Knows
 * names only, and looks at no file. Patterns are compiled at first use: a manager
 * that watches files needs none.
 */
// @ts-types="../../../types/std_path_glob_to_regexp.d.ts"
import { globToRegExp } from "@std/path/posix/glob-to-regexp";
import type { WatchedPath } from "../../core/vocabulary/settings.ts";

/** What the patterns of one list are matched against. */
interface Matchers {
  /** The name of any entry. */
  readonly names: RegExp | undefined;
  /** The path of an entry in the watched directory. */
  readonly labels: RegExp | undefined;
}

interface Compiled {
  readonly all: Matchers;
  /** Those with a final slash. */
  readonly directories: Matchers;
  readonly pattern: RegExp | undefined;
}

/** What counts of one watched path. */
export class Selection {
  readonly #ignore: readonly string[];
  readonly #pattern: string | undefined;
  #compiled: Compiled | undefined;

  /** `pattern` is for names in the directory itself; without one, all of them count. */
  constructor(ignore: readonly string[], pattern?: string) {
    this.#ignore = ignore;
    this.#pattern = pattern;
  }

  /** Whether there is a pattern for the names in the directory. */
  get isByPattern(): boolean {
    return this.#pattern !== undefined;
  }

  /**
   * Whether an entry does not count, whatever it is; it need not be looked at.
   * `label` is its path in the watched directory, `name` the last part of that.
   */
  leavesOut(name: string, label: string): boolean {
    const { all, pattern } = this.#patterns();
    if (isMatched(all, name, label)) return true;
    // Below a directory that matches, everything counts.
    return pattern !== undefined && name.length === label.length &&
      !isWanted(pattern, name, this.#pattern);
  }

  /** The same for an entry that is known to be a directory. */
  leavesOutDirectory(name: string, label: string): boolean {
    return isMatched(this.#patterns().directories, name, label);
  }

  /** Whether a pattern of --ignore matches an entry. */
  ignores(name: string, label: string, isDirectory: boolean): boolean {
    return isMatched(this.#patterns().all, name, label) ||
      (isDirectory && this.leavesOutDirectory(name, label));
  }

  #patterns(): Compiled {
    return this.#compiled ??= {
      all: matchers(this.#ignore.filter((text) => !text.endsWith("/"))),
      directories: matchers(this.#ignore.filter((text) => text.endsWith("/"))),
      pattern: this.#pattern === undefined
        ? undefined
        : regExp(sourceOf(this.#pattern)),
    };
  }
}

/** Where no pattern is given. */
export const EVERYTHING = new Selection([]);

/** What counts of each path. */
export const selectionsOf = (
  configs: readonly WatchedPath[],
  ignore: readonly string[],
): Selection[] => configs.map(({ pattern }) => new Selection(ignore, pattern));

const isMatched = ({ names, labels }: Matchers, name: string, label: string) =>
  names?.test(name) === true || labels?.test(label) === true;

/** As in a shell, a name that begins with a dot is matched only by a pattern that does. */
const isWanted = (pattern: RegExp, name: string, text = "") =>
  pattern.test(name) && (!name.startsWith(".") || text.startsWith("."));

/** As in a gitignore file: a slash before the end ties a pattern to the watched directory. */
function matchers(patterns: readonly string[]): Matchers {
  const plain = patterns.map((text) => text.replace(/\/+$/, ""));
  return {
    names: anyOf(plain.filter((text) => !text.includes("/"))),
    labels: anyOf(
      plain.filter((text) => text.includes("/"))
        .map((text) => text.replace(/^\/+/, "")),
    ),
  };
}

const anyOf = (globs: readonly string[]): RegExp | undefined =>
  globs.length === 0
    ? undefined
    : regExp(globs.map((glob) => `(?:${sourceOf(glob)})`).join("|"));

const sourceOf = (glob: string): string =>
  globToRegExp(glob, { extended: false }).source;

/** A name may have line feeds, which `.` has to match. */
const regExp = (source: string): RegExp => new RegExp(source, "s");
