/** The completion script for fish. Pure. */
import {
  type Flag,
  grammar,
  type Offer,
  ownFlags,
  type Scope,
} from "./grammar.ts";

/** The script. */
export function fishScript(): string {
  const scopes = grammar();
  const [manager, ...subcommands] = scopes;
  const asked = subcommands.filter(({ argument }) => argument !== "program");
  const names = subcommands.map(({ name }) => name).join(" ");
  return `# fish completion for flush-manager, by \`flush-manager completion fish\`.
# Write it to ~/.config/fish/completions/flush-manager.fish.

# Where the cursor is: "manager", a subcommand, or "program" and the place of
# the program's own command line.
function __flush_manager_scope
    set -l words (commandline -opc)
    set -l scope manager
    set -l index 2
    if set -q words[2]; and contains -- $words[2] ${names}
        set scope $words[2]
        set index 3
    end
    while test $index -le (count $words)
        switch $words[$index]
            case --
                __flush_manager_takes_program $scope; and echo program (math $index + 1); or echo $scope
                return
            case '-*=*'
            case '-*'
                contains -- (string replace -r '^--?' '' -- $words[$index]) ${
    withValues(scopes).join(" ")
  }
                and set index (math $index + 1)
            case '*'
                if __flush_manager_takes_program $scope
                    echo program $index
                    return
                end
        end
        set index (math $index + 1)
    end
    echo $scope
end

function __flush_manager_takes_program
    contains -- $argv[1] manager check
end

function __flush_manager_in
    set -l found (string split ' ' -- (__flush_manager_scope))
    contains -- $found[1] $argv
end

# The program, and then its own command line.
function __flush_manager_program
    set -l found (string split ' ' -- (__flush_manager_scope))
    set -l words (commandline -opc)
    if test $found[1] = program; and test $found[2] -le (count $words)
        complete -C (string join ' ' -- (string escape -- $words[$found[2]..-1]) (commandline -ct))
    else
        __fish_complete_command
    end
end

function __flush_manager_is_first
    test (count (commandline -opc)) -eq 1
end

complete -c flush-manager -f
complete -c flush-manager -n '__flush_manager_in manager check program' -a '(__flush_manager_program)'
${
    subcommands.map(({ name, help }) =>
      `complete -c flush-manager -n __flush_manager_is_first -a ${name} -d ${
        text(help)
      }`
    ).join("\n")
  }
${manager.flags.map((flag) => option("manager check", flag)).join("\n")}
${
    ownFlags(subcommands, manager).map((flag) => option("check", flag)).join(
      "\n",
    )
  }
${asked.flatMap(subcommand).join("\n")}
`;
}

/** The names of all options that take a value, without dashes; one means the same to every scope. */
const withValues = (scopes: readonly Scope[]) => [
  ...new Set(
    scopes.flatMap(({ flags }) =>
      flags.filter(({ value }) => value !== undefined)
        .map(({ name }) => name.replace(/^--?/, ""))
    ),
  ),
];

function subcommand({ name, flags, argument }: Scope): readonly string[] {
  const lines = flags.map((flag) => option(name, flag));
  if (argument === "program" || argument.kind !== "words") return lines;
  return [
    ...lines,
    `complete -c flush-manager -n '__flush_manager_in ${name}' -a ${
      text(argument.words.join(" "))
    }`,
  ];
}

function option(scopes: string, { name, help, value }: Flag): string {
  const form = name.startsWith("--") ? `-l ${name.slice(2)}` : `-s ${name[1]}`;
  const offer = value === undefined ? "" : ` ${offered(value.offer)}`;
  return `complete -c flush-manager -n '__flush_manager_in ${scopes}' ${form}${offer} -d ${
    text(help)
  }`;
}

function offered(offer: Offer): string {
  switch (offer.kind) {
    case "words":
      return `-x -a ${text(offer.words.join(" "))}`;
    case "file":
      return "-r -F";
    case "directory":
      return "-x -a '(__fish_complete_directories)'";
    case "command":
      return "-x -a '(__fish_complete_command)'";
    case "nothing":
      return "-x";
  }
}

/** In fish, a backslash escapes within single quotes. */
const text = (words: string) =>
  `'${words.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
