/**
 * Variables of the environment that look like ours and have no effect. Most
 * likely they are misspelt. Pure.
 */
import { environmentName, OPTION_NAMES } from "./options.ts";
import { fromOtherTool } from "./other_names.ts";
import { suggestion } from "./refusal.ts";

const PREFIX = "FLUSH_MANAGER_";

/** What a child, a check, an action or a hook is told. A manager may be the child of another. */
export const TOLD_VARIABLES: ReadonlySet<string> = new Set([
  "FLUSH_MANAGER_REASON",
  "FLUSH_MANAGER_RELOAD_COUNT",
  "FLUSH_MANAGER_CONFIG_SHA256",
  "FLUSH_MANAGER_PREVIOUS_SHA256",
  "FLUSH_MANAGER_CHANGED",
  "FLUSH_MANAGER_EXIT_CODE",
  "FLUSH_MANAGER_EXIT_SIGNAL",
  "FLUSH_MANAGER_EXIT_REASON",
]);

export interface UnknownVariable {
  readonly name: string;
  /** The variable that was probably meant. */
  readonly meant: string | undefined;
}

/**
 * Of these names, those that begin as ours do, in any case, and that neither an
 * option reads nor we set. Kubernetes sets some for a Service that is called
 * flush-manager, or flush-manager-metrics: they have nothing to do with us.
 */
export function unknownVariables(names: readonly string[]): UnknownVariable[] {
  const found = names.filter((name) =>
    name.toUpperCase().startsWith(PREFIX) && !TOLD_VARIABLES.has(name)
  );
  // Most environments have none, or few.
  if (found.length === 0) return [];
  const known = OPTION_NAMES.map(environmentName);
  const services = found.filter((name) => name.endsWith("_SERVICE_HOST"))
    .map((name) => name.slice(0, -"SERVICE_HOST".length));
  const isOfService = (name: string) =>
    services.some((prefix) =>
      name.startsWith(`${prefix}SERVICE_`) || name === `${prefix}PORT` ||
      name.startsWith(`${prefix}PORT_`)
    );
  return found.filter((name) => !known.includes(name) && !isOfService(name))
    .sort().map((name) => ({ name, meant: meantBy(name, known) }));
}

/** By what follows the prefix, which is the same in all of them. */
function meantBy(name: string, known: readonly string[]): string | undefined {
  const typed = name.slice(PREFIX.length).toUpperCase();
  const other = fromOtherTool(typed);
  if (other !== undefined && other !== "check") return environmentName(other);
  const nearest = suggestion(
    typed,
    known.map((one) => one.slice(PREFIX.length)),
  );
  return nearest === undefined ? undefined : `${PREFIX}${nearest}`;
}
