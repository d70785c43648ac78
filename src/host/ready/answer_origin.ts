/**
 * Decides whether a positive answer to a probe comes from the new child.
 * Another child, or a program that we have not started, may answer at the same
 * address. For tcp and http the socket that listens there shows it. If no such
 * socket can be seen (exec, another host or network namespace, no libc), a
 * probe that was positive before the child was started says nothing about the
 * child. Asks nothing itself, and does not wait.
 */
import type { FilledProbe } from "../../core/vocabulary/settings.ts";
import type { Target } from "../ask/probe.ts";
import { readProcesses } from "../process/family.ts";
import { heldBy, listeningInodes } from "../socket/tcp_table.ts";

/** A probe that other processes than the child can answer too. */
export type SharedProbe = Exclude<FilledProbe, { kind: "file" }>;

/** Reasons why a positive answer does not count. */
export const NOT_ITS_SOCKET =
  "somebody answers, but no process of the child listens there";
export const INHERITED =
  "somebody answers, but on a socket that was open before the child was started";
export const NOBODY_LISTENS = "somebody answered who does not listen any more";

/** Judges the answers to the probe of one child. */
export class AnswerOrigin {
  readonly #probe: SharedProbe;
  readonly #target: Target | undefined;
  /**
   * The sockets that listened at the address before the start; undefined if
   * they cannot be seen.
   */
  #before: ReadonlySet<string> | undefined;
  /** The child's pid; undefined before its start. */
  #leader: number | undefined;

  constructor(probe: SharedProbe, target: Target | undefined) {
    this.#probe = probe;
    this.#target = target;
    this.#before = this.#listeners();
  }

  /**
   * Notes which sockets listen at the address; call it right before the child
   * is started.
   */
  noteListeners(): void {
    this.#before = this.#listeners();
  }

  /**
   * Whether a socket was seen at the address, so that the probe need not be
   * asked before the start.
   */
  get isSeen(): boolean {
    return this.#before !== undefined && this.#before.size > 0;
  }

  started(leader: number): void {
    this.#leader = leader;
  }

  /**
   * Judges a positive answer: "own" if it is the child's, the reason if it is
   * not, or "unseen" if no socket shows it. `alone` says that no other child of
   * ours is running.
   */
  judge(alone: boolean): "own" | "unseen" | { readonly not: string } {
    const now = this.#listeners();
    const before = this.#before;
    const leader = this.#leader;
    if (now === undefined || before === undefined || leader === undefined) {
      return "unseen";
    }
    if (now.size === 0) return this.isSeen ? { not: NOBODY_LISTENS } : "unseen";
    const isFresh = (inode: string) => !before.has(inode);
    const processes = readProcesses();
    const family = processes.of(leader).map((pid) => heldBy(pid, now));
    // A process that has left the child's session still descends from us.
    const ours = alone
      ? processes.below(Deno.pid).filter((pid) => pid !== Deno.pid)
        .map((pid) => heldBy(pid, now))
      : [];
    const isHeld = [...family, ...ours]
      .some((inodes) => inodes?.some(isFresh));
    if (isHeld) return "own";
    const isInherited = [...family, heldBy("self", now)]
      .some((inodes) => inodes?.some((inode) => before.has(inode)));
    if (isInherited) {
      // For tcp the kernel alone accepts the connection on this socket, but
      // only a program can answer an http request.
      return this.#probe.kind === "http" && alone ? "own" : { not: INHERITED };
    }
    // A child with another user may hide its descriptors from us. A socket that
    // did not exist before its start then counts as the child's.
    const isHidden = family.includes(undefined);
    return isHidden && [...now].some(isFresh) ? "own" : { not: NOT_ITS_SOCKET };
  }

  #listeners(): ReadonlySet<string> | undefined {
    return this.#target === undefined
      ? undefined
      : listeningInodes(this.#target.hosts, this.#target.port);
  }
}
