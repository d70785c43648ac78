/** What `flush-manager completion` prints. Pure. */
import type { Shell } from "../first_word.ts";
import { bashScript } from "./bash.ts";
import { fishScript } from "./fish.ts";
import { zshScript } from "./zsh.ts";

const SCRIPTS: Readonly<Record<Shell, () => string>> = {
  bash: bashScript,
  zsh: zshScript,
  fish: fishScript,
};

/** The completion script for a shell. */
export const completionScript = (shell: Shell): string => SCRIPTS[shell]();
