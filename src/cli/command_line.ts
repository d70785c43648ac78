/** What the command line and the environment ask for. Flags win over environment over defaults. Pure. */
import type { Settings } from "../core/vocabulary/settings.ts";
import { refuseContradictions, refuseUnfilled } from "./contradictions.ts";
import { collect, type Environment } from "./given.ts";
import { scan } from "./scan.ts";
import { readSettings } from "./settings.ts";

/** What the command line asks for. */
export type Invocation =
  | { readonly kind: "help" }
  | { readonly kind: "version" }
  | { readonly kind: "run"; readonly settings: Settings }
  | { readonly kind: "check"; readonly settings: Settings };

/**
 * Reads `argv` (without the program's name). `check` as the very first word is
 * the subcommand; to run a program of that name, write `-- check`.
 *
 * @throws UsageError with one line that names the option, the value and what is allowed
 */
export function parseInvocation(
  argv: readonly string[],
  environment: Environment,
): Invocation {
  const checking = argv[0] === "check";
  const { flags, positionals, ask } = scan(checking ? argv.slice(1) : argv);
  if (ask !== undefined) return { kind: ask };
  const given = collect(flags, environment);
  const settings = readSettings(given, positionals);
  refuseContradictions(given, settings);
  refuseUnfilled(settings, positionals);
  return { kind: checking ? "check" : "run", settings };
}
