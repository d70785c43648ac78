/**
 * Owns the saved copies of the watched paths' content, and the names that lead to
 * them. A copy appears under its name only when it is complete and proven to be
 * the content that was asked for, and it is proven again before each use.
 *
 * Must not decide which content is used or kept, and removes nothing but what
 * it has named itself. The directory belongs to one manager at a time.
 */
import { resolve } from "../base/built_in.ts";
import {
  type Fingerprint,
  isProvisional,
  type PathPrint,
} from "../../core/vocabulary/fingerprint.ts";
import { oneLine } from "../../core/notation/one_line.ts";
import { type MaybeAsync, runMaybeAsync } from "../base/maybe_async.ts";
import { physicalPath } from "../fingerprint/config_paths.ts";
import { EDQUOT, ENOSPC, SystemError } from "../files/inode.ts";
import { fingerprintOf } from "../fingerprint/fingerprinter.ts";
import type { Selection } from "../fingerprint/selection.ts";
import { ContentLinks, CURRENT, currentDigest } from "./content_links.ts";
import { digestOf, identityOf } from "./content_names.ts";
import { Copies } from "./copies.ts";
import { Damaged } from "./copy_proof.ts";
import {
  COPIES,
  exposureOf,
  isMissing,
  KERNEL,
  makeHome,
  openHome,
  Refused,
  whyOf,
} from "./home.ts";
import { isKernels, nestingFault } from "./nesting.ts";
import { isOfOtherKind } from "./tree_copy.ts";

export interface SnapshotOptions {
  /** Made when it is missing. */
  readonly directory: string;
  /** At least one, in the order of the fingerprints' entries. */
  readonly paths: readonly string[];
  /** Of each path, what counts of it, and is saved; without any, everything does. */
  readonly selections?: readonly Selection[];
}

export type SaveResult =
  | { readonly kind: "saved" }
  /** The paths do not hold this content, or it was never read as a whole: look again. */
  | { readonly kind: "moved" }
  /** The paths hold it, and it cannot be copied. `detail` is one line. */
  | { readonly kind: "failed"; readonly detail: string };

export type CaptureResult =
  | { readonly kind: "captured"; readonly content: Fingerprint }
  | Exclude<SaveResult, { kind: "saved" }>;

/** A saved content that is not there or not what was saved; the message is one line for the user. */
export class Unusable extends Error {}

/**
 * Saves contents as DIR/copies/<digest>/<name>. DIR/copies/run-<n> leads to what
 * the n-th child has, and DIR/current to the content that was decided on. The
 * digest is the SHA-256 over the identities of the paths (a path that is a fault
 * has none and is left out); the name is the path's own, with its index in front
 * where two paths have the same.
 *
 * Fingerprints must come from a `Fingerprinter` that compares content.
 */
export class Snapshots {
  readonly #directory: string;
  readonly #paths: readonly string[];
  readonly #selections: readonly Selection[];
  readonly #copies: Copies;
  /** What is needed still, by its digest, the most needed first. */
  #kept: readonly string[] = [];
  /** What leads to them. */
  readonly links: ContentLinks;
  /** What the last capture could not copy, as the user is told it. */
  #inTheWay: string | undefined;
  /** What changes the directory over several turns of the event loop takes its turn. */
  #last: Promise<unknown> = Promise.resolve();
  #fault: string | undefined;

