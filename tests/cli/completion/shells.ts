/**
 * Types at real shells that have our completion scripts, in a terminal. A shell
 * that is not installed is said, and is a failure with REQUIRE_REAL=1.
 */
import { completionScript } from "../../../src/cli/completion/completion.ts";
import type { Shell } from "../../../src/cli/first_word.ts";

const REQUIRED = Deno.env.get("REQUIRE_REAL") === "1";

/** Programs that the test of a shell needs, and Debian's packages of them. */
const NEEDED: Readonly<Record<Shell, Readonly<Record<string, string>>>> = {
  bash: { bash: "bash", script: "bsdutils" },
  zsh: { zsh: "zsh", script: "bsdutils" },
  fish: { fish: "fish" },
};

/** What a shell shows for a line that is followed by tabs, and the line that comes of it. */
export interface Typed {
  readonly screen: string;
  /** The words of the line that is run in the end; of fish, always what was typed. */
  readonly line: string | undefined;
}

/** Declares a test for a shell; ignored where the shell is not installed. */
export function withShell(
  shell: Shell,
  name: string,
  run: (type: (line: string, tabs?: number) => Promise<Typed>) => Promise<void>,
  alsoNeeded: Readonly<Record<string, string>> = {},
): void {
  const needed = { ...NEEDED[shell], ...alsoNeeded };
  const missing = Object.entries(needed).filter(([program]) =>
    !isInstalled(program)
  );
  if (missing.length > 0) {
    const packages = missing.map(([, name]) => name).join(", ");
    console.log(`${shell} is not tested: install ${packages}`);
  }
  Deno.test({
    name: `${shell}: ${name}`,
    ignore: missing.length > 0 && !REQUIRED,
    fn: async () => {
      const home = await Deno.makeTempDir();
      try {
        await prepare(shell, home);
        await run((line, tabs = 1) => type(shell, home, line, tabs));
      } finally {
        await Deno.remove(home, { recursive: true });
      }
    },
  });
}

/** A program by its name, or any file by its path. */
function isInstalled(program: string): boolean {
  const places = program.startsWith("/")
    ? [program]
    : (Deno.env.get("PATH") ?? "").split(":")
      .map((directory) => `${directory}/${program}`);
  return places.some((place) => {
    try {
      return Deno.statSync(place).isFile;
    } catch {
      return false;
    }
  });
}

/** Both print the line that they run; nobody has such a program or option. */
const FILES: Readonly<Record<Shell, Readonly<Record<string, string>>>> = {
  bash: {
    "bashrc": `PS1='> '
stty cols 200
bind 'set completion-query-items 0'
bind 'set page-completions off'
bind 'set enable-bracketed-paste off'
flush-manager() { printf 'RAN<%s>\\n' "$*"; }
others=/usr/share/bash-completion/bash_completion
[ -r $others ] && source $others
complete -W --almost-all true
source "$HOME/flush-manager.bash"
`,
  },
  zsh: {
    ".zshrc": `PS1='> '
stty cols 200
LISTMAX=10000
fpath=($HOME $fpath)
autoload -U compinit
compinit -u -D
_true() { compadd -- --almost-all }
compdef _true true
flush-manager() { print -r "RAN<$*>" }
`,
  },
  fish: {},
};

const SCRIPT_FILES: Readonly<Record<Shell, string>> = {
  bash: "flush-manager.bash",
  zsh: "_flush-manager",
  fish: "flush-manager.fish",
};

async function prepare(shell: Shell, home: string): Promise<void> {
  const files = {
    ...FILES[shell],
    [SCRIPT_FILES[shell]]: completionScript(shell),
    "sample.conf": "",
    "only-here/inner": "",
  };
  await Deno.mkdir(`${home}/only-here`);
  for (const [name, text] of Object.entries(files)) {
    await Deno.writeTextFile(`${home}/${name}`, text);
  }
}

async function type(
  shell: Shell,
  home: string,
  line: string,
  tabs: number,
): Promise<Typed> {
  const env = { HOME: home, ZDOTDIR: home, TERM: "xterm", LC_ALL: "C" };
  if (shell === "fish") {
    const source =
      `source ${home}/${SCRIPT_FILES.fish}; complete -c true -l almost-all`;
    const screen = await output("fish", [
      "--no-config",
      "-c",
      `${source}; complete -C $argv[1]`,
      line,
    ], { env, cwd: home });
    return { screen, line: undefined };
  }
  const command = shell === "bash"
    ? `bash --noprofile --rcfile ${home}/bashrc -i`
    : "zsh -d -i";
  const typed = `${line}${"\t".repeat(tabs)}\nexit\n`;
  const screen = (await output(
    "script",
    ["-qec", command, "/dev/null"],
    { env, cwd: home },
    typed,
  )).replace(CONTROLS, "").replaceAll(/[\r\0]/g, "");
  return { screen, line: /RAN<(.*)>/.exec(screen)?.[1] };
}

/** What moves the cursor and changes colours. */
// deno-lint-ignore no-control-regex
const CONTROLS = /\x1b(?:\[[0-9;?]*[a-zA-Z]|[=>])/g;

async function output(
  command: string,
  args: readonly string[],
  options: { readonly env: Record<string, string>; readonly cwd: string },
  input?: string,
): Promise<string> {
  const child = new Deno.Command(command, {
    args: [...args],
    ...options,
    stdin: input === undefined ? "null" : "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  if (input !== undefined) {
    const writer = child.stdin.getWriter();
    await writer.write(new TextEncoder().encode(input));
    // The end of the input would end `script` before the shell has answered.
    void child.status.then(() => writer.close()).catch(() => {});
  }
  const { stdout, stderr } = await child.output();
  const text = new TextDecoder();
  return text.decode(stdout) + text.decode(stderr);
}
