/** Opens what a manager asks of its fleet. Slots that are Leases are not asked for before its first reload. */
import type { FleetRules } from "../core/vocabulary/settings.ts";
import * as texts from "../core/text/fleet.ts";
import type { Message } from "../core/vocabulary/message.ts";
import { errorText } from "../host/socket/refusal.ts";
import { type Cluster, openCluster } from "../kubernetes/cluster.ts";
import { DirectoryStore } from "./directory/directory_store.ts";
import type { Fleet, FleetOptions } from "./slots/fleet.ts";
import { memberFault, openLeaseStore } from "./leases/open_lease_store.ts";
import { SlotSeeker } from "./seeker/slot_seeker.ts";
import { type SlotStore, StoreUnreachable } from "./slots/slot_store.ts";

/** Throws an Error with one line for the user if no slots can be kept where they are to be. */
export function openFleet(
  options: FleetOptions,
  log: (message: Message) => void,
): Fleet {
  try {
    return new SlotSeeker({
      ...options,
      store: openStore(options.rules, log),
      onUntold: (detail) => log(texts.untold(detail)),
      onNotShown: (detail) => log(texts.notShown(detail)),
      onOtherLimit: (name, limit) =>
        log(texts.limitsDiffer(options.rules.limit, name, limit)),
    });
  } catch (error) {
    if (!(error instanceof StoreUnreachable)) throw error;
    const [first, ...rest] = error.message;
    throw new Error(first.toUpperCase() + rest.join(""));
  }
}

function openStore(
  rules: FleetRules,
  log: (message: Message) => void,
): SlotStore {
  const { directory, group, limit } = rules;
  if (directory === undefined) {
    return openLeaseStore(openClusterFor(group), rules);
  }
  return new DirectoryStore({
    directory,
    group,
    limit,
    // On one host, managers differ by their processes.
    name: `${Deno.hostname()}:${Deno.pid}`,
    onDamaged: (path) => log(texts.fileDamaged(path)),
  });
}

function openClusterFor(group: string): Cluster {
  try {
    return openCluster({ variable: (name) => Deno.env.get(name) });
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new Error(
      `Cannot use --fleet ${group}: ${why}; outside of a pod, name a --fleet-dir`,
    );
  }
}

/** Why no fleet can be asked from here, as far as that can be seen without writing anything; undefined if nothing is wrong. */
export function fleetFault(
  { group, directory, memberLeases }: Pick<
    FleetRules,
    "group" | "directory" | "memberLeases"
  >,
): string | undefined {
  if (directory !== undefined) {
    const why = directoryFault(directory);
    return why && `Cannot use the fleet directory ${directory}: ${why}`;
  }
  try {
    const { pod } = openClusterFor(group);
    return memberLeases ? memberFault(pod) : undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function directoryFault(directory: string): string | undefined {
  try {
    const { isDirectory } = Deno.statSync(directory);
    return isDirectory ? undefined : "it is no directory";
  } catch (error) {
    return error instanceof Deno.errors.NotFound
      ? "it does not exist; make it first"
      : errorText(error);
  }
}
