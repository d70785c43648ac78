/** What is logged of a settings file that has changed. Part of the same contract as manager.ts. Pure. */
import { moreFaults } from "../notation/more_faults.ts";
import { info, warn } from "../vocabulary/message.ts";

/** In the order of the usage text. */
export const settingsApplied = (names: readonly string[]) =>
  info(
    "settings_applied",
    `Settings file changed, in effect from now on: ${names.join(", ")}`,
    {
      settings: names,
    },
  );
export const settingsNeedRestart = (names: readonly string[]) =>
  warn(
    "settings_need_restart",
    `Settings file changed, in effect only after a restart of flush-manager: ${
      names.join(", ")
    }`,
    { settings: names },
  );
/** `fault` is the first one of so many. */
export const settingsUnusable = (fault: string, count: number) =>
  warn(
    "settings_unusable",
    `Settings file changed, but the earlier settings stay in effect: ${fault}${
      count > 1 ? ` (and ${moreFaults(count - 1)}, which check tells)` : ""
    }`,
    { fault, count },
  );
