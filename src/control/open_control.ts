/**
 * Opens the control endpoint of one manager: keeps its journal from the steps of
 * the core, and answers those who ask. Decides nothing about the child: a command
 * becomes an event of the core.
 */
import { describeAddress } from "../core/notation/describe.ts";
import type { Redaction } from "../core/notation/redaction.ts";
import * as lines from "../core/text/control.ts";
import type { Finding } from "../core/vocabulary/finding.ts";
import type { Message } from "../core/vocabulary/message.ts";
import { objectionTo } from "../core/rules/objection.ts";
import type { Command as CoreCommand } from "../core/vocabulary/command.ts";
import type { Model } from "../core/vocabulary/model.ts";
import type { LogLevel, Settings } from "../core/vocabulary/settings.ts";
import type { TakenStep } from "../core/vocabulary/taken_step.ts";
import { askedByHealth, assertCaFiles } from "../host/ask/ca_file.ts";
import { descriptorLimit } from "../host/descriptor/descriptor_limit.ts";
import { refusal } from "../host/socket/refusal.ts";
import { FleetDesk } from "./fleet_desk.ts";
import type { FactSources } from "./facts/gather_facts.ts";
import {
  createHealthChecks,
  type HealthCheckOptions,
  type HealthChecks,
} from "./facts/health_checks.ts";
import type { Recorder } from "./journal/recorder.ts";
import { createReports, type Reports } from "./reports.ts";
import { isLoopback } from "../core/notation/ip_address.ts";
import type { ControlSocketAddress } from "../core/vocabulary/settings.ts";
import type { CertificateFiles } from "./server/certificate.ts";
import type { Control, Outcome } from "./routes/control.ts";
import { type EventKind, EventLog } from "./routes/event_log.ts";
import { LIMITS, type Limits } from "./server/limits.ts";
import { routesOf } from "./routes/routes.ts";
import { Server } from "./server/server.ts";
import { endedSince, transitionsOf } from "./routes/transitions.ts";
import {
  hiding,
  redactionFor,
  shownSettings,
} from "./status/shown_settings.ts";
import type { Command } from "./vocabulary/command.ts";
import type { AskedFleet } from "./vocabulary/fleet.ts";
import type { ReloadRecord } from "./vocabulary/journal.ts";

export interface ControlOptions {
  /** Not empty. */
  readonly addresses: readonly ControlSocketAddress[];
  readonly certificate: CertificateFiles | undefined;
  readonly tokenFile: string | undefined;
  /** Names under which clients may reach a TCP address, besides the loopback's and IP addresses. */
  readonly hosts: readonly string[];
  /** As they are now: some can be changed. */
  readonly settings: () => Settings;
  /** Has each step before `onStep` is called. */
  readonly recorder: Recorder;
  readonly facts: Omit<
    FactSources,
    "controlFaults" | "dependencies" | "fleet"
  >;
  /** Undefined without `--fleet`. */
  readonly fleet: AskedFleet | undefined;
  readonly healthChecks: HealthCheckOptions;
  readonly model: () => Model;
  /** Has led to all that it leads to at once when it returns. */
  readonly dispatch: (command: CoreCommand) => void;
  readonly setLogLevel: (level: LogLevel) => void;
  readonly log: (message: Message) => void;
  /** What `flush-manager check` says of the settings. */
  readonly check: () => Promise<readonly Finding[]>;
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
  readonly #reports: Reports;
  readonly #events: EventLog;
  readonly #server: Server;
  readonly #checks: HealthChecks;
  readonly #fleet: FleetDesk | undefined;
  /** Of what programs have printed. */
  readonly #hidden: Redaction;
  readonly #waiting = new Map<
    number,
    PromiseWithResolvers<ReloadRecord | undefined>
  >();
  /** A child can be asked to stop only once at a time, so one client waits for it at most. */
  #stopped: PromiseWithResolvers<boolean> | undefined;
  #isTokenUsable = true;
  #hasFailed = false;

