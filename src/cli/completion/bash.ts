/** The completion script for bash 4.2 or later; it needs no bash-completion. Pure. */
import { BASH_ENGINE } from "./bash_engine.ts";
import { grammar, type Offer, quoted, type Scope } from "./grammar.ts";

/** The script. */
export function bashScript(): string {
  const scopes = grammar();
  const [, ...subcommands] = scopes;
  return `# bash completion for flush-manager, by \`flush-manager completion bash\`.
# Load it with: source <(flush-manager completion bash)

# The subcommands, a tab and what each does.
_flush_manager_subcommands() {
  printf '%s\\n' \\
${lines(subcommands.map(({ name, help }) => `${name}\t${help}`))}
}

# The options of a subcommand, or of the manager itself ("").
_flush_manager_options() {
  case $1 in
${distinct(scopes).map(optionsCase).join("\n")}
  esac
}

# What is offered for the value of an option, "words" before its words; nothing
# for a switch.
_flush_manager_value() {
  case $1:$2 in
${values(scopes).join("\n")}
  esac
}

# What is offered for the argument of a subcommand.
_flush_manager_argument() {
  case $1 in
${scopes.map(argumentCase).join("\n")}
  esac
}
${BASH_ENGINE}`;
}

const lines = (items: readonly string[]) =>
  items.map((item) => `    ${quoted(item)}`).join(" \\\n");

/** Scopes by what they offer: one branch for those that have the same options. */
function distinct(scopes: readonly Scope[]): readonly (readonly Scope[])[] {
  const found = new Map<string, Scope[]>();
  for (const scope of scopes) {
    const key = JSON.stringify(scope.flags);
    found.set(key, [...found.get(key) ?? [], scope]);
  }
  return [...found.values()];
}

function optionsCase(scopes: readonly Scope[]): string {
  const names = scopes.map(({ name }) => quoted(name)).join(" | ");
  const items = scopes[0].flags.map(({ name, help }) => `${name}\t${help}`);
  return `    ${names}) printf '%s\\n' \\\n${lines(items)} ;;`;
}

/** A branch for each option with a value, and for each thing that is offered for it. */
function values(scopes: readonly Scope[]): readonly string[] {
  const names = new Map<string, string[]>();
  for (const { name: scope, flags } of scopes) {
    for (const { name, value } of flags) {
      if (value === undefined) continue;
      const key = `${name}) echo ${quoted(offered(value.offer))} ;;`;
      names.set(key, [...names.get(key) ?? [], scope]);
    }
  }
  return [...names].map(([key, found]) => {
    const flag = key.slice(0, key.indexOf(")"));
    const patterns = found.map((scope) => `${scope}:${flag}`);
    return `    ${patterns.join(" | ")}${key.slice(flag.length)}`;
  });
}

function argumentCase({ name, argument }: Scope): string {
  const what = argument === "program" ? argument : offered(argument);
  return `    ${quoted(name)}) echo ${quoted(what)} ;;`;
}

const offered = (offer: Offer) =>
  offer.kind === "words" ? `words ${offer.words.join(" ")}` : offer.kind;
