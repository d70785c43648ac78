/**
 * The control endpoint in a container that has no shell: the executable is its own
 * client, by `exec`. Must not test what the endpoint answers in detail.
 */
import assert from "node:assert/strict";
import type { Container } from "./container.ts";
import { type Bench, containerTest } from "./harness.ts";

const CHILD = "/usr/local/bin/child";
const SOCKET = "unix:/run/flush-manager/control.sock";
const MOUNT = "--tmpfs=/run/flush-manager";
/** In no passwd file, and neither of group 0 nor of the image's. */
const ARBITRARY_USER = "1000650000:1000650000";

/** A container on app.conf, which holds "first", and its directory on the host. */
async function started(bench: Bench, ...options: readonly string[]) {
  const directory = await bench.directory();
  await Deno.writeTextFile(`${directory}/app.conf`, "first");
  const config = "/etc/app/app.conf";
  const container = bench.start({
    run: [`--volume=${directory}:/etc/app:ro`, ...options],
    args: [
      ...[`--config=${config}`, "--debounce=100ms", "--poll-interval=100ms"],
      ...["--", CHILD, "--print-config", config, "--ready-line"],
    ],
  });
  return { container, directory };
}

async function change(directory: string, content: string): Promise<void> {
  await Deno.writeTextFile(`${directory}/next`, content);
  await Deno.rename(`${directory}/next`, `${directory}/app.conf`);
}

async function answers(container: Container): Promise<void> {
  await container.line(`Control endpoint listens on ${SOCKET}`);
  await container.line("ready pid=");
  const { code, out } = await container.exec("status");
  assert.equal(code, 0, out);
  assert.match(out, /^state: running since /);
  assert.match(out, /^child: running, ready, pid \d+,/m);
}

for (const user of ["65532:65532", ARBITRARY_USER]) {
  containerTest(
    `control: exec sees and steers a locked-down container of user ${user}`,
    async (bench) => {
      const { container, directory } = await started(
        bench,
        MOUNT,
        `--user=${user}`,
      );
      await using _ = container;
      await answers(container);
      const says = async (words: readonly string[], text: RegExp, code = 0) => {
        const said = await container.exec(...words);
        assert.equal(said.code, code, said.out);
        assert.match(said.out, text);
      };
      await says(["health", "--ready"], /^ok$/);
      await says(["reload", "--wait"], /^Reload 1 applied in /);
      await container.line("config: first", 2);
      await says(["hold", "--reason", "backup"], /held back until resume/);
      await change(directory, "second");
      await container.line(
        "Config file change waits until changes are resumed",
      );
      await says(["reload"], /backup/, 1);
      assert.equal(container.occurrences("config: second"), 0);
      await says(["resume"], /put into effect again/);
      await container.line("config: second");
      await says(["stop-child"], /is being stopped/);
      await container.line("No child process is running until its start");
      await says(["health", "--ready"], /child/, 1);
      await says(["start-child"], /is being started/);
      await container.line("config: second", 2);
      await container.podman("stop", "--time=600");
      assert.equal(await container.exitCode(), 0);
    },
  );

  containerTest(
    `control: the image's own directory is enough for user ${user}`,
    async (bench) => {
      const { container } = await started(
        bench,
        "--read-only=false",
        `--user=${user}`,
      );
      await using _ = container;
      await answers(container);
    },
  );
}

containerTest(
  "control: without a mount on a read-only root, the container runs without it",
  async (bench) => {
    const { container } = await started(bench);
    await using _ = container;
    await container.line("ready pid=");
    await container.line("DEBUG: ");
    const line = await container.line("No control endpoint: ");
    assert.match(line, /control\.sock/);
    const { code, out } = await container.exec("status");
    assert.equal(code, 3);
    assert.match(out, /mount a writable directory at \/run\/flush-manager/);
    assert.equal(container.occurrences("ERROR: "), 0);
  },
);

containerTest(
  "control: an exec of a client takes nothing from the child",
  async (bench) => {
    const { container } = await started(bench, MOUNT);
    await using _ = container;
    await answers(container);
    for (let count = 0; count < 5; count++) {
      assert.equal((await container.exec("status", "-o", "json")).code, 0);
    }
    await container.podman("kill", "--signal=HUP");
    await container.line("Forwarding SIGHUP");
    assert.equal(await container.exitCode(), 129);
  },
);
