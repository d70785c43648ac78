/**
 * Opens the control endpoint of one manager: keeps its journal from the steps of
 * the core, and answers those who ask. Decides nothing about the child: a command
 * becomes an event of the core.
 */
import { describeAddress } from "../core/notation/describe.ts";
import * as lines from "../core/text/control.ts";
import type { Message } from "../core/vocabulary/message.ts";
import type { Model } from "../core/vocabulary/model.ts";
import type { LogLevel } from "../core/vocabulary/settings.ts";
import type { TakenStep } from "../core/vocabulary/taken_step.ts";
import { refusal } from "../host/socket/refusal.ts";
import { type ControlAddress, isLoopback } from "./server/address.ts";
import type { CertificateFiles } from "./server/certificate.ts";
import type { Control, Outcome } from "./server/control.ts";
import { type EventKind, EventLog } from "./server/event_log.ts";
import { LIMITS, type Limits } from "./server/limits.ts";
import { routesOf } from "./server/routes.ts";
import { Server } from "./server/server.ts";
import { endedSince, transitionsOf } from "./server/transitions.ts";
import type { Command } from "./vocabulary/command.ts";
import type { Journal, ReloadRecord } from "./vocabulary/journal.ts";

/** A command that the core takes. */
export type CoreCommand = Exclude<Command, { kind: "logLevel" }>;

/** What is told of a manager, made from its journal and its model. */
export interface Reports extends
  Pick<
    Control,
    "health" | "liveness" | "metrics" | "readiness" | "shownReload" | "status"
  > {
  /** A hold as /status shows it; null if there is none. */
  readonly shownHold: () => unknown;
  /** The journal after one more step, `at` milliseconds since the epoch. */
  readonly record: (taken: TakenStep, at: number) => Journal;
  readonly journal: () => Journal;
}

export interface ControlOptions {
  /** Not empty. */
  readonly addresses: readonly ControlAddress[];
  readonly certificate: CertificateFiles | undefined;
  readonly tokenFile: string | undefined;
  /** Names under which clients may reach a TCP address, besides the loopback's and IP addresses. */
  readonly hosts: readonly string[];
  readonly reports: Reports;
  readonly model: () => Model;
  /** Why the core cannot take the command now; undefined if it can. */
  readonly objectionTo: (
    model: Model,
    command: CoreCommand,
  ) => { readonly code: string; readonly why: string } | undefined;
  readonly dispatch: (command: CoreCommand) => void;
  readonly setLogLevel: (level: LogLevel) => void;
  readonly log: (message: Message) => void;
  readonly limits?: Limits;
}

/** An open control endpoint. */
export interface ControlEndpoint {
  /** Where port 0 was asked for, those that were chosen. */
  readonly ports: readonly number[];
  readonly onStep: (taken: TakenStep) => void;
  readonly onLine: (message: Message) => void;
  /** Removes its sockets and lets its clients go, in a tenth of a second at most. */
  readonly close: () => Promise<void>;
}

/** Rejects with an Error whose message is one line for the user, and leaves nothing open. */
export function openControl(
  options: ControlOptions,
): Promise<ControlEndpoint> {
  return Promise.try(() => new Endpoint(options));
}

class Endpoint implements ControlEndpoint {
  readonly #options: ControlOptions;
  readonly #events: EventLog;
  readonly #server: Server;
  readonly #waiting = new Map<
    number,
    PromiseWithResolvers<ReloadRecord | undefined>
  >();
  #isTokenUsable = true;
  #hasFailed = false;

