/** A log that cannot be written: the disk that holds it is full. */
import { equal } from "node:assert/strict";
import { row } from "./bench.ts";

Deno.test(
  row(
    "a full disk behind stderr: the child starts, signals work, its code is ours",
    async (bench) => {
      const manager = bench.run([
        "--config=",
        "--",
        "sh",
        "-c",
        'trap "echo stopped; exit 5" TERM; echo up; while :; do sleep 0.05; done',
      ], { through: ["sh", "-c", 'exec "$0" "$@" 2>/dev/full'] });
      await manager.out.wait("up");
      manager.signal("SIGTERM");
      await manager.out.wait("stopped");
      equal(await manager.exitCode(), 5);
      equal(manager.log.entries.length, 0);
    },
  ),
);
