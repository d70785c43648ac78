/**
 * Declares container tests, and decides whether they can run: without podman
 * they are ignored and the reason is printed, unless a skip counts as failure.
 */
import { message, must } from "../../scripts/shell.ts";
import { Container, type ContainerOptions } from "./container.ts";
import { buildImages, type Engine, startEngine, stopEngine } from "./image.ts";

/** A skip is a failure in CI, or when asked for. */
const REQUIRED = Deno.env.get("CI") === "true" ||
  Deno.env.get("REQUIRE_CONTAINERS") === "1";

let engine: Engine | undefined;
let reason = "";
try {
  engine = await startEngine();
} catch (error) {
  reason = message(error);
  console.error(`SKIPPED container tests: ${reason}`);
}
if (engine !== undefined) await buildImages(engine);

if (engine === undefined && REQUIRED) {
  Deno.test("container tests can run on this machine", () => {
    throw new Error(`Cannot run container tests: ${reason}`);
  });
}
const started = engine;
if (started !== undefined) Deno.test.afterAll(() => stopEngine(started));

/** What a container test is given. */
export interface Bench {
  /** Starts a container; the caller disposes of it with `await using`. */
  start(options: ContainerOptions): Container;
  /** An empty directory that every user may read. */
  directory(): Promise<string>;
  /** Path of the program that containers supervise. */
  readonly child: string;
  /** Runs a command on the images and containers of the test run. */
  podman(command: string, ...options: readonly string[]): Promise<string>;
  buildah(command: string, ...options: readonly string[]): Promise<string>;
}

/** Declares a test that needs containers. */
export function containerTest(
  name: string,
  fn: (bench: Bench) => Promise<void>,
): void {
  Deno.test({
    name,
    ignore: engine === undefined,
    fn: async () => {
      if (engine === undefined) throw new Error(reason);
      const { child, work } = engine;
      const current = engine;
      await fn({
        child,
        start: (options) => new Container(current, options),
        podman: (command, ...options) =>
          must(`podman ${command}`, "podman", [
            ...current.podman,
            command,
            ...options,
          ]),
        buildah: (command, ...options) =>
          must(`buildah ${command}`, "buildah", [
            ...current.storage,
            command,
            ...options,
          ]),
        directory: async () => {
          const path = await Deno.makeTempDir({ dir: work });
          await Deno.chmod(path, 0o755);
          return path;
        },
      });
    },
  });
}
