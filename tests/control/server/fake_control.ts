/** A manager for the tests of the routes: answers what it is told to, and notes what it is asked for. */
import type {
  Control,
  FleetControl,
  Outcome,
  Probe,
} from "../../../src/control/routes/control.ts";
import {
  fault,
  type Finding,
  ok,
} from "../../../src/core/vocabulary/finding.ts";
import { EventLog } from "../../../src/control/routes/event_log.ts";
import type { Limits } from "../../../src/control/server/limits.ts";
import type { Command } from "../../../src/control/vocabulary/command.ts";
import type { ReloadRecord } from "../../../src/control/vocabulary/journal.ts";

const GOOD: Probe = { ok: true, text: "ok" };

export const FIRST_ID = 1_000;

export class FakeControl implements Control {
  readonly commands: Command[] = [];
  readonly events: EventLog;
  readonly ended = new Map<
    number,
    PromiseWithResolvers<ReloadRecord | undefined>
  >();
  outcome: Outcome = { kind: "taken", reloadId: 7 };
  ready: Probe = GOOD;
  readonly verbose: boolean[] = [];
  healthStatus = "ok";
  metricsBody = "up 1\n";
  readonly accepts: (string | undefined)[] = [];
  /** Thrown by the next status. */
  fault: Error | undefined;

  constructor(limits: Limits) {
    this.events = new EventLog(FIRST_ID, limits);
  }

  status = (debug: boolean) => {
    if (this.fault !== undefined) throw this.fault;
    return { state: "running", debug };
  };
  health = () => ({ status: this.healthStatus });
  liveness = (verbose: boolean) => {
    this.verbose.push(verbose);
    return GOOD;
  };
  readiness = () => this.ready;
  metrics = (accept: string | undefined) => {
    this.accepts.push(accept);
    return { contentType: "text/plain; version=0.0.4", body: this.metricsBody };
  };
  command = (command: Command) => {
    this.commands.push(command);
    return this.outcome;
  };
  reloadEnded = (id: number) => {
    const waiting = Promise.withResolvers<ReloadRecord | undefined>();
    this.ended.set(id, waiting);
    return waiting.promise;
  };
  stopped = Promise.withResolvers<boolean>();
  childStopped = () => this.stopped.promise;
  fleet: FleetControl | undefined;
  lines = () => this.events.lines();
  settings = () => ({ command: "program" });
  check = (): Promise<readonly Finding[]> =>
    this.fault === undefined
      ? Promise.resolve([ok("run: program []"), fault("no config")])
      : Promise.reject(this.fault);
  shownReload = ({ id, outcome }: ReloadRecord) => ({ id, outcome });
}

/** A reload that has ended. */
export const endedReload = (
  change: Partial<ReloadRecord> = {},
): ReloadRecord => ({
  id: 7,
  trigger: "request",
  action: "restart",
  paths: [],
  startedAt: 0,
  startedClock: 0,
  endedAt: 1,
  durationMs: 1,
  outcome: "applied",
  decided: undefined,
  detail: undefined,
  phases: [],
  downtimeMs: undefined,
  ...change,
});
