/** What the image itself promises. Must not test how the manager behaves. */
import assert from "node:assert/strict";
import { containerTest } from "./harness.ts";

containerTest(
  "the image has a non-root user, the entrypoint and labels",
  async (bench) => {
    await using container = bench.start({ args: ["--version"] });
    assert.equal(await container.exitCode(), 0);
    assert.equal(await container.inspect(".Config.User"), "65532:65532");
    // A text in podman 4, a list in podman 5.
    const entrypoint = await container.inspect("json .Config.Entrypoint");
    assert.ok(
      entrypoint.includes('"/usr/local/bin/flush-manager"'),
      entrypoint,
    );
    const label = (name: string) =>
      container.inspect(
        `index .Config.Labels "org.opencontainers.image.${name}"`,
      );
    assert.equal(await label("title"), "flush-manager");
    assert.equal(await label("version"), "test");
    assert.equal(await label("licenses"), "MIT");
  },
);

containerTest(
  "the image knows the manager under its older name",
  async (bench) => {
    await using container = bench.start({
      run: ["--entrypoint=/usr/local/bin/manager"],
      args: ["--version"],
    });
    assert.equal(await container.exitCode(), 0);
    await container.line("flush-manager version ");
  },
);

containerTest("the image has no shell", async (bench) => {
  await using container = bench.start({ args: ["--", "sh", "-c", "exit 0"] });
  assert.equal(await container.exitCode(), 127);
});
