/**
 * The first words of a command line that ask for something else than to run a
 * program. What may follow a subcommand, and its help, is in `subcommands`,
 * which a manager does not load. Pure.
 */

/** The subcommands that ask a running manager, in the order of the usage text. */
export const SUBCOMMAND_NAMES = [
  "status",
  "health",
  "reload",
  "hold",
  "resume",
  "stop-child",
  "start-child",
  "fleet",
  "events",
  "log-level",
  "top",
  "check",
  "diagnose",
] as const;

export type SubcommandName = (typeof SUBCOMMAND_NAMES)[number];

/**
 * The subcommand that the words begin with. `check` asks a manager only with
 * `--running` directly behind it: what follows may be a program with such an
 * option.
 */
export function subcommandIn(
  [first, second]: readonly string[],
): SubcommandName | undefined {
  if (first === "check" && !/^--?running$/.test(second)) return undefined;
  return SUBCOMMAND_NAMES.find((name) => name === first);
}

/** Shells that `completion` has a script for. */
export const SHELLS = ["bash", "zsh", "fish"] as const;

export type Shell = (typeof SHELLS)[number];
