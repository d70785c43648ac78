/** What a manager needs of the real system when none of the options of safe reloads is given: next to nothing. */
import type { Host } from "./loop.ts";
import { expand } from "../core/notation/placeholders.ts";
import type { Settings } from "../core/vocabulary/settings.ts";
import type { Incarnation } from "../host/process/child.ts";
import { childEnvironment } from "../host/environment/child_env.ts";
import type { Occasion } from "../core/vocabulary/effect.ts";

/** The part of the host that the options of safe reloads decide. */
export interface Provisions extends
  Pick<
    Host,
    "vet" | "act" | "cancel" | "activate" | "keep" | "awaitDependencies"
  > {
  /**
   * What an incarnation is started as; called right before its start. Throws a
   * StartRefused where trying again would not help, any other Error where it may.
   */
  readonly incarnation: (run: number, occasion: Occasion) => Incarnation;
  /** The child of this incarnation has ended, or could not be started. */
  readonly ended: (run: number) => void;
  /** Releases everything; resolves when all that the child has printed is written. */
  readonly close: () => Promise<void>;
}

/** A start that must not be; the message is one line for the user. */
export class StartRefused extends Error {}

/** The saved content that a child was to run on is not there; the message is one line for the user. */
export class CopyLost extends Error {}

const never = () => {
  throw new Error("Nothing was provided for this effect");
};

/** For a manager that only starts, watches and restarts. */
export function plainProvisions(settings: Settings): Provisions {
  const { command, args, compare, configs, workdir } = settings;
  const config = configs.map(({ path }) => fromWorkdir(path, workdir));
  return {
    incarnation: (run, occasion) => ({
      argv: [
        command,
        ...args.map((arg) => expand(arg, { config, listen: [], run })),
      ],
      env: childEnvironment(occasion, compare),
    }),
    cancel: () => {},
    ended: () => {},
    close: () => Promise.resolve(),
    vet: never,
    act: never,
    activate: never,
    keep: never,
    awaitDependencies: never,
  };
}

/** A path of ours as the child finds it, which may start in another directory. */
export const fromWorkdir = (path: string, workdir: string | undefined) =>
  workdir === undefined || path.startsWith("/")
    ? path
    : `${Deno.cwd()}/${path}`;

/** Whether `plainProvisions` will do. */
export function isPlain(settings: Settings): boolean {
  const { check, snapshotDir, onChange, ready, configs, strategy } = settings;
  return check.command === undefined && snapshotDir === undefined &&
    onChange.kind === "restart" && ready.sign === undefined &&
    strategy === "stop-start" &&
    configs.every(({ action }) => action === undefined) &&
    settings.listen.length === 0 && settings.env.size === 0 &&
    settings.environmentSources.length === 0 && settings.waitFor.length === 0;
}
