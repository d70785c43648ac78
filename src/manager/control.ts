/** Opens the control endpoint of a manager. Not loaded where there is none. */
import { controlUnavailable } from "../core/text/manager.ts";
import type { Command } from "../core/vocabulary/command.ts";
import type { Finding } from "../core/vocabulary/finding.ts";
import type { Model } from "../core/vocabulary/model.ts";
import type {
  ControlSocketAddress,
  Settings,
} from "../core/vocabulary/settings.ts";
import type { Log } from "../host/log/log.ts";
import type { Processes } from "../host/process/processes.ts";
import type { Reaper } from "../host/process/reaper.ts";
import type { Watcher } from "../host/watch/watcher.ts";
import type { Recorder } from "../control/journal/recorder.ts";
import type { Fleet } from "../fleet/slots/fleet.ts";
import { type ControlEndpoint, openControl } from "../control/open_control.ts";
import { filledProbe, type Variables } from "./reloads/filled_probe.ts";
import { placeVariables } from "./reloads/reload_system.ts";
import { VERSION } from "./version.ts";

/** What the control endpoint tells of and steers. */
export interface Controlled {
  readonly settings: Settings;
  /** The same, with what a changed settings file has changed. */
  readonly current: () => Settings;
  readonly log: Log;
  readonly reaper: Reaper;
  readonly processes: Processes;
  readonly model: () => Model;
  readonly dispatch: (command: Command) => void;
  /** Of what follows the reloads. */
  readonly recorder: Recorder;
  /** Undefined until it is made. */
  readonly watcher: () => Watcher | undefined;
  readonly snapshotFault: () => string | undefined;
  /** Of the latest child. */
  readonly variables: () => Variables;
  readonly fleet: Fleet | undefined;
  /** What `flush-manager check` says of the settings. */
  readonly check: () => Promise<readonly Finding[]>;
}

/**
 * Opens the endpoint. Rejects with one line for the user if an address that he
 * named cannot be used. One that he did not name is only reported, and the
 * manager does without: undefined.
 */
export async function openControlFor(
  addresses: readonly ControlSocketAddress[],
  controlled: Controlled,
): Promise<ControlEndpoint | undefined> {
  const { log, model, dispatch, settings } = controlled;
  const { control } = settings;
  try {
    return await openControl({
      addresses,
      certificate: control.certificate,
      tokenFile: control.tokenFile,
      hosts: control.hosts,
      healthChecks: {
        checks: control.healthChecks,
        intervalMs: control.healthIntervalMs,
        timeoutMs: control.healthTimeoutMs,
        env: placeVariables(settings.workdir),
        workdir: settings.workdir,
        follow: (child) => controlled.processes.follow(child),
        fill: (probe) => filledProbe(probe, controlled.variables()),
      },
      settings: controlled.current,
      fleet: controlled.fleet,
      recorder: controlled.recorder,
      facts: {
        version: VERSION,
        command: [settings.command, ...settings.args],
        logLevel: log.level,
        log,
        reaper: controlled.reaper,
        watcher: controlled.watcher,
        snapshotFault: controlled.snapshotFault,
      },
      model,
      dispatch,
      setLogLevel: log.setLevel,
      log: log.write,
      check: controlled.check,
    });
  } catch (error) {
    if (control.addresses.some(({ kind }) => kind !== "auto")) throw error;
    const why = error instanceof Error ? error.message : String(error);
    log.write(controlUnavailable(why));
    return undefined;
  }
}
