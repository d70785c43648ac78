/** What has been answered while we did not run is no timeout: programs and requests. */
import assert from "node:assert/strict";
import { runCommand } from "../../../src/host/ask/command.ts";
import { requestFault } from "../../../src/host/ask/http_request.ts";
import { askOnce } from "../../../src/host/ask/probe.ts";
import { Processes } from "../../../src/host/process/processes.ts";
import { until } from "../temp.ts";
import { following } from "./following.ts";

const processes = new Processes();
const LIMIT_MS = 500;

/** Nothing of ours runs until that is so, and the limit is over. */
function standStillUntil(isSo: () => boolean): void {
  const overAt = performance.now() + 2 * LIMIT_MS;
  const cell = new Int32Array(new SharedArrayBuffer(4));
  while (performance.now() < overAt || !isSo()) Atomics.wait(cell, 0, 0, 10);
}

Deno.test("a program that has ended meanwhile has ended in time", async () => {
  const made: Deno.ChildProcess[] = [];
  const ending = runCommand({
    argv: ["sleep", "0.2"],
    env: {},
    timeoutMs: LIMIT_MS,
    follow: (child) => {
      made.push(child);
      return processes.follow(child);
    },
  });
  const [child] = made;
  const isZombie = () =>
    / Z /.test(Deno.readTextFileSync(`/proc/${child.pid}/stat`));
  standStillUntil(isZombie);
  assert.equal((await ending).kind, "ended");
});

/** A server in a process of its own that answers after a moment. */
async function withServer(
  test: (
    port: number,
    said: (line: "asked" | "answered") => boolean,
  ) => Promise<void>,
): Promise<void> {
  const said = await Deno.makeTempFile();
  const program = `
    const say = (line) =>
      Deno.writeTextFileSync("${said}", line + "\\n", { append: true });
    const server = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    say(server.addr.port);
    const connection = await server.accept();
    await connection.read(new Uint8Array(4096));
    say("asked");
    await new Promise((resolve) => setTimeout(resolve, 200));
    const answer = "HTTP/1.1 204 No Content\\r\\nConnection: close\\r\\n\\r\\n";
    await connection.write(new TextEncoder().encode(answer));
    connection.close();
    say("answered");`;
  const lines = () => Deno.readTextFileSync(said).split("\n").slice(0, -1);
  await using _ = new Deno.Command(Deno.execPath(), {
    args: ["eval", program],
  }).spawn();
  await until("the server", () => lines().length > 0);
  await test(Number(lines()[0]), (line) => lines().includes(line));
  await Deno.remove(said);
}

Deno.test("an answer that has come meanwhile has come in time", async () => {
  await withServer(async (port, said) => {
    const url = `http://127.0.0.1:${port}/`;
    const asked = requestFault({
      method: "GET",
      url,
      redirects: "refused",
      timeoutMs: LIMIT_MS,
    });
    await until("the request", () => said("asked"));
    standStillUntil(() => said("answered"));
    assert.equal(await asked, undefined);
  });
});

Deno.test("a probe for it says yes", async () => {
  await withServer(async (port, said) => {
    const asked = askOnce(
      { kind: "http", url: `http://127.0.0.1:${port}/` },
      {
        env: {},
        timeoutMs: LIMIT_MS,
        signal: new AbortController().signal,
        follow: (child) => processes.follow(child),
      },
    );
    await until("the request", () => said("asked"));
    standStillUntil(() => said("answered"));
    assert.equal(await asked, undefined);
  });
});

Deno.test("a program that goes on for longer than its time is ended all the same", async () => {
  const result = await following((follow) =>
    runCommand({ argv: ["sleep", "1000"], env: {}, timeoutMs: 50, follow })
  );
  assert.equal(result.kind, "timedOut");
});
