/**
 * The links that lead to saved contents: one for each child that runs, and
 * DIR/current. A link is switched by a rename, so that there is no moment without
 * it. Must not look at what is in a content.
 */
import { basename } from "../base/built_in.ts";
import type { Fingerprint } from "../../core/vocabulary/fingerprint.ts";
import { oneLine } from "../../core/notation/one_line.ts";
import type { Directory } from "../files/directory.ts";
import { digestOf } from "./content_names.ts";
import {
  COPIES,
  type Home,
  openHome,
  Refused,
  temporaryName,
  whyOf,
} from "./home.ts";

export const CURRENT = "current";

const nameOf = (run: number) => `run-${run}`;

/** Of one snapshot directory. */
export class ContentLinks {
  readonly #directory: string;
  /** The digest of the content that each child has under its name. */
  readonly #leads = new Map<number, string>();

  constructor(directory: string) {
    this.#directory = directory;
  }

  /** The contents that children have under their names. */
  get contents(): string[] {
    return [...this.#leads.values()];
  }

  /** The links of the children. */
  get names(): string[] {
    return [...this.#leads.keys()].map(nameOf);
  }

  /** The link of a child, absolute. */
  pathOf(run: number): string {
    return `${this.#directory}/${COPIES}/${nameOf(run)}`;
  }

  /**
   * Makes the name of a child lead to this saved content, by a rename, so that
   * there is no moment without it. Throws an Error with one line for the user when
   * that fails; the name then leads where it did.
   */
  lead(run: number, content: Fingerprint): void {
    const digest = digestOf(content);
    const name = nameOf(run);
    this.#switch(`${COPIES}/${name}`, ({ copies }) => {
      replaceLink(copies, name, digest);
    });
    this.#leads.set(run, digest);
  }

  /** Whether there is a name of this child. */
  isLed(run: number): boolean {
    return this.#leads.has(run);
  }

  /** The child is gone, and its name goes with it. */
  release(run: number): void {
    if (!this.#leads.delete(run)) return;
    try {
      using home = openHome(this.#directory);
      home.copies.remove(nameOf(run));
    } catch {
      // Left for the next manager.
    }
  }

  /** Makes DIR/current lead to this saved content, in the same way. */
  activate(content: Fingerprint): void {
    const digest = digestOf(content);
    this.#switch(CURRENT, ({ outer }) => {
      replaceLink(outer, CURRENT, `${COPIES}/${digest}`);
    });
  }

  #switch(name: string, change: (home: Home) => void): void {
    try {
      using home = openHome(this.#directory);
      change(home);
    } catch (error) {
      throw new Error(
        oneLine(`Cannot switch ${this.#directory}/${name}: ${whyOf(error)}`),
        { cause: error },
      );
    }
  }
}

function replaceLink(parent: Directory, name: string, target: string): void {
  const next = temporaryName();
  parent.symlink(target, next);
  try {
    parent.rename(next, name);
  } catch (error) {
    parent.remove(next);
    throw error;
  }
}

/** What DIR/current leads to; undefined where there is no such link yet. */
export function currentDigest(
  { outer }: Home,
  directory: string,
): string | undefined {
  const entry = outer.inodeOf(CURRENT);
  if (entry === undefined) return undefined;
  if (entry.kind !== "link") {
    throw new Refused(`${directory}/${CURRENT} is not a symbolic link`);
  }
  return basename(outer.readLink(CURRENT));
}
