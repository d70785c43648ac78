/**
 * `flush-manager diagnose`: one archive of what helps to find a fault. The order
 * is that of a report: the manager's answers first, then what they lead to.
 */
import type { DiagnoseCall } from "../cli/client_call.ts";
import { faultOfFile } from "../client/no_answer.ts";
import {
  codeOfSignal,
  interruptionOf,
  type Subscribe,
} from "../client/interruption.ts";
import {
  complain,
  ownTerminal,
  type Terminal,
  writeOut,
} from "../client/terminal.ts";
import { oneLine } from "../core/notation/one_line.ts";
import { absolutePath } from "../host/base/absolute_path.ts";
import { EXIT_NOT_WRITTEN, EXIT_OK } from "../core/vocabulary/exit_status.ts";
import type { Signal } from "../core/vocabulary/signals.ts";
import { ArchiveFile, archiveName, baseName, packed } from "./archive.ts";
import { collect } from "./collection.ts";

/** Resolves to the exit code: 0 if an archive was written. */
export async function diagnose(
  call: DiagnoseCall,
  subscribe: Subscribe,
): Promise<number> {
  const interrupted = interruptionOf(subscribe);
  const terminal = ownTerminal();
  const at = new Date();
  const target = call.command.archive ?? archiveName(at);
  try {
    return target === "-"
      ? await toStdout(call, terminal, interrupted, at)
      : await toFile(target, call, terminal, interrupted, at);
  } catch (error) {
    if (interrupted.aborted) return codeOfSignal(interrupted.reason as Signal);
    throw error;
  }
}

async function toStdout(
  call: DiagnoseCall,
  terminal: Terminal,
  interrupted: AbortSignal,
  at: Date,
): Promise<number> {
  if (terminal.isTerminal) {
    await terminal.complain(
      "Cannot write the archive to a terminal; redirect stdout to a file",
    );
    return EXIT_NOT_WRITTEN;
  }
  const say = (line: string) => complain(`${line}\n`);
  const entries = await collect(call, interrupted, at, say);
  await writeOut(await packed(entries, baseName(at), at));
  return EXIT_OK;
}

async function toFile(
  path: string,
  call: DiagnoseCall,
  terminal: Terminal,
  interrupted: AbortSignal,
  at: Date,
): Promise<number> {
  const cannot = async (error: unknown) => {
    await terminal.complain(
      `Cannot write the archive ${oneLine(path)}: ${
        whyNot(error)
      }; name another file with -o, or write it to stdout with -o -`,
    );
    return EXIT_NOT_WRITTEN;
  };
  let file: ArchiveFile;
  try {
    file = new ArchiveFile(absolutePath(path));
  } catch (error) {
    return await cannot(error);
  }
  let bytes: Uint8Array<ArrayBuffer>;
  try {
    const say = (line: string) => terminal.write(`${line}\n`);
    const entries = await collect(call, interrupted, at, say);
    bytes = await packed(entries, baseName(at), at);
  } catch (error) {
    file.discard();
    throw error;
  }
  try {
    await file.finish(bytes);
  } catch (error) {
    return await cannot(error);
  }
  await terminal.write(`written: ${oneLine(path)}\n`);
  return EXIT_OK;
}

const whyNot = (error: unknown): string =>
  error instanceof Deno.errors.AlreadyExists
    ? "it exists already"
    : faultOfFile(error).replace(
      /(?: \(os error \d+\))?: (?:open|rename) .*$/s,
      "",
    );
