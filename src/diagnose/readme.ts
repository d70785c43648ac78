/** README.txt: what is where in the archive, and what is not in it. Pure. */
import type { Collector } from "./collector.ts";
import { ERRORS } from "./contents.ts";

export interface Made {
  readonly version: string;
  readonly at: Date;
  /** As the user would write it. */
  readonly address: string;
  /** How many parts are not complete. */
  readonly incomplete: number;
  /** Whether there is such a file, or one in such a folder. */
  readonly isThere: (name: string) => boolean;
}

export function readme(
  collectors: readonly Collector[],
  { version, at, address, incomplete, isThere }: Made,
): string {
  const all = [
    ...collectors.flatMap(({ files }) => Object.entries(files)),
    [ERRORS, "what could not be collected, and why"],
  ].filter(([name]) => isThere(name));
  const width = Math.max(...all.map(([name]) => name.length)) + 2;
  const lines = all.map(([name, tells]) => `${name.padEnd(width)}${tells}`);
  return `flush-manager diagnose
made at ${at.toISOString()} by version ${version}, of the manager at ${address}
${incomplete} of ${collectors.length} parts are not complete

What is where
${lines.join("\n")}

Secrets
No file of the configuration, no token, no key, no environment and no command
line of a process is read into this archive. In all that is in it, [redacted]
takes the place of what looks like a secret by rule: values of environment
variables, headers, user names, passwords and queries of URLs, arguments of options that
are called after a secret, values with such a name, keys in PEM, tokens by their
form. Values of variables, and the token, are taken out wherever they stand if
they are known here.

The log and the end of the output of a failed check (status.json, log.txt) are
texts of other programs. They are redacted by the same rules, which do not know
all that may be one. Read these two files before you give the archive to others.
`;
}
