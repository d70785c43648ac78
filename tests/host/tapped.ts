/** Children whose output goes through a tap, and where it goes. Must not test. */
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import {
  openPipeTap,
  type OutputTap,
  type Sink,
  type Sinks,
  tapStreams,
} from "../../src/host/process/output_tap.ts";
import { posixSpawn } from "../../src/host/process/posix_spawn.ts";
import { waitCalls } from "../../src/host/process/processes.ts";
import { until } from "./temp.ts";
import "./loaded_libc.ts";

/** Keeps what it gets, at most `stepBytes` at a time. */
export class Kept implements Sink {
  #bytes: Uint8Array[] = [];
  writes = 0;

  constructor(readonly stepBytes = Infinity) {}

  write(bytes: Uint8Array): Promise<number> {
    const part = bytes.slice(0, this.stepBytes);
    this.#bytes.push(part);
    this.writes++;
    return Promise.resolve(part.length);
  }

  get bytes(): Buffer {
    return Buffer.concat(this.#bytes);
  }

  get text(): string {
    return this.bytes.toString();
  }
}

/** Takes nothing before it is opened. */
export class Gated implements Sink {
  offered = 0;
  taken = 0;
  readonly #gate = Promise.withResolvers<void>();

  async write(bytes: Uint8Array): Promise<number> {
    this.offered += bytes.length;
    await this.#gate.promise;
    this.taken += bytes.length;
    return bytes.length;
  }

  open(): void {
    this.#gate.resolve();
  }
}

interface Tapped {
  readonly tap: OutputTap;
  readonly pid: number;
  readonly lines: string[];
  readonly reaped: () => Promise<void>;
}

/** How a tap gets between a child and its sinks: through libc, and without it. */
type Start = (script: string, sinks: Sinks) => Tapped;

export const byLibc: Start = (script, sinks) => {
  const lines: string[] = [];
  const pipes = openPipeTap((line) => lines.push(line), sinks);
  assert.ok(pipes);
  const result = posixSpawn({
    argv: ["bash", "-c", script],
    env: {},
    workdir: "/tmp",
    group: "session",
    stdio: pipes.stdio,
  });
  pipes.release();
  assert.ok(result?.kind === "launched");
  const { pid } = result;
  const gone = () => waitCalls()?.waitpid(pid, null, 1) !== 0;
  const reaped = () => until(`${pid} ends`, gone);
  return { tap: pipes.tap, pid, lines, reaped };
};

export const byRuntime: Start = (script, sinks) => {
  const lines: string[] = [];
  const process = new Deno.Command("bash", {
    args: ["-c", script],
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const tap = tapStreams(
    process,
    (line) => lines.push(line),
    sinks,
  );
  const reaped = () => process.status.then(() => {});
  return { tap, pid: process.pid, lines, reaped };
};
