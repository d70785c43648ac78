/**
 * Looks for the sign by which each child tells that it is ready: asks a probe,
 * listens on the notify socket, or reads the child's output. Several children
 * may be starting at once.
 */
import type { ReadinessRules } from "../core/vocabulary/settings.ts";
import {
  type NotifySocket,
  NotifySockets,
  type Sender,
  Unavailable,
} from "../host/ready/notify_socket.ts";
import {
  openPipeTap,
  type OutputTap,
  tapStreams,
} from "../host/process/output_tap.ts";
import type { Processes, Tapping } from "../host/process/processes.ts";
import { belongsTo, userOf } from "../host/process/family.ts";
import { Hearing, SignWatch } from "../host/ready/sign_watch.ts";
import { within } from "../host/base/time_limit.ts";
import { filledProbe } from "./filled_probe.ts";
import { StartHindered } from "./reload_system.ts";

/** An attempt of a probe may take this long. */
export const PROBE_TIMEOUT_MS = 5_000;
/**
 * `close` waits this long for the release of taps and sockets: closing a tap
 * waits for a write to our own stdout, whose reader may never read again.
 */
const RELEASE_MS = 100;

export interface SignOptions {
  readonly rules: ReadinessRules;
  /** The directory in which children run; the manager's own if undefined. */
  readonly workdir: string | undefined;
  readonly processes: Processes;
  readonly onReady: (run: number) => void;
  /** The sign was not found by `askNow`. */
  readonly onNotReady: (run: number) => void;
  /** Gets a negative answer, if its text differs from the one before. */
  readonly onNotYet: (run: number, why: string) => void;
  /**
   * The sign existed before the child was started, and does not count for it.
   */
  readonly onRefused: () => void;
}

/** What is open for one incarnation. */
interface Child {
  pid: number | undefined;
  readonly notify: NotifySocket | undefined;
  watch: SignWatch | undefined;
  /** Used for a sign that the child sends by itself (`log` and `notify`). */
  readonly hearing: Hearing;
}

/** The signs of all children. */
export class ReadySigns {
  readonly #options: SignOptions;
  #sockets: NotifySockets | undefined;
  /**
   * The children that may be running, from before their start until their end.
   */
  readonly #children = new Map<number, Child>();
  readonly #taps = new Set<OutputTap>();

  constructor(options: SignOptions) {
    this.#options = options;
  }

