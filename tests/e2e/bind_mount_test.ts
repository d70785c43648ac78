/** A mount of a single file, which the kubelet never updates (conformance A27). */
import { equal } from "node:assert/strict";
import { needing, row } from "./bench.ts";
import { inDirectory } from "./directories.ts";
import { BY_EVENT_MS, BY_POLL_MS } from "./harness.ts";
import { withMounts } from "./namespaces.ts";

const bound = withMounts('mount --bind "$SOURCE" "$TARGET"');

Deno.test(
  row(
    "A27: a subPath-like bind mount of a file: INFO that it never updates",
    needing(bound, async (bench) => {
      const source = bench.write("source", "first");
      const target = bench.write("app.conf", "");
      const manager = await bench.supervise({
        config: [target],
        through: bound.through,
        env: { SOURCE: source, TARGET: target },
      }).ready();
      await manager.out.wait("config: first");
      await manager.waitForLog(
        new RegExp(`INFO: .*${target} is a mount of its own .* never updates`),
      );
      // What the kubelet does: the mount still shows the old file.
      Deno.writeTextFileSync(`${source}.new`, "second");
      Deno.renameSync(`${source}.new`, source);
      await manager.nothingHappens(BY_POLL_MS);
    }),
  ),
);

Deno.test(
  row("A27: a plain file is not reported as such a mount", async (bench) => {
    const { manager } = await inDirectory(bench);
    await manager.nothingHappens(BY_EVENT_MS);
    equal(manager.log.count("is a mount of its own"), 0);
  }),
);
