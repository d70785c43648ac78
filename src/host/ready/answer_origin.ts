/**
 * Whether a probe's yes is the new child's own. Another child, or a program that
 * is none of ours, may answer at the same address. For tcp and http the socket
 * that listens there tells; where none is seen (exec, another host or network
 * namespace, no libc), a probe that has said yes before the child was started
 * says nothing about it. Asks nothing itself, and waits for nothing.
 */
import type { Probe } from "../../core/vocabulary/settings.ts";
import type { Target } from "../ask/probe.ts";
import { readProcesses } from "../process/family.ts";
import { heldBy, listeningInodes } from "../socket/tcp_table.ts";

/** A probe that more than the child can answer. */
export type SharedProbe = Exclude<Probe, { kind: "file" }>;

/** Why the yes does not count. */
export const NOT_ITS_SOCKET =
  "somebody answers, but no process of the child listens there";
export const INHERITED =
  "somebody answers, but on a socket that was open before the child was started";
export const NOBODY_LISTENS = "somebody answered who does not listen any more";

/** The answers to one child's probe. */
export class AnswerOrigin {
  readonly #probe: SharedProbe;
  readonly #target: Target | undefined;
  /** What listened at the address before the start; undefined where that cannot be seen. */
  #before: ReadonlySet<string> | undefined;
  /** Undefined until there is a child. */
  #leader: number | undefined;

  constructor(probe: SharedProbe, target: Target | undefined) {
    this.#probe = probe;
    this.#target = target;
    this.#before = this.#listeners();
  }

  /** Notes what listens at the address; call it right before the child is started. */
  noteListeners(): void {
    this.#before = this.#listeners();
  }

  /** Whether the sockets tell who answers, so that the probe need not be asked before the start. */
  get isSeen(): boolean {
    return this.#before !== undefined && this.#before.size > 0;
  }

  started(leader: number): void {
    this.#leader = leader;
  }

  /**
   * Of a yes: "own", or why it is not the child's, or "unseen" where no socket
   * tells. `alone` says that no other child of ours runs.
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
    // What has left the child's session has still come from us.
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
      // The kernel accepts connections for it, but only a program answers requests.
      return this.#probe.kind === "http" && alone ? "own" : { not: INHERITED };
    }
    // A child that has another user may hide what it has open. A socket that was
    // not there before its start is taken for the child's then.
    const isHidden = family.includes(undefined);
    return isHidden && [...now].some(isFresh) ? "own" : { not: NOT_ITS_SOCKET };
  }

  #listeners(): ReadonlySet<string> | undefined {
    return this.#target === undefined
      ? undefined
      : listeningInodes(this.#target.hosts, this.#target.port);
  }
}
