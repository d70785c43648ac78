/**
 * Makes, proves and removes the copies in the private directory. Must not decide
 * which of them are needed.
 */
import type { Fingerprint } from "../../core/vocabulary/fingerprint.ts";
import { awaiting, type MaybeAsync } from "../base/maybe_async.ts";
import type { Directory } from "../files/directory.ts";
import { EVERYTHING, type Selection } from "../fingerprint/selection.ts";
import { ownWrite } from "../signal/write_signals.ts";
import { digestOf, namesOf } from "./content_names.ts";
import {
  type CopiedPath,
  COPY_MODES,
  Damaged,
  proveCopy,
  readCopy,
} from "./copy_proof.ts";
import { COPIES, type Home, makeHome, temporaryName } from "./home.ts";
import { Slices } from "./slices.ts";
import { TreeCopy } from "./tree_copy.ts";
import { removeTree } from "./tree_removal.ts";

/** What is made in the private directory, and so is a leftover there unless it is kept. */
const OURS = /^(?:[0-9a-f]{64}$|run-|\.flush-manager-)/;
/** What earlier versions made in DIR itself. */
const FORMER = /^(?:[0-9a-f]{64}$|\.flush-manager-)/;

/** Copies of the content of these paths in one snapshot directory. */
export class Copies {
  readonly names: readonly string[];
  readonly #directory: string;
  readonly #paths: readonly string[];
  readonly #copied: readonly CopiedPath[];

  /** `selections` says what is saved of each path. */
  constructor(
    directory: string,
    paths: readonly string[],
    selections: readonly Selection[],
  ) {
    this.names = namesOf(paths);
    this.#directory = directory;
    this.#paths = paths;
    this.#copied = this.names.map((name, at) => ({
      name,
      selection: selections[at] ?? EVERYTHING,
    }));
  }

  /**
   * Copies the paths unless this content is there and undamaged; false where they
   * do not hold it. Leaves nothing behind but a complete copy.
   */
  *save(content: Fingerprint): MaybeAsync<boolean> {
    using home = makeHome(this.#directory);
    const { copies } = home;
    const digest = digestOf(content);
    if (yield* this.#holds(copies, digest, content)) return true;
    const scratch = temporaryName();
    try {
      yield* this.#copy(content, copies, scratch);
      if (!(yield* this.#holds(copies, scratch, content))) {
        return false;
      }
      // One that was damaged.
      yield* removeTree(copies, digest);
      copies.rename(scratch, digest);
      return true;
    } finally {
      yield* removeTree(copies, scratch);
    }
  }

  /**
   * Copies whatever the paths hold now, and returns what is in the copy. Paths that
   * are a fault in `content` are left out.
   */
  *capture(content: Fingerprint): MaybeAsync<Fingerprint> {
    using home = makeHome(this.#directory);
    const { copies } = home;
    const scratch = temporaryName();
    try {
      yield* this.#copy(content, copies, scratch);
      const captured = yield* readCopy(
        copies,
        scratch,
        content,
        this.#copied,
      );
      const digest = digestOf(captured);
      yield* removeTree(copies, digest);
      copies.rename(scratch, digest);
      return captured;
    } finally {
      yield* removeTree(copies, scratch);
    }
  }

  /** Throws a Damaged unless the copy of that name holds this content. */
  prove(
    copies: Directory,
    name: string,
    content: Fingerprint,
  ): MaybeAsync<void> {
    return proveCopy(copies, name, content, this.#copied);
  }

  *#copy(
    content: Fingerprint,
    copies: Directory,
    name: string,
  ): MaybeAsync<void> {
    using into = copies.make(name);
    const copy = new TreeCopy(Deno.realPathSync(this.#directory));
    for (const [index, print] of content.entries()) {
      if (print.kind === "fault") continue;
      const { name, selection } = this.#copied[index];
      yield* copy.copy(this.#paths[index], into, name, selection);
    }
    into.chmod(COPY_MODES.directory);
  }

  *#holds(
    copies: Directory,
    name: string,
    content: Fingerprint,
  ): MaybeAsync<boolean> {
    if (copies.inodeOf(name) === undefined) return false;
    try {
      yield* this.prove(copies, name, content);
      return true;
    } catch (error) {
      if (error instanceof Damaged) return false;
      throw error;
    }
  }

  /** Removes all but what has these names; whether there was anything. */
  *sweep(
    { outer, copies }: Home,
    kept: readonly string[],
  ): MaybeAsync<boolean> {
    const stale = copies.names().filter((name) =>
      OURS.test(name) && !kept.includes(name)
    );
    const slices = new Slices();
    for (const name of stale) yield* removeTree(copies, name, slices);
    // Earlier versions had their copies here.
    const old = outer.names().filter((name) => FORMER.test(name));
    for (const name of old) yield* removeTree(outer, name, slices);
    return stale.length + old.length > 0;
  }

  /** Some file systems can be written but know no links or modes, or may not be read by us. */
  *proveUse({ copies }: Home): MaybeAsync<void> {
    const scratch = temporaryName();
    const path = `${this.#directory}/${COPIES}/${scratch}`;
    try {
      using directory = copies.make(scratch);
      using file = directory.create("probe");
      yield* awaiting(
        ownWrite(() => file.write(new TextEncoder().encode("probe"))),
      );
      file.chmod(COPY_MODES.file);
      directory.symlink("probe", "link");
      // The variables of a child are read in this way.
      Deno.readTextFileSync(`${path}/link`);
    } finally {
      yield* removeTree(copies, scratch);
    }
  }
}
