/**
 * The settings of a manager that does not answer: those that its command line
 * asks for in our own environment, which in a container is the manager's. The
 * command line itself goes nowhere else.
 */
import { parseInvocation } from "../cli/command_line.ts";
import {
  type ClientAddress,
  DEFAULT_SOCKET,
} from "../cli/values/client_address.ts";
import type { ControlAddress, Settings } from "../core/vocabulary/settings.ts";

export interface LocalSettings {
  readonly settings: Settings;
  /** Undefined where no manager was found, and the environment alone is known. */
  readonly pid: number | undefined;
}

export interface LocalWorld {
  /** The processes that run our executable. */
  readonly pids: readonly number[];
  /** Undefined where it cannot be read. */
  readonly argumentsOf: (pid: number) => readonly string[] | undefined;
  readonly environment: (name: string) => string | undefined;
}

/**
 * Of several managers, the one that has the address; of one, that one. Throws a
 * UsageError where the environment alone is left and cannot be used.
 */
export function localSettings(
  address: ClientAddress,
  world: LocalWorld,
): LocalSettings {
  const { pids, argumentsOf, environment } = world;
  const managers = pids.flatMap((pid) => {
    const settings = settingsOf(argumentsOf(pid), environment);
    return settings === undefined ? [] : [{ pid, settings }];
  });
  const addressed = managers.filter(({ settings: { control } }) =>
    control.addresses.some((each) => isAt(each, address))
  );
  const [first, ...others] = addressed.length > 0 ? addressed : managers;
  if (first !== undefined && others.length === 0) return first;
  const invocation = parseInvocation(["--"], environment);
  if (invocation.kind !== "run") throw new Error("no settings");
  return { settings: invocation.settings, pid: undefined };
}

/** Undefined for a process that is no manager, as one that asks another. */
function settingsOf(
  args: readonly string[] | undefined,
  environment: LocalWorld["environment"],
): Settings | undefined {
  if (args === undefined) return undefined;
  try {
    const invocation = parseInvocation(args, environment);
    return invocation.kind === "run" ? invocation.settings : undefined;
  } catch {
    // Its environment is not ours.
    return undefined;
  }
}

function isAt(control: ControlAddress, address: ClientAddress): boolean {
  if (control.kind === "tcp") {
    return address.kind === "tcp" && address.port === control.port;
  }
  const path = control.kind === "auto" ? DEFAULT_SOCKET : control.path;
  return address.kind === "unix" && address.path === path;
}