  /**
   * Finds out whether notify sockets can be opened. Throws an Error with one
   * line for the user if not.
   */
  open(): void {
    if (this.#options.rules.sign?.kind !== "notify") return;
    try {
      this.#sockets = new NotifySockets(Deno.env.get("TMPDIR") || "/tmp");
      const hearing = { isTrusted: () => false, onReady: () => {} };
      void this.#sockets.open(hearing).close();
    } catch (cause) {
      this.#sockets?.close();
      const why = cause instanceof Error ? cause.message : String(cause);
      throw new Error(`Cannot use option --ready: ${why}`, { cause });
    }
  }

  /**
   * Opens what incarnation `run` needs to give its sign, and returns the
   * variables that tell the child about it. Throws a StartHindered if it cannot
   * be opened.
   */
  admit(run: number): Record<string, string> {
    this.ended(run);
    const notify = this.#notifySocket(run);
    this.#children.set(run, {
      pid: undefined,
      notify,
      watch: undefined,
      hearing: new Hearing(),
    });
    return notify === undefined ? {} : { NOTIFY_SOCKET: notify.path };
  }

  #notifySocket(run: number): NotifySocket | undefined {
    const { onReady, onNotYet } = this.#options;
    try {
      return this.#sockets?.open({
        isTrusted: (sender) => this.#isOwn(run, sender),
        onReady: () => onReady(run),
        onStranger: ({ pid }) =>
          onNotYet(run, `READY=1 from process ${pid}, a stranger`),
      });
    } catch (error) {
      if (!(error instanceof Unavailable)) throw error;
      throw new StartHindered(error.message, { cause: error });
    }
  }

  /**
   * Finds out what already answers before incarnation `run` is started;
   * undefined if this sign needs no such question. `fill` fills in
   * placeholders. Resolves within a second, or when `signal` is aborted.
   */
  prepare(
    run: number,
    env: Record<string, string>,
    fill: (text: string) => string,
    signal: AbortSignal,
  ): Promise<void> | undefined {
    const { rules, processes, workdir } = this.#options;
    const { sign, intervalMs, threshold } = rules;
    const child = this.#children.get(run);
    if (sign === undefined || child === undefined) return undefined;
    if (sign.kind === "log" || sign.kind === "notify") return undefined;
    child.watch = new SignWatch({
      sign: filledProbe(sign, env, fill),
      intervalMs,
      timeoutMs: PROBE_TIMEOUT_MS,
      threshold,
      follow: (process) => processes.follow(process),
      workdir,
      onReady: this.#options.onReady,
      onAttempt: this.#options.onNotYet,
      onRefused: this.#options.onRefused,
      isAlone: () => this.#children.size === 1,
    });
    // A file is looked at by `watch`, in the turn of the event loop that starts
    // the child.
    return sign.kind === "file"
      ? undefined
      : child.watch.prepare(run, env, signal);
  }

  /**
   * Begins to look for the sign of incarnation `run`. Call it right before the
   * child's start and in the same turn of the event loop. If it returns a
   * Tapping, the child's output must be tapped that way.
   */
  watch(run: number, env: Record<string, string>): Tapping | undefined {
    const { sign } = this.#options.rules;
    this.#children.get(run)?.watch?.watch(run, env);
    return sign?.kind === "log" ? this.#tapping(run, sign.pattern) : undefined;
  }

  /** Incarnation `run` was started as process `pid`. */
  started(run: number, pid: number): void {
    const child = this.#children.get(run);
    if (child === undefined) return;
    child.pid = pid;
    child.watch?.started(run, pid);
  }

  /**
   * Looks for the sign of incarnation `run` once more; then `onReady` or
   * `onNotReady` is called.
   */
  askNow(run: number): void {
    const { rules: { timeoutMs }, onNotReady } = this.#options;
    const child = this.#children.get(run);
    const ms = Math.min(PROBE_TIMEOUT_MS, timeoutMs);
    const answer = () => onNotReady(run);
    if (child?.watch !== undefined) child.watch.askNow(run, ms, answer);
    else child?.hearing.askNow(ms, answer);
  }

  /**
   * Ends the search for the sign of incarnation `run`, which has ended. Its
   * callbacks are not called afterwards.
   */
  ended(run: number): void {
    const child = this.#children.get(run);
    this.#children.delete(run);
    child?.watch?.close();
    child?.hearing.end();
    void child?.notify?.close();
  }

  /**
   * Releases everything. Resolves when the children's output is written, or
   * when OutputTap.finish stops waiting for it; output that is not written by
   * then is lost.
   */
  async close(): Promise<void> {
    const children = [...this.#children.values()];
    for (const { watch, hearing } of children) {
      watch?.close();
      hearing.end();
    }
    const sockets = children.map(({ notify }) => notify?.close());
    this.#children.clear();
    this.#sockets?.close();
    const taps = [...this.#taps];
    await Promise.all(taps.map((tap) => tap.finish()));
    const released = [...sockets, ...taps.map((tap) => tap.close())];
    await within(RELEASE_MS, Promise.all(released));
  }

  /**
   * Whether the sender belongs to the child. A sender that has already ended is
   * not in /proc any more. It is then trusted if its user is ours or the
   * child's, because it knew the path of a socket that only the child was
   * given.
   */
  #isOwn(run: number, { pid, uid }: Sender): boolean {
    const leader = this.#children.get(run)?.pid;
    if (leader === undefined || pid === 0) return false;
    return belongsTo(leader, pid) ??
      (uid === Deno.statSync("/proc/self").uid || uid === userOf(leader));
  }

  #tapping(run: number, pattern: RegExp): Tapping {
    let tap: OutputTap | undefined;
    const onLine = (line: string) => {
      if (!pattern.test(line)) return;
      tap?.stopLines();
      this.#options.onReady(run);
    };
    const keep = (made: OutputTap) => {
      tap = made;
      this.#taps.add(made);
      void made.ended.then(() => this.#taps.delete(made));
    };
    return {
      pipes: () => {
        const pipes = openPipeTap(onLine, Deno);
        if (pipes !== undefined) keep(pipes.tap);
        return pipes;
      },
      streams: (child) => keep(tapStreams(child, onLine, Deno)),
    };
  }
}
