/**
 * Runs the commands that the documentation marks as runnable (fenced blocks
 * `sh check`), and reads every other shell block for mistakes.
 */
import { fromRoot, ROOT } from "./denort.ts";
import type { Fault, Outcome } from "./docs_outcome.ts";
import type { Block, Document } from "./docs_text.ts";
import { gist, onPath, run } from "./shell.ts";

const TIMEOUT_MS = 60_000;
/** Programs that some blocks need and a small machine may lack. */
const NEEDED: readonly string[] = ["curl"];

/** All shell blocks. Runs from the repository, with the executable on PATH. */
export async function checkBlocks(
  pages: readonly Document[],
): Promise<Outcome> {
  const faults: Fault[] = [];
  const skipped: string[] = [];
  let checked = 0;
  const directory = await Deno.makeTempDir({ prefix: "flush-manager-docs-" });
  try {
    for (const { path, blocks } of pages) {
      for (const block of blocks.filter(({ info }) => /^sh\b/.test(info))) {
        const place = `${path}:${block.line}`;
        const missing = await missingProgram(block);
        if (missing !== undefined) {
          skipped.push(`${place}: there is no ${missing} on this machine`);
          continue;
        }
        checked++;
        const text = await wrongBlock(block, directory);
        if (text !== undefined) faults.push({ place, text });
      }
    }
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
  return { checked, faults, skipped };
}

const isRun = ({ info }: Block) => info === "sh check";

async function missingProgram(block: Block): Promise<string | undefined> {
  if (!isRun(block)) return undefined;
  for (const program of NEEDED) {
    if (block.text.includes(program) && !await onPath(program)) return program;
  }
  return undefined;
}

async function wrongBlock(
  block: Block,
  directory: string,
): Promise<string | undefined> {
  const args = isRun(block) ? ["-euc", block.text] : ["-nc", block.text];
  const started = run("sh", args, {
    cwd: ROOT,
    env: {
      PATH: `${fromRoot("dist")}:${Deno.env.get("PATH") ?? ""}`,
      TMPDIR: directory,
      DENO: Deno.execPath(),
      PORT: String(freePort()),
    },
    timeoutMs: TIMEOUT_MS,
  });
  const { code, stderr } = await started;
  if (code === 0) return undefined;
  const what = isRun(block) ? "does not work" : "is no shell";
  return `${what} (exit code ${code}): ${gist(stderr)}`;
}

/** A port that nobody has now. */
function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}
