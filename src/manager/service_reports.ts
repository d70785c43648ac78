/**
 * Reports to a service manager by the protocol of sd_notify(3): that the service is
 * ready, that it reloads and has reloaded, that it stops, and a line for
 * `systemctl status`. The journal tells what becomes of reloads.
 */
import type { Recorder } from "../control/journal/recorder.ts";
import {
  type ServiceState,
  serviceStateOf,
} from "../control/status/service_state.ts";
import {
  type Declined,
  serviceStatus,
} from "../control/status/service_status.ts";
import type { Journal } from "../control/vocabulary/journal.ts";
import { objectionTo } from "../core/rules/objection.ts";
import { asksForReload } from "../core/rules/signal_plan.ts";
import { reportsEnded, serviceTold } from "../core/text/manager.ts";
import type { Message } from "../core/vocabulary/message.ts";
import { KILL_GRACE_MS, type Policy } from "../core/vocabulary/policy.ts";
import type { TakenStep } from "../core/vocabulary/taken_step.ts";
import { monotonicUsec } from "../host/ready/service_manager.ts";

export interface ReportOptions {
  readonly policy: Policy;
  /** Has each step before `onStep` is called. */
  readonly recorder: Recorder;
  /** Sends lines to the service manager; returns whether that has worked. */
  readonly say: (lines: string) => boolean;
  readonly log: (message: Message) => void;
}

/** systemd's DefaultTimeoutStopSec: a stop within that needs no more time. */
const STOP_DEFAULT_MS = 90_000;
/** What our own end takes after that of the child, with what waits to be written and sent. */
const OWN_END_MS = 5_000;
const US_PER_MS = 1_000;

export class ServiceReports {
  readonly #options: ReportOptions;
  readonly #program: string;
  #state: ServiceState = "starting";
  #status = "";
  #declined: Declined | undefined;
  #hasFailed = false;

  constructor(options: ReportOptions) {
    const { command } = options.policy;
    this.#options = options;
    this.#program = command.slice(command.lastIndexOf("/") + 1);
  }

  /** A fault of the reports is no bug of the manager; it is logged, and nothing is reported since. */
  readonly onStep = (taken: TakenStep): void => {
    if (this.#hasFailed) return;
    try {
      this.#report(taken);
    } catch (error) {
      this.#hasFailed = true;
      this.#options.log(reportsEnded(String(error)));
    }
  };

  #report(taken: TakenStep): void {
    const { before, journal, fault } = this.#options.recorder;
    if (fault !== undefined) throw fault.error;
    this.#noteDeclined(taken, before, journal);
    const was = this.#state;
    this.#state = serviceStateOf(was, { taken, journal });
    const datagrams = this.#datagrams(was, this.#isAsked(taken));
    const status = serviceStatus(
      this.#program,
      taken.after,
      journal,
      this.#declined,
    );
    if (status !== this.#status) {
      this.#status = status;
      const last = datagrams.pop() ?? [];
      datagrams.push([...last, `STATUS=${status}`]);
    }
    const isSaid = datagrams.map((lines) => this.#options.say(lines.join("\n")))
      .every(Boolean);
    const isFirst = was === "starting" && this.#state === "ready";
    if (isFirst && isSaid) this.#options.log(serviceTold());
  }

  /** What each datagram says of the new state. */
  #datagrams(was: ServiceState, isAsked: boolean): (readonly string[])[] {
    const state = this.#state;
    const isUp = was === "ready" || was === "reloading";
    // Each signal is answered: a service manager waits for that, whatever we do already.
    const answer = isAsked && isUp && state !== "stopping" ? [reloading()] : [];
    if (state === was && (answer.length === 0 || state === "reloading")) {
      return answer;
    }
    switch (state) {
      case "starting":
        return [];
      case "ready":
        return [...answer, ["READY=1"]];
      case "reloading":
        return answer.length > 0 ? answer : [reloading()];
      case "stopping":
        return [["STOPPING=1", ...this.#moreTime()]];
    }
  }

  /** Once, with a limit of our own: when that is over too, we hang. */
  #moreTime(): string[] {
    const { drainDelayMs, stopTimeoutMs } = this.#options.policy;
    const stopMs = drainDelayMs + stopTimeoutMs + KILL_GRACE_MS + OWN_END_MS;
    return stopMs > STOP_DEFAULT_MS
      ? [`EXTEND_TIMEOUT_USEC=${stopMs * US_PER_MS}`]
      : [];
  }

  #isAsked({ event }: TakenStep): boolean {
    const { policy } = this.#options;
    return event.kind === "signal" && asksForReload(event.signal, policy);
  }

  /** Known until another reload has ended. */
  #noteDeclined(
    { event, before: model }: TakenStep,
    before: Journal,
    journal: Journal,
  ): void {
    if (before.reloads !== journal.reloads) this.#declined = undefined;
    if (event.kind !== "reload" || event.signal === undefined) return;
    const objection = objectionTo(model, event);
    this.#declined = objection === undefined
      ? undefined
      : { at: Date.now(), why: objection.why };
  }
}

function reloading(): readonly string[] {
  const usec = monotonicUsec();
  return usec === undefined
    ? ["RELOADING=1"]
    : ["RELOADING=1", `MONOTONIC_USEC=${usec}`];
}
