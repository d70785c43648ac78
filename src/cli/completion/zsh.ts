/** The completion script for zsh. Pure. */
import {
  type Flag,
  grammar,
  isBeginning,
  type Offer,
  ownFlags,
  quoted,
  type Scope,
} from "./grammar.ts";

/** The script; it works in a directory of $fpath and sourced after compinit. */
export function zshScript(): string {
  const [manager, ...subcommands] = grammar();
  return `#compdef flush-manager
# zsh completion for flush-manager, by \`flush-manager completion zsh\`.
# Write it to a file _flush-manager in a directory of $fpath.

_flush_manager() {
  local context state state_descr line ret=1
  typeset -A opt_args
  local -a flags subcommands=(
${
    subcommands.map(({ name, help }) => `    ${quoted(`${name}:${help}`)}`)
      .join("\n")
  }
  )
  flags=(
${manager.flags.map(spec).join("\n")}
  )
  if (( CURRENT == 2 )) && [[ $words[2] != -* ]]; then
    _describe -t subcommands subcommand subcommands && ret=0
  elif (( CURRENT > 2 )); then
    case $words[2] in
${
    subcommands.filter(({ argument }) => argument !== "program").map(branch)
      .join("\n")
  }
      check)
        flags+=(
${ownFlags(subcommands, manager).map(spec).join("\n")}
        )
        shift words
        (( CURRENT-- ))
        ;;
    esac
  fi
  _arguments -S -A '-*' $flags '(-)*:: :->program' && ret=0
  if [[ $state == program ]]; then
    if (( CURRENT == 1 )); then
      _command_names -e && ret=0
    else
      _normal && ret=0
    fi
  fi
  return ret
}

if [[ $funcstack[1] == _flush-manager ]]; then
  _flush_manager "$@"
else
  compdef _flush_manager flush-manager
fi
`;
}

function branch({ name, flags, argument }: Scope): string {
  const takesWord = argument !== "program" && argument.kind !== "nothing";
  // Where there are no arguments: with any other description of them, or none,
  // zsh lists a single option and does not insert it.
  const last = takesWord ? `1:argument:${action(argument)}` : "*: :()";
  return `      ${name})
        shift words
        (( CURRENT-- ))
        flags=(
${flags.map(spec).join("\n")}
        )
        _arguments -S $flags ${quoted(last)}
        return
        ;;`;
}

/** An option as _arguments reads it. Those of the manager may be repeated, and so may every one. */
function spec({ name, help, value }: Flag): string {
  const told = help.replace(/[\\[\]:]/g, "\\$&");
  if (value === undefined) return `    ${quoted(`${name}[${told}]`)}`;
  // -o takes its value as the next word alone, --output also behind an =.
  const equals = name.startsWith("--") ? "=" : "";
  const metavar = value.metavar.replaceAll(":", "\\:");
  return `    ${
    quoted(`*${name}${equals}[${told}]:${metavar}:${action(value.offer)}`)
  }`;
}

function action(offer: Offer): string {
  switch (offer.kind) {
    case "words": {
      const { words } = offer;
      if (!words.some(isBeginning)) return `(${words.join(" ")})`;
      // A colon would end this part of the line.
      const add = (chosen: readonly string[]) =>
        chosen.map((word) => word.replaceAll(":", "\\:")).join(" ");
      const begun = add(words.filter(isBeginning));
      const whole = add(words.filter((word) => !isBeginning(word)));
      return `{compadd -S "" -- ${begun}${
        whole === "" ? "" : `; compadd -- ${whole}`
      }}`;
    }
    case "file":
      return "_files";
    case "directory":
      return "_directories";
    case "command":
      return "_command_names -e";
    case "nothing":
      // A space: a value is needed, and nothing is known of it.
      return " ";
  }
}
