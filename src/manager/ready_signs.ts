/**
 * Looks for the sign by which each child tells that it is ready: asks, listens on
 * the notify socket, or reads its output. Several children may be on the way.
 */
import type {
  Probe,
  ReadinessRules,
  ReadySign,
} from "../core/vocabulary/settings.ts";
import {
  type NotifySocket,
  openNotifySocket,
} from "../host/ready/notify_socket.ts";
import {
  openPipeTap,
  type OutputTap,
  tapStreams,
} from "../host/process/output_tap.ts";
import type { Processes, Tapping } from "../host/process/processes.ts";
import { Hearing, SignWatch } from "../host/ready/sign_watch.ts";
import { within } from "../host/base/time_limit.ts";

/** An attempt of a probe may take this long. */
export const PROBE_TIMEOUT_MS = 5_000;
/** Closing a tap waits for a write to our own stdout, which its reader may never take. */
const RELEASE_MS = 100;

export interface SignOptions {
  readonly rules: ReadinessRules;
  readonly processes: Processes;
  readonly onReady: (run: number) => void;
  /** The sign was not there when it was asked for with `askNow`. */
  readonly onNotReady: (run: number) => void;
  /** An answer that was no, when it is another one than before. */
  readonly onNotYet: (run: number, why: string) => void;
}

/** The signs of all children. */
export class ReadySigns {
  readonly #options: SignOptions;
  #notify: NotifySocket | undefined;
  readonly #watches = new Map<number, SignWatch>();
  /** Of children whose output is the sign. */
  readonly #hearings = new Map<number, Hearing>();
  readonly #taps = new Set<OutputTap>();

  constructor(options: SignOptions) {
    this.#options = options;
  }

  /** Opens what every child is told of. Throws an Error with one line. */
  open(): void {
    if (this.#options.rules.sign?.kind !== "notify") return;
    const directory = Deno.env.get("TMPDIR") || "/tmp";
    const onReady = () => [...this.#watches.values()].at(-1)?.notified();
    try {
      this.#notify = openNotifySocket(directory, onReady);
    } catch (cause) {
      const why = cause instanceof Error ? cause.message : String(cause);
      throw new Error(`Cannot use option --ready: ${why}`, { cause });
    }
  }

  /** What a child needs in its environment to give its sign. */
  get environment(): Record<string, string> {
    return this.#notify ? { NOTIFY_SOCKET: this.#notify.path } : {};
  }

  /**
   * Begins to look for the sign of incarnation `run`, right before its start;
   * `fill` puts in what stands for placeholders. Its output is to be tapped where
   * a way is returned.
   */
  watch(
    run: number,
    env: Record<string, string>,
    fill: (text: string) => string,
  ): Tapping | undefined {
    const { rules, processes, onReady, onNotYet } = this.#options;
    const { sign, intervalMs, threshold } = rules;
    if (sign === undefined) return undefined;
    if (sign.kind === "log") {
      this.#hearings.set(run, new Hearing());
      return this.#tapping(run, sign.pattern);
    }
    const signWatch = new SignWatch({
      sign: filled(sign, fill),
      intervalMs,
      timeoutMs: PROBE_TIMEOUT_MS,
      threshold,
      follow: (child) => processes.follow(child),
      onReady,
      onAttempt: onNotYet,
    });
    this.#watches.set(run, signWatch);
    signWatch.watch(run, env);
    return undefined;
  }

  /** Looks once more for the sign of this incarnation; `onReady` or `onNotReady` is called. */
  askNow(run: number): void {
    const { rules: { timeoutMs }, onNotReady } = this.#options;
    const ms = Math.min(PROBE_TIMEOUT_MS, timeoutMs);
    const answer = () => onNotReady(run);
    this.#watches.get(run)?.askNow(run, ms, answer);
    this.#hearings.get(run)?.askNow(ms, answer);
  }

  /** The incarnation is over: nothing more is asked about it. */
  ended(run: number): void {
    this.#watches.get(run)?.close();
    this.#watches.delete(run);
    this.#hearings.get(run)?.end();
    this.#hearings.delete(run);
  }

  /**
   * Releases all; resolves when what the children have printed is written, or
   * no more is waited for (OutputTap.finish). What is not written then is lost.
   */
  async close(): Promise<void> {
    for (const run of [...this.#watches.keys(), ...this.#hearings.keys()]) {
      this.ended(run);
    }
    const notify = this.#notify?.close();
    const taps = [...this.#taps];
    await Promise.all(taps.map((tap) => tap.finish()));
    const released = [notify, ...taps.map((tap) => tap.close())];
    await within(RELEASE_MS, Promise.all(released));
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

function filled(
  sign: Exclude<ReadySign, { kind: "log" }>,
  fill: (text: string) => string,
): Probe | { readonly kind: "notify" } {
  switch (sign.kind) {
    case "exec": {
      const [first, ...rest] = sign.argv;
      return { kind: "exec", argv: [fill(first), ...rest.map(fill)] };
    }
    case "file":
      return { kind: "file", path: fill(sign.path) };
    default:
      return sign;
  }
}
