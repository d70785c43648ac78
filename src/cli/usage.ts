/** The text of --help, made from the table of options. Pure. */
import type { HelpTopic } from "./command_line.ts";
import { SUBCOMMAND_NAMES } from "./first_word.ts";
import { OPTION_NAMES, type OptionName, optionOf } from "./options.ts";
import {
  clientOption,
  type ClientOptionName,
  LOCAL_SUBCOMMANDS,
  optionsOf,
  subcommandOf,
} from "./subcommands.ts";

const defaultCommand = optionOf("command").defaultText;

const HEAD =
  `flush-manager: a container entrypoint that is a correct init (PID 1) and
restarts its program when the program's configuration really changed.

Usage:
  flush-manager [options] [--] [command [args...]]
  flush-manager --command CMD [options] [args...]
  flush-manager check [options] [--] [command [args...]]
      validate the options, say what would be run and watched, and where each
      setting is from (-o json: as JSON); start nothing
  flush-manager SUBCOMMAND [options]
      ask a running manager (SUBCOMMAND --help has its options)
  flush-manager completion bash|zsh|fish
      print the completion script for that shell
  flush-manager install DIR
      copy the executable into a directory, as an init container does
  flush-manager help [SUBCOMMAND] | version
      the same as --help (-h) and --version (-V, -v)
`;

const TAIL = `
Every option has an environment variable: --stop-timeout is
FLUSH_MANAGER_STOP_TIMEOUT. Flags win over the environment, that over the
settings file, and that over defaults.
-name, --name, "--name value" and "--name=value" are the same.

Exit codes: the child's own code, 128+n if it died of signal n; 0 after a
requested stop that went well, 137 if the child had to be killed; 1 check found a
fault, or the first start was refused; 2 usage error; 126 not executable; 127
not found; 70 internal error. Of a subcommand: 1 the manager says no; 3 no
manager answers.
`;

/** For a person who has typed the name alone, and runs nothing: what to type next. */
const SHORT_USAGE =
  `flush-manager runs a program, and restarts it when its configuration changes.

  flush-manager --config FILE -- PROGRAM [ARGS...]
  flush-manager check --config FILE -- PROGRAM   say what would be run; start nothing
  flush-manager status                           ask a running manager
  flush-manager help                             all options and subcommands

Without a terminal it runs ${defaultCommand}, as the original does.
`;

/** The whole usage text. */
export function usage(): string {
  const groups = new Map<string, OptionName[]>();
  for (const name of OPTION_NAMES) {
    const { group } = optionOf(name);
    groups.set(group, [...groups.get(group) ?? [], name]);
  }
  const sections = [...groups].map(([group, names]) =>
    `\n${group}:\n${names.map(describe).join("\n")}\n`
  );
  return HEAD + subcommands() + sections.join("") + TAIL;
}

const WIDTH = 30;

/** A name, and what it means beside it; below it, if the name is long. */
const entry = (left: string, help: string): string =>
  left.length < WIDTH
    ? left.padEnd(WIDTH) + help
    : `${left}\n${" ".repeat(WIDTH)}${help}`;

function subcommands(): string {
  const lines = SUBCOMMAND_NAMES.map((name) => {
    const { help, metavar } = subcommandOf(name);
    const left = `  ${name}${metavar ? ` ${metavar}` : ""}`;
    return entry(left, help);
  });
  return `\nSubcommands (a program of such a name: -- NAME):\n${
    lines.join("\n")
  }\n`;
}

const COMPLETION = `flush-manager completion: ${LOCAL_SUBCOMMANDS.completion}

Usage:
  flush-manager completion bash|zsh|fish

bash:  source <(flush-manager completion bash)
zsh:   flush-manager completion zsh > "\${fpath[1]}/_flush-manager"
fish:  flush-manager completion fish | source
`;

const INSTALL = `flush-manager install: ${LOCAL_SUBCOMMANDS.install}

Usage:
  flush-manager install DIR

The copy is DIR/flush-manager. One that is there already is replaced.

Exit codes: 0 done; 1 it cannot be copied; 2 usage error.
`;

/** The usage text of one subcommand; `run` is of none. */
export function usageOf(name: HelpTopic | "run"): string {
  if (name === "completion") return COMPLETION;
  if (name === "install") return INSTALL;
  if (name === "run") return SHORT_USAGE;
  const { help, metavar } = subcommandOf(name);
  const lines = optionsOf(name).map(describeClientOption);
  return `flush-manager ${name}: ${help}

Usage:
  flush-manager ${name}${metavar ? ` ${metavar}` : ""} [options]

Options:
${lines.join("\n")}

Without --control: FLUSH_MANAGER_CONTROL, else the socket of --control auto.

Exit codes: 0 yes or done; 1 the manager says no; 2 usage error; 3 no manager
answers.
`;
}

function describeClientOption(name: ClientOptionName): string {
  const { metavar, help } = clientOption(name);
  const left = `  --${name}${metavar ? ` ${metavar}` : ""}`;
  return entry(left, help);
}

function describe(name: OptionName): string {
  const { metavar, help, defaultText } = optionOf(name);
  const left = `  --${name}${metavar ? ` ${metavar}` : ""}`;
  const shown = defaultText === undefined || metavar === undefined
    ? ""
    : `\n${" ".repeat(WIDTH)}(default ${defaultText})`;
  return entry(left, help) + shown;
}
