/**
 * Opens what follows the reloads of a manager, where something asks for it: the
 * JSON log, whose lines have the number of their reload. Nothing is loaded
 * otherwise.
 */
import { reloadsNotFollowed } from "../core/text/manager.ts";
import type { Policy } from "../core/vocabulary/policy.ts";
import type { Settings } from "../core/vocabulary/settings.ts";
import type { Follower } from "../control/journal/follower.ts";
import type { Log } from "../host/log/log.ts";

export const followsReloads = ({ logFormat }: Settings): boolean =>
  logFormat === "json";

export async function openFollower(
  { configs }: Policy,
  log: Log,
): Promise<Follower> {
  const { Follower } = await import("../control/journal/follower.ts");
  const follower = new Follower({
    watched: configs.map(({ path }) => path),
    onFault: (error) => log.write(reloadsNotFollowed(String(error))),
  });
  log.numberReloads(() => follower.reload?.id);
  return follower;
}
