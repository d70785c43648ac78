/**
 * The settings of a manager that does not answer: those that its command line
 * asks for in our own environment, which in a container is the manager's, with
 * what its settings file says now. The command line itself goes nowhere else.
 */
import { parseInvocation, type Resolved } from "../cli/command_line.ts";
import type { FileSettings } from "../cli/given.ts";
import { readSettingsText } from "../cli/settings_file/read_settings.ts";
import { UsageError } from "../cli/values/basic.ts";
import {
  type ClientAddress,
  DEFAULT_SOCKET,
} from "../cli/values/client_address.ts";
import type { ControlAddress, Settings } from "../core/vocabulary/settings.ts";
import { absolutePath } from "../host/base/absolute_path.ts";

export interface LocalSettings {
  readonly settings: Settings;
  readonly source: SettingsSource;
}

/** Whose settings they are. */
export type SettingsSource =
  | { readonly kind: "process"; readonly pid: number }
  /** The environment alone is known. */
  | { readonly kind: "environment"; readonly why: string };

export interface LocalWorld {
  /** The processes that run our executable. */
  readonly pids: readonly number[];
  /** Undefined where it cannot be read. */
  readonly argumentsOf: (pid: number) => readonly string[] | undefined;
  /** The working directory of a process; undefined where it cannot be seen. */
  readonly directoryOf: (pid: number) => string | undefined;
  readonly environment: (name: string) => string | undefined;
  /** Throws a UsageError that shows nothing of the text. */
  readonly settingsText: (path: string) => string;
}

/** A manager, and why its settings file cannot be used where it has one. */
type Manager =
  | { readonly pid: number; readonly settings: Settings }
  | { readonly pid: number; readonly fault: UsageError };

/**
 * Of several managers, the one that has the address; of one, that one. Throws a
 * UsageError where the settings file of that one cannot be used, or where the
 * environment alone is left and cannot be used.
 */
export function localSettings(
  address: ClientAddress,
  world: LocalWorld,
): LocalSettings {
  const managers = world.pids.flatMap((pid) => managerOf(pid, world));
  const addressed = managers.filter((manager) =>
    "settings" in manager &&
    manager.settings.control.addresses.some((each) => isAt(each, address))
  );
  const [first, ...others] = addressed.length > 0 ? addressed : managers;
  if (first !== undefined && others.length === 0) {
    if ("fault" in first) throw first.fault;
    const { pid, settings } = first;
    return { settings, source: { kind: "process", pid } };
  }
  const settings = settingsBy(["--"], undefined, world);
  if (settings === undefined) throw new Error("no settings");
  const why = first === undefined
    ? "no manager was found"
    : addressed.length === 0
    ? "several managers were found, and none has this address by its options"
    : "several managers have this address by their options";
  return { settings, source: { kind: "environment", why } };
}

/** Empty for a process that is no manager, as one that asks another. */
function managerOf(pid: number, world: LocalWorld): Manager[] {
  const args = world.argumentsOf(pid);
  const manager = args === undefined ? undefined : askedBy(args, pid, world);
  // It may have ended meanwhile: then its working directory could not be seen.
  const isThere = world.argumentsOf(pid) !== undefined;
  return manager !== undefined && isThere ? [manager] : [];
}

function askedBy(
  args: readonly string[],
  pid: number,
  world: LocalWorld,
): Manager | undefined {
  try {
    const settings = settingsBy(args, pid, world);
    return settings && { pid, settings };
  } catch (error) {
    // Otherwise its options cannot be used, since its environment is not ours.
    return error instanceof FileFault ? { pid, fault: error } : undefined;
  }
}

/** A settings file that cannot be read or used. */
class FileFault extends UsageError {}

/**
 * Undefined where these words do not ask for a manager. `pid` is whose words they
 * are, and undefined if they are ours.
 */
function settingsBy(
  args: readonly string[],
  pid: number | undefined,
  world: LocalWorld,
): Settings | undefined {
  const invocation = parseInvocation(args, world.environment);
  const asked = invocation.kind === "settingsFile"
    ? resolved(
      absolutePath(
        invocation.path,
        pid === undefined ? undefined : world.directoryOf(pid),
      ),
      invocation.resolve,
      world,
    )
    : invocation;
  return asked.kind === "run" ? asked.settings : undefined;
}

/**
 * What is asked for with what the file says. Throws a FileFault, which does not
 * say what is wrong in the text: variables that are not known because the text
 * cannot be used could not be redacted.
 */
function resolved(
  path: string,
  resolve: (file: FileSettings) => Resolved,
  { settingsText }: LocalWorld,
): Resolved {
  const text = orFault(() => settingsText(path), ({ message }) => message);
  return orFault(
    () => resolve(readSettingsText(path, text)),
    () =>
      `Cannot use settings file ${path}: flush-manager check --settings ${path} says why`,
  );
}

function orFault<T>(task: () => T, why: (error: UsageError) => string): T {
  try {
    return task();
  } catch (error) {
    throw error instanceof UsageError ? new FileFault(why(error)) : error;
  }
}

function isAt(control: ControlAddress, address: ClientAddress): boolean {
  if (control.kind === "tcp") {
    return address.kind === "tcp" && address.port === control.port;
  }
  const path = control.kind === "auto" ? DEFAULT_SOCKET : control.path;
  return address.kind === "unix" && address.path === path;
}
