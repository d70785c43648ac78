/** The servers of the examples: ready when started, the same data after a SIGKILL, no process left. */
import { equal, match, rejects } from "node:assert/strict";
import { Server, type ServerName } from "../../examples/servers.ts";
import { exampleTest } from "./example_test_case.ts";

for (
  const name of ["redis", "postgres", "nats"] as const satisfies ServerName[]
) {
  exampleTest(
    `servers: ${name} is there again after a SIGKILL, and ends when asked`,
    [name],
    async (bench) => {
      await using server = await Server.start(
        name,
        bench.path(name),
        bench.port(),
      );
      const port = server.port;
      await rejects(
        Server.start(name, bench.path("second"), port),
        /^Error: Cannot start \w+ on port \d+: another program listens there/,
      );
      await server.kill();
      await rejects(
        Deno.connect({ hostname: "127.0.0.1", port }),
        Deno.errors.ConnectionRefused,
      );
      await server.start();
      (await Deno.connect({ hostname: "127.0.0.1", port })).close();
      await server.stop();
      await rejects(
        Deno.connect({ hostname: "127.0.0.1", port }),
        Deno.errors.ConnectionRefused,
      );
      match(server.url, new RegExp(`:${port}\\b`));
      equal((await Deno.stat(server.log)).isFile, true);
    },
  );
}
