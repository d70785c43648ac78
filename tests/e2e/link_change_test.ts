/** Links whose target is elsewhere, or is not there yet (conformance A17). */
import { row } from "./bench.ts";
import { write } from "./directories.ts";
import { BY_POLL_MS } from "./harness.ts";

Deno.test(
  row(
    "A17: a link's target outside the directory, written in place: one restart [P]",
    async (bench) => {
      bench.mkdir("conf");
      bench.mkdir("outside");
      const target = bench.write("outside/app.conf", "first");
      const link = bench.path("conf/app.conf");
      Deno.symlinkSync(target, link);
      const manager = await bench.supervise({ config: [link] }).ready();
      await manager.waitForLog(`is a symlink pointing to ${target}`);
      await manager.restartAfter(write(target, "second"), {
        content: "second",
        withinMs: BY_POLL_MS,
      });
      await manager.nothingHappens(BY_POLL_MS);
    },
  ),
);

Deno.test(row("A17: a link made later: one restart [P]", async (bench) => {
  bench.mkdir("conf");
  bench.mkdir("outside");
  const target = bench.write("outside/app.conf", "first");
  const link = bench.path("conf/app.conf");
  const manager = await bench.supervise({ config: [link] }).ready();
  await manager.restartAfter(() => Deno.symlinkSync(target, link), {
    content: "first",
    withinMs: BY_POLL_MS,
  });
  await manager.nothingHappens(BY_POLL_MS);
}));

Deno.test(row("A17: a dangling link heals: one restart [P]", async (bench) => {
  bench.mkdir("conf");
  const target = bench.path("outside/app.conf");
  const link = bench.path("conf/app.conf");
  Deno.symlinkSync(target, link);
  const manager = await bench.supervise({ config: [link] }).ready();
  await manager.restartAfter(() => {
    bench.mkdir("outside");
    Deno.writeTextFileSync(target, "first");
  }, { content: "first", withinMs: BY_POLL_MS });
  await manager.nothingHappens(BY_POLL_MS);
}));
