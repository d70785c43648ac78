/**
 * The part of the real system that depends on the options of safe reloads. Owns
 * the interface that the manager uses, and its implementation for a manager
 * without any such option.
 */
import { expand } from "../../core/notation/placeholders.ts";
import { variableUses } from "../../core/rules/variable_use.ts";
import type { Occasion } from "../../core/vocabulary/effect.ts";
import type { Ending } from "../../core/vocabulary/exit_status.ts";
import type { Fingerprint } from "../../core/vocabulary/fingerprint.ts";
import type {
  Gentle,
  Settings,
  VettingRules,
} from "../../core/vocabulary/settings.ts";
import { absolutePath } from "../../host/base/absolute_path.ts";
import { childEnvironment } from "../../host/environment/child_env.ts";
import type { MaybeAsync } from "../../host/base/maybe_async.ts";
import type { Variables } from "./filled_probe.ts";
import type { Incarnation } from "../../host/process/child.ts";

/** The effects of the core that depend on those options. */
export interface ReloadEffects {
  /** Answered by a `vetted` event. */
  readonly vet: (
    ticket: number,
    content: Fingerprint,
    previous: Fingerprint | undefined,
  ) => void;
  /** Answered by a `captured` or a `vetted` event. */
  readonly capture: (ticket: number, content: Fingerprint) => void;
  /** Answered by an `acted` event. */
  readonly act: (
    ticket: number,
    run: number,
    action: Gentle,
    occasion: Occasion,
    isFirst: boolean,
  ) => void;
  /** Answered by a `hookEnded` event, also after `cancel`. */
  readonly beforeStart: (
    ticket: number,
    run: number,
    occasion: Occasion,
  ) => void;
  /** Answered by a `hookEnded` event. */
  readonly afterExit: (ticket: number, run: number, ending: Ending) => void;
  /** Ends what `afterExit` has begun, which still gives its answer. */
  readonly endHook: (ticket: number) => void;
  /**
   * Ends the work that `vet`, `act` and `awaitDependencies` have begun, which
   * then gives no answer, a `beforeStart`, and a `spawn` that has not started
   * its child yet.
   */
  readonly cancel: () => void;
  readonly activate: (content: Fingerprint) => void;
  readonly keep: (contents: readonly Fingerprint[]) => void;
  /** Answered by a `ready` or a `notReady` event. */
  readonly askSign: (run: number) => void;
  /** Answered by a `lived` event, unless another question follows first. */
  readonly askLive: (run: number, question: number) => void;
  /** Answered by an `available` event, and by `missing` events before it. */
  readonly awaitDependencies: (ticket: number) => void;
  /** Answered by an `available` or an `unavailable` event. */
  readonly askDependencies: (ticket: number) => void;
}

export interface ReloadSystem extends ReloadEffects {
  /**
   * Returns what an incarnation is started as. Call it right before the start,
   * and start the child at once with the result. Waits if something has to be
   * found out before the start. Throws a StartRefused if another attempt would
   * not help, a StartHindered if it may help, a CopyLost if the saved content
   * is gone, and a StartWithdrawn after `cancel`.
   */
  readonly incarnation: (
    run: number,
    occasion: Occasion,
  ) => MaybeAsync<Incarnation>;
  /** Incarnation `run` was started as process `pid`. */
  readonly started: (run: number, pid: number) => void;
  /** Incarnation `run` has ended, or could not be started. */
  readonly ended: (run: number) => void;
  /** Why content could not be saved the last time; undefined if it could. */
  readonly snapshotFault: () => string | undefined;
  /** The variables of the latest child; of the next one before there was any. */
  readonly variables: () => Variables;
  /** Other rules for the next check; where there was none, there is none. */
  readonly setCheck: (check: VettingRules) => void;
  /** Releases everything; resolves when the child's output is written. */
  readonly close: () => Promise<void>;
}

/** The child must not be started; the message is one line for the user. */
export class StartRefused extends Error {}

/**
 * The child cannot be started now, but may be later; the message is one line
 * for the user.
 */
export class StartHindered extends Error {}

/** The start was given up after `cancel`. */
export class StartWithdrawn extends Error {}

/**
 * The saved content for the child is missing or damaged; the message is one
 * line for the user.
 */
export class CopyLost extends Error {}

/** Whether any option of safe reloads is given. */
export function usesSafeReloads(settings: Settings): boolean {
  const { check, snapshotDir, onChange, ready, configs, strategy } = settings;
  return check.command !== undefined || snapshotDir !== undefined ||
    onChange.kind !== "restart" || ready.sign !== undefined ||
    settings.live !== undefined ||
    strategy !== "stop-start" ||
    settings.beforeStart.command !== undefined ||
    settings.afterExit.command !== undefined ||
    configs.some(({ action }) => action !== undefined) ||
    settings.listen.length > 0 || settings.env.size > 0 ||
    settings.environmentSources.length > 0 || settings.waitFor.length > 0 ||
    variableUses(settings).length > 0;
}

/**
 * The implementation for a manager without these options. The core never asks
 * it for the effects that throw here.
 */
export function withoutSafeReloads(
  settings: Settings,
  tracing: Tracing,
): ReloadSystem {
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
          ...childEnvironment(occasion, { compare, watched: config }),
          ...traceOf(occasion, tracing),
        },
      };
    },
    cancel: () => {},
    started: () => {},
    ended: () => {},
    snapshotFault: () => undefined,
    variables: () => ({}),
    setCheck: () => {},
    close: () => Promise.resolve(),
    vet: refuse,
    capture: refuse,
    act: refuse,
    activate: refuse,
    keep: refuse,
    askSign: refuse,
    askLive: refuse,
    awaitDependencies: refuse,
    askDependencies: refuse,
    beforeStart: refuse,
    afterExit: refuse,
    endHook: refuse,
  };
}

/** Variables that tell a program which trace it is part of; none where there is none. */
export type Tracing = () => Record<string, string>;

export const untraced: Tracing = () => ({});

/** The trace that a start is part of: one for a crash is part of none. */
export const traceOf = (
  { reason }: Occasion,
  tracing: Tracing,
): Record<string, string> =>
  reason === "start" || reason === "crash" || reason === "liveness"
    ? {}
    : tracing();

function refuse(): never {
  throw new Error("No option of safe reloads is given");
}

/**
 * The variable PWD of a program that runs in `workdir`. Shells believe this
 * variable, so it must be right.
 */
export const placeVariables = (
  workdir: string | undefined,
): Record<string, string> => workdir === undefined ? {} : { PWD: workdir };
