/**
 * The part of the real system that the options of safe reloads decide. Owns what
 * the manager asks of it, and the answer of a manager without any such option.
 */
import type { Host } from "./loop.ts";
import { expand } from "../core/notation/placeholders.ts";
import type { Occasion } from "../core/vocabulary/effect.ts";
import type { Settings } from "../core/vocabulary/settings.ts";
import { absolutePath } from "../host/base/absolute_path.ts";
import { childEnvironment } from "../host/environment/child_env.ts";
import type { MaybeAsync } from "../host/base/maybe_async.ts";
import type { Incarnation } from "../host/process/child.ts";

export interface ReloadSystem extends
  Pick<
    Host,
    | "vet"
    | "capture"
    | "act"
    | "cancel"
    | "activate"
    | "keep"
    | "askSign"
    | "awaitDependencies"
    | "askDependencies"
  > {
  /**
   * What an incarnation is started as; called right before its start, which is to
   * follow at once. Waits where something has to be found out before the start.
   * Throws a StartRefused where trying again would not help, a StartHindered where
   * it may, a CopyLost, and a StartWithdrawn after `cancel`.
   */
  readonly incarnation: (
    run: number,
    occasion: Occasion,
  ) => MaybeAsync<Incarnation>;
  /** The child of this incarnation is this process. */
  readonly started: (run: number, pid: number) => void;
  /** The child of this incarnation has ended, or could not be started. */
  readonly ended: (run: number) => void;
  /** Releases everything; resolves when all that the child has printed is written. */
  readonly close: () => Promise<void>;
}

/** A start that must not be; the message is one line for the user. */
export class StartRefused extends Error {}

/** A start that cannot be now, but may be later; the message is one line for the user. */
export class StartHindered extends Error {}

/** A start that was given up after `cancel`. */
export class StartWithdrawn extends Error {}

/** The saved content that a child was to run on is not there; the message is one line for the user. */
export class CopyLost extends Error {}

/** Whether any option of safe reloads is given. */
export function usesSafeReloads(settings: Settings): boolean {
  const { check, snapshotDir, onChange, ready, configs, strategy } = settings;
  return check.command !== undefined || snapshotDir !== undefined ||
    onChange.kind !== "restart" || ready.sign !== undefined ||
    strategy !== "stop-start" ||
    configs.some(({ action }) => action !== undefined) ||
    settings.listen.length > 0 || settings.env.size > 0 ||
    settings.environmentSources.length > 0 || settings.waitFor.length > 0;
}

/** For a manager that only starts, watches and restarts: the core asks it for nothing else. */
export function withoutSafeReloads(settings: Settings): ReloadSystem {
  const { command, args, compare, configs, workdir } = settings;
  const config = configs.map(({ path }) => absolutePath(path));
  return {
    // deno-lint-ignore require-yield -- there is nothing to wait for
    *incarnation(run, occasion) {
      return {
        argv: [
          command,
          ...args.map((arg) => expand(arg, { config, listen: [], run })),
        ],
        env: {
          ...placeVariables(workdir),
          ...childEnvironment(occasion, compare),
        },
      };
    },
    cancel: () => {},
    started: () => {},
    ended: () => {},
    close: () => Promise.resolve(),
    vet: refuse,
    capture: refuse,
    act: refuse,
    activate: refuse,
    keep: refuse,
    askSign: refuse,
    awaitDependencies: refuse,
    askDependencies: refuse,
  };
}

function refuse(): never {
  throw new Error("No option of safe reloads is given");
}

/** What a program in this directory has as PWD, which a shell believes. */
export const placeVariables = (
  workdir: string | undefined,
): Record<string, string> => workdir === undefined ? {} : { PWD: workdir };
