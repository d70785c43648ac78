/**
 * Declares tests of the examples: they need servers of the system, and are
 * ignored with the reason where one is not installed, unless a skip counts as a
 * failure (REQUIRE_REAL=1). Must not know what is tested.
 */
import { missing, type ServerName } from "../../examples/servers.ts";
import { holdPort } from "../fixtures/held_port.ts";

/** A directory and ports for one test. */
export class ExampleBench implements AsyncDisposable {
  readonly directory: string;
  readonly #ports = new DisposableStack();

  constructor(directory: string) {
    this.directory = directory;
  }

  path(name: string): string {
    return `${this.directory}/${name}`;
  }

  /** A port of 127.0.0.1 that nobody listens on but who is told of it. */
  port(): number {
    return this.#ports.use(holdPort()).port;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#ports.dispose();
    await Deno.remove(this.directory, { recursive: true });
  }
}

const REQUIRED = Deno.env.get("REQUIRE_REAL") === "1";

/** Declares a test that starts these servers. */
export function exampleTest(
  name: string,
  servers: readonly ServerName[],
  fn: (bench: ExampleBench, t: Deno.TestContext) => Promise<void>,
): void {
  const reason = missing(servers);
  if (reason !== undefined && !REQUIRED) {
    console.error(`SKIPPED ${name}: ${reason}`);
  }
  Deno.test({
    name,
    ignore: reason !== undefined && !REQUIRED,
    fn: async (t) => {
      if (reason !== undefined) throw new Error(`Cannot run: ${reason}`);
      const directory = await Deno.makeTempDir({
        prefix: "flush-manager-example-",
      });
      await using bench = new ExampleBench(directory);
      await fn(bench, t);
    },
  });
}
