/** A second run with other ports (`--shift`) keeps what the operator has changed, and leads to those ports. */
import { equal, match } from "node:assert/strict";
import { CACHE } from "../../examples/cache/example.ts";
import { type Place, startServers } from "../../examples/example.ts";
import { exampleTest } from "./example_test_case.ts";

exampleTest(
  "cache: a second run with other ports keeps the changes of the first",
  CACHE.servers,
  async (bench) => {
    const { directory } = bench;
    const path = `${directory}/cache.env`;
    for (const changed of [undefined, "1800"]) {
      const ports = new Map<number, number>();
      const place: Place = {
        directory,
        port: (written) => {
          const port = ports.get(written) ?? bench.port();
          ports.set(written, port);
          return port;
        },
      };
      await using stack = new AsyncDisposableStack();
      await startServers(CACHE, place, stack);
      await CACHE.prepare(place);
      const text = await Deno.readTextFile(path);
      const values = [...text.matchAll(/^\w+=.*?(\d{4,5})$/gm)]
        .map(([, value]) => Number(value));
      for (const written of [8080, 2345, 8081, 5432, 6379, 4222]) {
        equal(
          values.includes(place.port(written)),
          true,
          `${written}: ${text}`,
        );
      }
      if (changed !== undefined) match(text, /^REDIS_DEFAULT_TTL=1800$/m);
      await Deno.writeTextFile(
        path,
        text.replace("REDIS_DEFAULT_TTL=3600", "REDIS_DEFAULT_TTL=1800"),
      );
    }
  },
);
