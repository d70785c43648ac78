/** What is known of the children of a simulated system, and what was done about them. */
import type { Occasion, Recipient } from "../../src/core/vocabulary/effect.ts";
import type { SpawnFailure } from "../../src/core/vocabulary/event.ts";
import type { ExitStatus } from "../../src/core/vocabulary/exit_status.ts";
import type { Signal } from "../../src/core/vocabulary/signals.ts";
import type { Entry } from "./disk.ts";
import type { Hang } from "./liveness.ts";

/** How one incarnation behaves. */
export interface Character {
  /** From the stop signal to the end; Infinity ignores it. */
  readonly stopMs: number;
  /** What it ends with when it stops; undefined is by the signal itself. */
  readonly stopCode: number | undefined;
  /** From SIGKILL to the end (an uninterruptible wait). */
  readonly killMs: number;
  /** When it ends by itself. */
  readonly crash:
    | { readonly afterMs: number; readonly status: ExitStatus }
    | undefined;
  /** The rest of its group: how long it outlives a stop signal; undefined is nobody. */
  readonly siblingMs: number | undefined;
  readonly spawnFailure: SpawnFailure | undefined;
  /** When somebody stops it (SIGSTOP): from then on it takes in no signal but SIGCONT and SIGKILL. */
  readonly suspendedAfterMs: number | undefined;
  /** When it answers nobody, and goes on with all else. */
  readonly hang?: Hang | undefined;
}

/** A signal, whom it was sent to, and when. */
export interface Sent {
  readonly signal: Signal;
  readonly to: Recipient;
  readonly at: number;
}

/** One started child. */
export interface Child {
  readonly run: number;
  readonly startedAt: number;
  /** The same on the manager's clock. */
  readonly startedAwake: number;
  /** When it gave its sign, whether or not the manager has heard of it. */
  signedAt: number | undefined;
  readonly reason: Occasion["reason"];
  /** What it has read last. */
  read: readonly Entry[];
  /** What an action that failed was about, until the child is told of something else. */
  doubt: string | undefined;
  /** That came and went before any look: nobody can know that the child has it. */
  unnoticed: boolean;
  readonly character: Character;
  readonly signals: Signal[];
  /** Whether it was sent the stop signal while it was alive. */
  askedToStop: boolean;
  stoppedAt: number | undefined;
  /** Signals that wait because it is suspended; undefined when it is not. */
  waiting: Sent[] | undefined;
  alive: boolean;
  siblingAlive: boolean;
  /** What the rest of its group was sent by its end. */
  restAsked: boolean;
  restKilled: boolean;
  /** Whether the manager leaves the rest of its group alone. */
  left: boolean;
  end: { readonly status: ExitStatus; readonly at: number } | undefined;
  /** Whether the manager has heard of its end. */
  endHeardAt: number | undefined;
}

/** What was done about children. */
export type Act =
  | {
    readonly kind: "vet" | "act";
    readonly key: string;
    /** Whether all of it had been read. */
    readonly isWhole: boolean;
    /** Not so where another action for the same content was carried out before it. */
    readonly isFirst: boolean;
    /** The child that is there. */
    readonly child: Child | undefined;
  }
  | {
    readonly kind: "spawn" | "stop" | "tell";
    readonly key: string;
    /** What a child was meant to have: it reads other content if that moves during its start. */
    readonly asked?: string;
    readonly child: Child;
    /** Another child that nobody has asked to stop; the manager may not have heard of its end. */
    readonly beside: Child | undefined;
  };

/** An act, when it was, and how often the paths had changed by then. */
export type Deed = Act & {
  readonly at: number;
  readonly changes: number;
  /** Whether the manager had a slot of its fleet, or had given up waiting for one. */
  readonly hasSlot: boolean;
};
