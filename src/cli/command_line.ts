/** What the command line and the environment ask for. Flags win over environment over defaults. Pure. */
import type { Settings } from "../core/vocabulary/settings.ts";
import {
  type ClientCall,
  type DiagnoseCall,
  isOfManager,
  parseClientCall,
} from "./client_call.ts";
import { refuseContradictions, refuseUnfilled } from "./contradictions.ts";
import { collect, type Environment } from "./given.ts";
import { scan } from "./scan.ts";
import { readSettings } from "./settings.ts";
import {
  type Shell,
  SHELLS,
  subcommandIn,
  type SubcommandName,
} from "./subcommands.ts";
import { UsageError } from "./values/basic.ts";

/** What the command line asks for. */
export type Invocation =
  | {
    readonly kind: "help";
    /** Undefined: of the whole program. */
    readonly of: SubcommandName | "completion" | undefined;
  }
  | { readonly kind: "version" }
  | { readonly kind: "run"; readonly settings: Settings }
  | { readonly kind: "check"; readonly settings: Settings }
  | { readonly kind: "completion"; readonly shell: Shell }
  | { readonly kind: "client"; readonly call: ClientCall }
  | { readonly kind: "diagnose"; readonly call: DiagnoseCall };

/**
 * Reads `argv` (without the program's name). A subcommand is one only as the very
 * first word; to run a program of that name, write `-- check`.
 *
 * @throws UsageError with one line that names the option, the value and what is allowed
 */
export function parseInvocation(
  argv: readonly string[],
  environment: Environment,
): Invocation {
  const [first, ...rest] = argv;
  const subcommand = subcommandIn(argv);
  if (subcommand !== undefined) {
    const call = parseClientCall(subcommand, rest, environment);
    if (call === "help") return { kind: "help", of: subcommand };
    return isOfManager(call)
      ? { kind: "client", call }
      : { kind: "diagnose", call };
  }
  if (first === "completion") return parseCompletion(rest);
  const checking = first === "check";
  const { flags, positionals, ask } = scan(checking ? rest : argv);
  if (ask === "help") return { kind: ask, of: undefined };
  if (ask === "version") return { kind: ask };
  const given = collect(flags, environment);
  const settings = readSettings(given, positionals);
  refuseContradictions(given, settings);
  refuseUnfilled(settings, positionals);
  return { kind: checking ? "check" : "run", settings };
}

function parseCompletion(words: readonly string[]): Invocation {
  const [word, ...surplus] = words;
  if (/^--?h(elp)?$/.test(word ?? "")) {
    return { kind: "help", of: "completion" };
  }
  const shell = SHELLS.find((shell) => shell === word);
  if (shell === undefined || surplus.length > 0) {
    throw new UsageError(
      `Cannot use completion: it needs one of ${
        SHELLS.join(", ")
      }; to run a program of that name write flush-manager -- completion`,
    );
  }
  return { kind: "completion", shell };
}