  constructor({ directory, paths, selections = [] }: SnapshotOptions) {
    this.#directory = resolve(physicalPath(directory));
    this.#paths = paths;
    this.#selections = selections;
    this.#copies = new Copies(this.#directory, paths, selections);
    this.links = new ContentLinks(this.#directory);
  }

  /** Why content could not be saved the last time it was tried; undefined where it could. */
  get fault(): string | undefined {
    return this.#fault;
  }

  /**
   * Makes DIR (mode 0700) if it is missing, removes what an earlier manager left
   * there, except what DIR/current leads to, and proves that DIR can be used.
   * Returns the mode of a DIR that others may write to, undefined otherwise.
   * Throws an Error with one line for the user, without having made anything
   * when DIR and a watched path lie within each other.
   */
  async prepare(): Promise<number | undefined> {
    try {
      const feedback = nestingFault(this.#directory, this.#paths);
      if (feedback !== undefined) throw new Refused(feedback);
      if (isKernels(this.#directory)) throw new Refused(KERNEL);
      using home = makeHome(this.#directory);
      const current = currentDigest(home, this.#directory);
      // First, because the leftovers may be what fills the disk.
      await runMaybeAsync(
        this.#copies.sweep(home, current === undefined ? [] : [current]),
      );
      await runMaybeAsync(this.#copies.proveUse(home));
      return exposureOf(home);
    } catch (error) {
      throw new Error(
        oneLine(
          `Cannot use snapshot directory ${this.#directory}: ${whyOf(error)}`,
        ),
        { cause: error },
      );
    }
  }

  /**
   * Copies the paths, unless this content is there already and undamaged; makes
   * DIR again if somebody has removed it. A full disk gives up what is kept, the
   * least needed first, but never the most needed. Never rejects, and leaves
   * nothing behind but a complete copy.
   */
  save(content: Fingerprint): Promise<SaveResult> {
    return this.#inTurn(async () => this.#noted(await this.#save(content)));
  }

  /**
   * Copies what the paths hold now, whatever that is, and tells what is in the
   * copy. Paths that are a fault in `content` are left out. Never rejects.
   */
  capture(content: Fingerprint): Promise<CaptureResult> {
    return this.#inTurn(async () => {
      try {
        const captured = await this.#withRoom(() =>
          this.#copies.capture(content)
        );
        this.#inTheWay = undefined;
        return this.#noted({ kind: "captured", content: captured });
      } catch (error) {
        return this.#isPassing(error)
          ? { kind: "moved" }
          : this.#noted({ kind: "failed", detail: oneLine(whyOf(error)) });
      }
    });
  }

  /**
   * Whether another look may help after a capture: a path has gone or was replaced
   * since the last one. What is in the way twice in a row stays there.
   */
  #isPassing(error: unknown): boolean {
    const before = this.#inTheWay;
    this.#inTheWay = isOfOtherKind(error) ? whyOf(error) : undefined;
    return error instanceof Deno.errors.NotFound || isMissing(error) ||
      (this.#inTheWay !== undefined && this.#inTheWay !== before);
  }

  /**
   * Reads the copy of this content. Throws an Unusable where it is not there, or
   * not what was saved.
   */
  *prove(content: Fingerprint): MaybeAsync<void> {
    try {
      using home = openHome(this.#directory);
      const digest = digestOf(content);
      if (home.copies.inodeOf(digest) === undefined) throw this.#gone();
      yield* this.#copies.prove(home.copies, digest, content);
    } catch (error) {
      if (isMissing(error)) throw this.#gone();
      throw error instanceof Damaged
        ? this.#unusable(
          `the saved configuration was damaged: ${error.message}`,
        )
        : error instanceof Unusable
        ? error
        : this.#unusable(whyOf(error));
    }
  }

  /** Where the index-th watched path is in this content, absolute. There is nothing where the path is a fault in it. */
  pathOf(index: number, content: Fingerprint): string {
    const home = `${this.#directory}/${COPIES}/${digestOf(content)}`;
    return `${home}/${this.#copies.names[index]}`;
  }

  /** The same under the name of a child, which stays the same. */
  pathOfRun(index: number, run: number): string {
    return `${this.links.pathOf(run)}/${this.#copies.names[index]}`;
  }

  /**
   * Removes every saved content but these, the most needed first, and those that
   * children have under their names. Never rejects: what cannot be removed is left
   * for the next time.
   */
  async prune(keep: readonly Fingerprint[]): Promise<void> {
    const kept = keep.map(digestOf);
    await this.#inTurn(async () => {
      this.#kept = kept;
      using home = openHome(this.#directory);
      const { contents, names } = this.links;
      await runMaybeAsync(
        this.#copies.sweep(home, [...kept, ...contents, ...names]),
      );
    }).catch(() => {});
  }

  #noted<R extends SaveResult | CaptureResult>(result: R): R {
    if (result.kind === "failed") this.#fault = result.detail;
    else if (result.kind !== "moved") this.#fault = undefined;
    return result;
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#last.then(work);
    this.#last = result.catch(() => {});
    return result;
  }

  async #save(content: Fingerprint): Promise<SaveResult> {
    if (content.some((print) => isProvisional(identityOf(print)))) {
      return { kind: "moved" };
    }
    const coarse = content.findIndex((print) => coarseOf(print) !== undefined);
    if (coarse >= 0) {
      const detail = `${this.#paths[coarse]} ${coarseOf(content[coarse])}`;
      return { kind: "failed", detail: oneLine(detail) };
    }
    try {
      const isSaved = await this.#withRoom(() => this.#copies.save(content));
      return { kind: isSaved ? "saved" : "moved" };
    } catch (error) {
      // What moves while it is copied can fail in any way: the paths themselves tell.
      return await this.#isThere(content)
        ? { kind: "failed", detail: oneLine(whyOf(error)) }
        : { kind: "moved" };
    }
  }

  /** On a full disk, gives up one copy after the other until there is room. */
  async #withRoom<T>(work: () => MaybeAsync<T>): Promise<T> {
    for (;;) {
      try {
        return await runMaybeAsync(work());
      } catch (error) {
        if (!isFull(error) || !await runMaybeAsync(this.#giveUpOne())) {
          throw error;
        }
      }
    }
  }

  /** Whether the paths hold this content now. */
  async #isThere(content: Fingerprint): Promise<boolean> {
    const seen = await fingerprintOf(
      this.#paths,
      "content",
      "content",
      this.#selections,
    );
    return content.every((print, at) =>
      print.kind === "fault" ||
      print.kind === seen[at].kind &&
        identityOf(print) === identityOf(seen[at])
    );
  }

  /** First what nobody has asked to keep; false where nothing is left that may be given up. */
  *#giveUpOne(): MaybeAsync<boolean> {
    using home = openHome(this.#directory);
    const { names } = this.links;
    if (yield* this.#copies.sweep(home, [...this.#kept, ...names])) return true;
    if (this.#kept.length < 2) return false;
    this.#kept = this.#kept.slice(0, -1);
    yield* this.#copies.sweep(home, [...this.#kept, ...names]);
    return true;
  }

  #gone(): Unusable {
    return this.#unusable("the saved configuration is gone");
  }

  #unusable(why: string): Unusable {
    return new Unusable(
      oneLine(`Cannot switch ${this.#directory}/${CURRENT}: ${why}`),
    );
  }
}

const isFull = (error: unknown): boolean =>
  error instanceof SystemError &&
  (error.errno === ENOSPC || error.errno === EDQUOT);

const coarseOf = (print: PathPrint) =>
  print.kind === "fault" ? undefined : print.coarse;
