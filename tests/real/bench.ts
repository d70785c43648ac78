/**
 * What a test of a real program works with: a directory, ports, and
 * managers as PID 1 of their own namespace, so that nothing of a program
 * outlives its test. Must not know which program it is.
 */
import { holdPort } from "../fixtures/held_port.ts";
import { type Manager, startManager } from "../e2e/harness.ts";
import type { World } from "../e2e/namespaces.ts";
import { childrenOf } from "../e2e/processes.ts";
import { until } from "../e2e/until.ts";

export class Bench implements AsyncDisposable {
  readonly directory: string;
  readonly #world: World;
  readonly #managers: Manager[] = [];
  readonly #ports = new DisposableStack();

  private constructor(directory: string, world: World) {
    this.directory = directory;
    this.#world = world;
  }

  static async create(world: World): Promise<Bench> {
    return new Bench(
      await Deno.makeTempDir({ prefix: "flush-manager-real-" }),
      world,
    );
  }

  path(name: string): string {
    return `${this.directory}/${name}`;
  }

  mkdir(name: string): string {
    Deno.mkdirSync(this.path(name));
    return this.path(name);
  }

  /** A port of 127.0.0.1 that nobody listens on but who is told of it. */
  port(): number {
    return this.#ports.use(holdPort()).port;
  }

  /** Replaces the file as a whole, and returns its path. */
  write(name: string, text: string): string {
    const path = this.path(name);
    Deno.writeTextFileSync(`${path}.new`, text);
    Deno.renameSync(`${path}.new`, path);
    return path;
  }

  /** Starts a manager; it ends with the test at the latest. */
  async start(args: readonly string[]): Promise<Manager> {
    const manager = startManager(args, { through: this.#world.through });
    this.#managers.push(manager);
    // Below unshare, which waits for it and ends with its code.
    const init = await until("PID 1", () => childrenOf(manager.pid)[0]);
    manager.pid = init.pid;
    return manager;
  }

  /** Says on a failure what every manager and its program have written. */
  async explained(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      for (const manager of this.#managers) console.error(manager.transcript());
      throw error;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const manager of this.#managers) await manager[Symbol.asyncDispose]();
    this.#ports.dispose();
    await Deno.remove(this.directory, { recursive: true });
  }
}
