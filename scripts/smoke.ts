/**
 * Runs a freshly made executable once, on this machine or under an emulator.
 * Owns what must be true of it before it is released; must not build anything.
 */
import { debianFiles } from "./debian.ts";
import { HOST, type Target } from "./denort.ts";
import { blockSignalsAtEntry } from "./elf_entry.ts";
import { message, must, onPath, run } from "./shell.ts";

/** An emulator is some forty times slower to start than the machine. */
const TIMEOUT_MS = 120_000;

/**
 * Checks that the executable blocks signals at its entry point, says its
 * version, and that it starts a program and passes on its exit code.
 *
 * @returns a line that says what was done, or why the check was skipped
 * @throws {Error} if the executable does not do what it should
 */
export async function smokeTest(
  executable: string,
  target: Target,
  version: string,
): Promise<string> {
  if (blockSignalsAtEntry(await Deno.readFile(executable))) {
    throw new Error(
      `Cannot release ${executable}: it does not block signals at its entry point`,
    );
  }
  let prefix: string[] = [];
  if (target !== HOST) {
    try {
      prefix = await emulator(target);
    } catch (error) {
      return `SKIPPED ${target} smoke test: ${message(error)}`;
    }
  }
  const [program, ...args] = [...prefix, executable];
  const said = await must(
    `ask ${executable} for its version`,
    program,
    [...args, "--version"],
    { timeoutMs: TIMEOUT_MS },
  );
  const expected = `flush-manager version ${version}`;
  if (said.trim() !== expected) {
    throw new Error(
      `Cannot release ${executable}: --version says ${said.trim()}, not ${expected}`,
    );
  }
  const { code } = await run(
    program,
    [...args, "--config", "", "--", "sh", "-c", "exit 7"],
    { timeoutMs: TIMEOUT_MS },
  );
  if (code !== 7) {
    throw new Error(
      `Cannot release ${executable}: a program's exit code 7 came out as ${code}`,
    );
  }
  const how = prefix.length > 0 ? "under emulation" : "natively";
  return `smoke test of ${target} passed ${how}`;
}

/**
 * A command that runs programs of that target: qemu, with the C library of that
 * target as its root.
 *
 * @throws {Error} if there is none to be had
 */
async function emulator(target: Target): Promise<string[]> {
  if (target !== "arm64") {
    throw new Error(`only arm64 is emulated, and this machine is ${HOST}`);
  }
  const name = "qemu-aarch64-static";
  const root = await debianFiles(target, ["libc6", "libgcc-s1"]);
  const command = await onPath(name)
    ? name
    : `${await debianFiles(HOST, ["qemu-user-static"])}/usr/bin/${name}`;
  return [command, "-L", root];
}