  constructor(options: ControlOptions) {
    this.#options = options;
    const { addresses, certificate, tokenFile, hosts, log } = options;
    const limits = options.limits ?? LIMITS;
    for (const address of addresses) assertGuarded(address, tokenFile);
    this.#events = new EventLog(options.reports.journal().startedAt, limits);
    this.#server = new Server({
      addresses,
      certificate,
      limits,
      handler: routesOf(this.#control(), {
        tokenFile,
        hosts,
        onToken: (isUsable) => this.#onToken(isUsable),
      }),
      onFault: (detail) => log(lines.controlDegraded(detail)),
      onCertificate: () => log(lines.certificateRenewed()),
    });
    for (const address of addresses) {
      log(lines.controlListening(describeAddress(address)));
    }
  }

  get ports(): readonly number[] {
    return this.#server.ports;
  }

  /** A fault of ours here must not be taken for a bug of the manager, which would stop the child. */
  onStep(taken: TakenStep): void {
    try {
      this.#record(taken);
    } catch (error) {
      if (this.#hasFailed) return;
      this.#hasFailed = true;
      const detail = `what happens is not recorded as it should be: ${error}`;
      this.#options.log(lines.controlDegraded(detail));
    }
  }

  #record(taken: TakenStep): void {
    const { reports } = this.#options;
    const then = reports.journal();
    const now = reports.record(taken, Date.now());
    const shown = { reload: reports.shownReload, hold: reports.shownHold };
    for (const { kind, data } of transitionsOf(taken, then, now, shown)) {
      this.#tell(kind, data);
    }
    for (const record of endedSince(then, now)) {
      this.#waiting.get(record.id)?.resolve(record);
      this.#waiting.delete(record.id);
    }
  }

  onLine({ level, text, fields }: Message): void {
    this.#tell("log", { level, message: text, fields });
  }

  async close(): Promise<void> {
    for (const { resolve } of this.#waiting.values()) resolve(undefined);
    this.#events.close();
    await this.#server.close();
  }

  #tell(kind: EventKind, data: object): void {
    this.#events.add(kind, { time: new Date().toISOString(), ...data });
  }

  #control(): Control {
    const { reports } = this.#options;
    return {
      status: reports.status,
      health: reports.health,
      liveness: reports.liveness,
      readiness: reports.readiness,
      metrics: reports.metrics,
      shownReload: reports.shownReload,
      command: (command) => this.#take(command),
      reloadEnded: (id) => this.#whenEnded(id),
      events: this.#events,
    };
  }

  #take(command: Command): Outcome {
    const { objectionTo, dispatch, setLogLevel, model, reports } =
      this.#options;
    if (command.kind === "logLevel") {
      setLogLevel(command.level);
      return { kind: "taken" };
    }
    const objection = objectionTo(model(), command);
    if (objection !== undefined) {
      const { code, why } = objection;
      return {
        kind: "objection",
        code,
        why: `${CANNOT[command.kind]}: ${why}`,
      };
    }
    dispatch(command);
    return command.kind === "reload"
      ? { kind: "taken", reloadId: reports.journal().lastReloadId }
      : { kind: "taken" };
  }

  #whenEnded(id: number): Promise<ReloadRecord | undefined> {
    const ended = this.#options.reports.journal().reloads
      .find((record) => record.id === id);
    if (ended !== undefined) return Promise.resolve(ended);
    const waiting = this.#waiting.get(id) ??
      Promise.withResolvers<ReloadRecord | undefined>();
    this.#waiting.set(id, waiting);
    return waiting.promise;
  }

  /** Told when it becomes so, not for each request. */
  #onToken(isUsable: boolean): void {
    const { log, tokenFile } = this.#options;
    if (isUsable === this.#isTokenUsable || tokenFile === undefined) return;
    this.#isTokenUsable = isUsable;
    log(
      isUsable ? lines.tokenUsable(tokenFile) : lines.tokenUnusable(tokenFile),
    );
  }
}

const CANNOT: Readonly<Record<CoreCommand["kind"], string>> = {
  reload: "Cannot reload",
  hold: "Cannot hold",
  resume: "Cannot resume",
  stopChild: "Cannot stop the child",
  startChild: "Cannot start the child",
};

/** What everybody on the network could tell the manager. */
function assertGuarded(
  address: ControlAddress,
  tokenFile: string | undefined,
): void {
  if (address.kind === "unix" || tokenFile !== undefined) return;
  if (isLoopback(address.host)) return;
  throw refusal(
    address,
    "a control endpoint on an address that is not a loopback needs --control-token-file",
  );
}
