/**
 * Asks a child whether it still works (`--live`): by a probe, or by what it has
 * sent to its notify socket. Each question has one answer, which the core
 * judges.
 */
import type {
  LivenessRules,
  Settings,
} from "../../core/vocabulary/settings.ts";
import { awakeNow } from "../../host/base/clock.ts";
import { limit } from "../../host/base/time_limit.ts";
import { askOnce } from "../../host/ask/probe.ts";
import type { Processes } from "../../host/process/processes.ts";
import type { Notification } from "../../host/ready/notification.ts";
import { filledProbe } from "./filled_probe.ts";
import type { Happening } from "../../core/vocabulary/event.ts";

export interface LivenessOptions {
  readonly rules: LivenessRules;
  readonly workdir: Settings["workdir"];
  readonly processes: Processes;
  readonly dispatch: (happening: Happening) => void;
}

const USEC_PER_MS = 1_000;

/** A child that is or will be asked. */
interface Child {
  /** The variables of the child, for a probe that is a program. */
  readonly env: Record<string, string>;
  readonly fill: (text: string) => string;
  /** When it last sent WATCHDOG=1. */
  heardAt: number | undefined;
  /** Whether that is the answer to an earlier question. */
  isAnswered: boolean;
  /** A process outside of its family that has sent WATCHDOG=1. */
  stranger: number | undefined;
  /** The question that waits for an answer. */
  question: Question | undefined;
}

interface Question {
  readonly heard: () => void;
  readonly end: () => void;
}

/** The questions to all children of a manager with `--live`. */
export class LivenessQuestions {
  readonly #options: LivenessOptions;
  readonly #children = new Map<number, Child>();

  constructor(options: LivenessOptions) {
    this.#options = options;
    // What we have inherited names another process, and would switch the
    // watchdog off.
    if (options.rules.sign.kind === "notify") Deno.env.delete("WATCHDOG_PID");
  }

  /**
   * Incarnation `run` is to be started with these variables; returns those that
   * tell it of its watchdog. WATCHDOG_PID is not among them: the number of a
   * process is not known before it runs, and without that variable the watchdog
   * is for whoever has been given its interval (sd_watchdog_enabled(3)).
   */
  admit(
    run: number,
    env: Record<string, string>,
    fill: (text: string) => string,
  ): Record<string, string> {
    this.ended(run);
    this.#children.set(run, {
      env,
      fill,
      heardAt: undefined,
      isAnswered: true,
      stranger: undefined,
      question: undefined,
    });
    const { sign, intervalMs } = this.#options.rules;
    return sign.kind === "notify"
      ? { WATCHDOG_USEC: String(intervalMs * USEC_PER_MS) }
      : {};
  }

  /** Begins a question in place of an earlier one; answers with `lived`. */
  ask(run: number, question: number): void {
    const child = this.#children.get(run);
    if (child === undefined) return;
    child.question?.end();
    const { sign } = this.#options.rules;
    if (sign.kind === "notify") return this.#listen(run, question, child);
    const probe = filledProbe(sign, child.env, child.fill);
    void this.#probe(run, question, child, probe);
  }

  /** The child, or a process of its family, has said this. */
  heard(run: number, { watchdog, watchdogMs }: Notification): void {
    const child = this.#children.get(run);
    const { rules: { sign }, dispatch } = this.#options;
    if (child === undefined || sign.kind !== "notify") return;
    if (watchdogMs !== undefined) {
      child.question?.end();
      const everyMs = watchdogMs === Infinity ? undefined : watchdogMs;
      dispatch({ kind: "liveInterval", run, everyMs });
    }
    if (watchdog === "trigger") dispatch({ kind: "liveTriggered", run });
    if (watchdog !== "alive") return;
    child.heardAt = awakeNow();
    child.isAnswered = false;
    child.question?.heard();
  }

  /** Process `pid`, which does not belong to the child, has said this. */
  strange(run: number, { watchdog }: Notification, pid: number): void {
    const child = this.#children.get(run);
    if (watchdog === "alive" && child !== undefined) child.stranger = pid;
  }

  /** Incarnation `run` has ended: nothing more is asked about it. */
  ended(run: number): void {
    this.#children.get(run)?.question?.end();
    this.#children.delete(run);
  }

  /** Ends all questions. */
  close(): void {
    for (const run of [...this.#children.keys()]) this.ended(run);
  }

  /**
   * A sign of life since the last question is an answer. Else one is waited
   * for: after a time in which we did not run, the child has to be given time in
   * which we do.
   */
  #listen(run: number, question: number, child: Child): void {
    const { rules: { timeoutMs }, dispatch } = this.#options;
    const answer = (why: string | undefined) => {
      child.question?.end();
      child.isAnswered = true;
      const { heardAt } = child;
      dispatch({ kind: "lived", run, question, why, heardAt });
    };
    if (!child.isAnswered) return answer(undefined);
    const end = limit(timeoutMs, () => answer(silence(child)));
    child.question = {
      heard: () => answer(undefined),
      end: () => {
        end();
        child.question = undefined;
      },
    };
  }

  async #probe(
    run: number,
    question: number,
    child: Child,
    probe: Parameters<typeof askOnce>[0],
  ): Promise<void> {
    const { rules: { timeoutMs }, workdir, processes, dispatch } =
      this.#options;
    const end = new AbortController();
    const asked: Question = { heard: () => {}, end: () => end.abort() };
    child.question = asked;
    const why = await askOnce(probe, {
      env: child.env,
      workdir,
      timeoutMs,
      signal: end.signal,
      follow: (process) => processes.follow(process),
    });
    if (end.signal.aborted) return;
    child.question = undefined;
    dispatch({ kind: "lived", run, question, why, heardAt: undefined });
  }
}

const silence = ({ stranger }: Child): string =>
  stranger === undefined
    ? "no WATCHDOG=1"
    : `WATCHDOG=1 came from process ${stranger}, a stranger`;
