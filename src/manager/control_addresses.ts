/** Where the control endpoint of a manager listens; nowhere if it has none. */
import { controlAbsent } from "../core/text/manager.ts";
import type {
  ControlSettings,
  ControlSocketAddress,
} from "../core/vocabulary/settings.ts";
import { nodeFs } from "../host/base/built_in.ts";
import type { Log } from "../host/log/log.ts";

/** Where `auto` listens. The image has the directory. */
const DIRECTORY = "/run/flush-manager";
const AUTO: ControlSocketAddress = {
  kind: "unix",
  path: `${DIRECTORY}/control.sock`,
  mode: 0o600,
  group: undefined,
};

/** The addresses of the settings, with the one that `auto` stands for; without it where its directory is not there. */
export function controlAddresses(
  { addresses }: ControlSettings,
  log: Log["write"],
): readonly ControlSocketAddress[] {
  return addresses.flatMap((address): ControlSocketAddress[] => {
    if (address.kind !== "auto") return [address];
    if (isThere(DIRECTORY)) return [AUTO];
    log(controlAbsent(DIRECTORY));
    return [];
  });
}

/** Throws no error inside: the first one of a process takes 2.8 ms of CPU time, which most starts would pay. */
const isThere = (path: string): boolean => nodeFs().existsSync(path);