  constructor(options: ControlOptions) {
    this.#options = options;
    const { addresses, tokenFile, log } = options;
    const limits = options.limits ?? limitsFor(addresses.length);
    for (const address of addresses) assertGuarded(address, tokenFile);
    assertCaFiles(askedByHealth(options.healthChecks.checks));
    const { settings, recorder, model, facts } = options;
    this.#hidden = hiding(settings());
    const controlFaults = () => this.#faults();
    const dependencies = () => this.#checks.results();
    this.#fleet = this.#fleetDesk();
    const fleet = () => this.#fleet?.facts();
    this.#reports = createReports({
      settings,
      recorder,
      model,
      facts: { ...facts, controlFaults, dependencies, fleet },
    });
    this.#events = new EventLog(recorder.journal.startedAt, limits);
    try {
      this.#server = this.#listen(limits);
    } catch (error) {
      this.#reports.stop();
      throw error;
    }
    this.#checks = createHealthChecks(options.healthChecks);
    for (const address of addresses) {
      log(lines.controlListening(describeAddress(address)));
    }
  }

  #listen(limits: Limits): Server {
    const { addresses, certificate, tokenFile, hosts, log } = this.#options;
    return new Server({
      addresses,
      certificate,
      limits,
      handler: routesOf(this.#control(), {
        tokenFile,
        hosts,
        onToken: (isUsable) => this.#onToken(isUsable),
        onFault: (error) =>
          log(lines.controlDegraded(`an answer could not be made: ${error}`)),
      }),
      onFault: (detail) => log(lines.controlDegraded(detail)),
      onCertificate: () => log(lines.certificateRenewed()),
    });
  }

  #fleetDesk(): FleetDesk | undefined {
    const { fleet, log, settings } = this.#options;
    const group = settings().fleet?.group;
    return fleet === undefined || group === undefined
      ? undefined
      : new FleetDesk({
        group,
        fleet,
        log,
        shown: (facts) => this.#reports.shownFleet(facts),
      });
  }

  get ports(): readonly number[] {
    return this.#server.ports;
  }

  /** A fault of ours here must not be taken for a bug of the manager, which would stop the child. */
  onStep(taken: TakenStep): void {
    this.#checks.begin();
    try {
      this.#record(taken);
    } catch (error) {
      if (this.#hasFailed) return;
      this.#hasFailed = true;
      const detail = `${NOT_RECORDED}: ${error}`;
      this.#options.log(lines.controlDegraded(detail));
    }
  }

  #record(taken: TakenStep): void {
    const reports = this.#reports;
    const { before: then, journal: now, fault } = this.#options.recorder;
    if (fault !== undefined) throw fault.error;
    reports.onEntered();
    const shown = { reload: reports.shownReload, hold: reports.shownHold };
    for (const { kind, data } of transitionsOf(taken, then, now, shown)) {
      this.#tell(kind, data);
    }
    for (const record of endedSince(then, now)) {
      this.#waiting.get(record.id)?.resolve(record);
      this.#waiting.delete(record.id);
    }
    if (taken.after.state.kind === "halted") this.#stopped?.resolve(true);
  }

  onLine({ level, event, text, fields }: Message): void {
    this.#tell("log", { level, event, message: text, fields });
  }

  async close(): Promise<void> {
    for (const { resolve } of this.#waiting.values()) resolve(undefined);
    this.#stopped?.resolve(false);
    this.#events.close();
    this.#checks.stop();
    this.#reports.stop();
    await this.#server.close();
  }

  #tell(kind: EventKind, data: object): void {
    this.#events.add(kind, { time: new Date().toISOString(), ...data });
  }

  #control(): Control {
    const reports = this.#reports;
    return {
      status: (debug) => {
        const status = reports.status(debug);
        return debug ? this.#hidden.value(status) : status;
      },
      health: reports.health,
      liveness: reports.liveness,
      readiness: reports.readiness,
      metrics: reports.metrics,
      shownReload: reports.shownReload,
      fleet: this.#fleet,
      command: (command) => this.#take(command),
      reloadEnded: (id) => this.#whenEnded(id),
      childStopped: () => this.#whenStopped(),
      events: this.#events,
      lines: () => this.#hidden.text(this.#events.lines()),
      settings: () => shownSettings(this.#options.settings()),
      check: () => this.#check(),
    };
  }

  #take(command: Command): Outcome {
    const { dispatch, setLogLevel, model } = this.#options;
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
    const { lastReloadId: lastId } = this.#options.recorder.journal;
    dispatch(command);
    const { lastReloadId: id } = this.#options.recorder.journal;
    return { kind: "taken", reloadId: id === lastId ? undefined : id };
  }

  async #check(): Promise<readonly Finding[]> {
    const { check, settings } = this.#options;
    const { text } = redactionFor(settings());
    return (await check()).map((found) => ({
      ...found,
      text: text(found.text),
    }));
  }

  #whenStopped(): Promise<boolean> {
    if (this.#options.model().state.kind === "halted") {
      return Promise.resolve(true);
    }
    this.#stopped = Promise.withResolvers<boolean>();
    return this.#stopped.promise;
  }

  #whenEnded(id: number): Promise<ReloadRecord | undefined> {
    const ended = this.#options.recorder.journal.reloads
      .find((record) => record.id === id);
    if (ended !== undefined) return Promise.resolve(ended);
    const waiting = this.#waiting.get(id) ??
      Promise.withResolvers<ReloadRecord | undefined>();
    this.#waiting.set(id, waiting);
    return waiting.promise;
  }

  #faults(): readonly string[] {
    return [
      ...this.#server.faults,
      ...(this.#isTokenUsable ? [] : ["the token file holds no token"]),
      ...(this.#hasFailed ? [NOT_RECORDED] : []),
    ];
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

const NOT_RECORDED = "what happens is not recorded as it should be";

const CANNOT: Readonly<Record<CoreCommand["kind"], string>> = {
  reload: "Cannot reload",
  hold: "Cannot hold changes",
  resume: "Cannot resume changes",
  stopChild: "Cannot stop the child",
  startChild: "Cannot start the child",
};

/** Of all descriptors, those that may be clients': the rest is for watches, copies and children. */
const CLIENTS_SHARE = 0.25;

function limitsFor(addresses: number): Limits {
  const descriptors = descriptorLimit() ?? Infinity;
  const share = Math.floor(descriptors * CLIENTS_SHARE / addresses);
  const connections = Math.min(LIMITS.connections, Math.max(1, share));
  return { ...LIMITS, connections };
}

/** What everybody on the network could tell the manager. */
function assertGuarded(
  address: ControlSocketAddress,
  tokenFile: string | undefined,
): void {
  if (address.kind === "unix" || tokenFile !== undefined) return;
  if (isLoopback(address.host)) return;
  throw refusal(
    address,
    "a control endpoint on an address that is not a loopback needs --control-token-file",
  );
}
