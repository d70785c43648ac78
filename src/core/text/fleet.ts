/** The texts of reloads that take turns with those of other managers. Part of the same contract as manager.ts. Pure. */
import { formatDuration } from "../notation/duration.ts";
import { shortName } from "../notation/content_name.ts";
import { debug, info, warn } from "../vocabulary/message.ts";

/** What other managers do first. */
export const slotAwaited = (why: string) =>
  info("slot_awaited", `Waiting for a slot of the fleet: ${why}`, { why });
export const slotTaken = () => info("slot_taken", "Slot of the fleet taken");
/** Nobody has proven the content yet. */
export const slotTakenForTrial = () =>
  info(
    "slot_taken_for_trial",
    "Slot of the fleet taken: this manager tries the new configuration first",
  );
export const slotReleased = () =>
  debug("slot_released", "Slot of the fleet released");
export const slotLost = (detail: string) =>
  warn(
    "slot_lost",
    `Slot of the fleet lost: ${detail}; another manager may reload at the same time`,
    { detail },
  );

/** The same content has failed at another manager. */
export const rejected = (
  by: string,
  why: string,
  retryMs: number | undefined,
) =>
  warn(
    "content_rejected_by_fleet",
    `New configuration rejected by the fleet: ${why} at ${by}; the child keeps its last configuration${
      retryMs === undefined
        ? " until it changes again"
        : `, and the fleet is asked again in ${formatDuration(retryMs)}`
    }`,
    { by, why, ...(retryMs === undefined ? {} : { retry_ms: retryMs }) },
  );

export const proven = (soakMs: number) =>
  info(
    "content_proven",
    `New configuration proven for the fleet: the child has run on it for ${
      formatDuration(soakMs)
    }`,
    { soak_ms: soakMs },
  );
/** The other managers reject it unseen. */
export const refused = (why: string) =>
  warn(
    "content_refused_for_fleet",
    `New configuration refused for the fleet: ${why}`,
    { why },
  );

/** The kernel for want of memory, or a person, also by `^C` at the terminal. */
export const notJudged = () =>
  warn(
    "content_not_judged_for_fleet",
    "New configuration not judged for the fleet: somebody else has ended the child",
  );

/** `proceedMs`: when the reload goes on without a slot; undefined: it waits. */
export const unreachable = (detail: string, proceedMs: number | undefined) =>
  warn(
    "fleet_unreachable",
    `Fleet cannot be asked: ${detail}; ${
      proceedMs === undefined
        ? "the child keeps its last configuration until it can"
        : `reloading without a slot in ${formatDuration(proceedMs)}`
    }`,
    {
      detail,
      ...(proceedMs === undefined ? {} : { proceed_ms: proceedMs }),
    },
  );
/** A verdict, or that a slot is given back. It is told once, at the second failure in a row. */
export const untold = (detail: string) =>
  warn(
    "fleet_not_told",
    `Fleet cannot be told what has become of a reload: ${detail}; trying again until it can`,
    { detail },
  );
/** What this manager runs on and does. It is told once, at the second failure in a row. */
export const notShown = (detail: string) =>
  warn(
    "fleet_not_shown",
    `Fleet cannot be shown what this manager does: ${detail}; trying again until it can`,
    { detail },
  );
export const passedOver = (waitedMs: number) =>
  warn(
    "fleet_passed_over",
    `Fleet could not be asked for ${
      formatDuration(waitedMs)
    }: reloading without a slot; other managers may reload at the same time`,
    { waited_ms: waitedMs },
  );
/** `limit` is that of the manager `name`. */
export const limitsDiffer = (own: number, name: string, limit: number) =>
  warn(
    "fleet_limits_differ",
    `Fleet has several limits: ${own} here and ${limit} at ${name}; give all of its managers the same --fleet-limit`,
    { own, limit, manager: name },
  );
/** One of the files of `--fleet-dir`. */
export const fileDamaged = (path: string) =>
  warn(
    "fleet_file_damaged",
    `Cannot read fleet file ${path}: what it holds is not whole, so it counts as empty until it is written again`,
    { path },
  );

/** An operator takes back that the fleet has refused these contents. */
export const cleared = (contents: readonly string[]) =>
  info(
    "fleet_cleared",
    `Refusals of the fleet cleared as requested: ${
      contents.map(shortName).join(", ")
    }; one manager tries each of them again`,
    { contents },
  );
