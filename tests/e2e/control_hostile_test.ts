/** Clients of ill will at the control endpoint of the executable: the child never notices, and signals and reloads go on. */
import { deepEqual, equal, match, ok } from "node:assert/strict";
import { HOSTILE_REQUESTS } from "../fixtures/hostile_requests.ts";
import {
  answered,
  ask,
  type Asked,
  Client,
  talk,
} from "../fixtures/http_client.ts";
import { row } from "./bench.ts";
import { controlled } from "./control.ts";
import { holdPort } from "../fixtures/held_port.ts";
import { change, runsOn } from "./reloads.ts";
import { until } from "./until.ts";

const SLOW_CLIENTS = 100;
const SLOW_REQUEST = "GET /status HTTP/1.1\r\nHost: localhost\r\nA: ";

/** Sends a byte a second for as long as it is let. */
class SlowClient implements Disposable {
  readonly #client: Client;
  readonly #timer: number;
  #at = 0;

  constructor(client: Client) {
    this.#client = client;
    const send = () =>
      void client.send(SLOW_REQUEST[this.#at++ % SLOW_REQUEST.length]);
    send();
    this.#timer = setInterval(send, 1_000);
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
    this.#client[Symbol.dispose]();
  }
}

async function slowClients(address: number | string): Promise<SlowClient[]> {
  const clients = [];
  for (let count = 0; count < SLOW_CLIENTS; count++) {
    clients.push(new SlowClient(await Client.to(address)));
  }
  return clients;
}

Deno.test(
  row("control: 100 slow clients hold back no signal and no reload", async (
    bench,
  ) => {
    using held = holdPort();
    const { port } = held;
    const { file, manager, asker } = await controlled(bench, [
      `--control=tcp:127.0.0.1:${port}`,
    ], { child: ["--trap", "USR1"] });
    const pid = manager.childPid;
    using clients = new DisposableStack();
    for (const address of [asker.path, port]) {
      for (const client of await slowClients(address)) clients.use(client);
    }
    for (let nth = 1; nth <= 5; nth++) {
      manager.signal("SIGUSR1");
      await manager.out.wait("got SIGUSR1", { nth });
    }
    equal(manager.childPid, pid);
    change(file, "second");
    await runsOn(manager, "second", 2);
    // Each of the slow ones is given a moment, and then gives way to a client
    // that asks for something.
    await until("an answer beside the slow clients", async () => {
      const { status, body } = await asker.get("/readyz");
      ok(status === 200 || body.includes("Too many connections"), body);
      return status === 200;
    });
    await until(
      "the same over TCP",
      async () => (await ask(port, "/livez")).status === 200,
    );
    equal((await asker.command("reload", "--wait")).code, 0);
    await runsOn(manager, "second", 3);
    equal(await manager.stop(), 0);
    equal(manager.log.count(/ (WARN|ERROR): /), 0);
  }),
);

Deno.test(
  row("control: no hostile request reaches the child", async (bench) => {
    const { manager, asker } = await controlled(bench, [], {
      child: ["--trap", "all", "--exit-on", "TERM:0"],
    });
    const before = await asker.status();
    for (const [what, [text, status]] of Object.entries(HOSTILE_REQUESTS)) {
      const answer = await talk(asker.path, text);
      equal(answered(answer).status, status, what);
      equal(answer.match(/^HTTP\/1\.1 \d/gm)?.length, 1, what);
    }
    const oversized = {
      method: "POST",
      body: JSON.stringify({ reason: "x".repeat(1_000_000) }),
    };
    equal((await asker.request("/hold", oversized)).status, 413);
    equal(
      (await asker.post("/hold", { reason: "x".repeat(60_000) })).status,
      400,
    );
    const { hold, reloads, child } = await asker.status();
    deepEqual([hold, reloads, child.pid], [null, [], before.child.pid]);
    equal(manager.out.count("got SIG"), 0);
    manager.expectStarts(1);
    equal(await manager.stop(), 0);
    equal(manager.log.count(/ (WARN|ERROR): /), 0);
  }),
);

/** What a page, a stranger or somebody with a forged token sends over TCP, and what is answered. */
const STRANGERS: Readonly<Record<string, readonly [string, Asked, number]>> = {
  "a name that leads here": ["/livez", { headers: { Host: "evil.test" } }, 421],
  "no host": ["/livez", { headers: { Host: "" } }, 400],
  "a page of another origin": ["/reload", {
    method: "POST",
    headers: { Origin: "https://evil.test", Authorization: "Bearer right-7" },
  }, 403],
  "a page's request": ["/reload", {
    method: "POST",
    headers: {
      "Sec-Fetch-Site": "cross-site",
      Authorization: "Bearer right-7",
    },
  }, 403],
  "no token": ["/child/stop", { method: "POST" }, 401],
  "a prefix of the token": ["/child/stop", {
    method: "POST",
    headers: { Authorization: "Bearer right-" },
  }, 401],
  "more than the token": ["/child/stop", {
    method: "POST",
    headers: { Authorization: "Bearer right-7 right-7" },
  }, 401],
  "another scheme": ["/child/stop", {
    method: "POST",
    headers: { Authorization: "Basic cmlnaHQtNw==" },
  }, 401],
  "a token in the query": [
    "/child/stop?token=right-7",
    { method: "POST" },
    401,
  ],
};

Deno.test(
  row("control: strangers on the network change nothing", async (bench) => {
    using held = holdPort();
    const { port } = held;
    const { manager, asker } = await controlled(bench, [
      `--control=tcp:127.0.0.1:${port}`,
      `--control-token-file=${bench.write("token", "right-7\n")}`,
    ]);
    for (const [what, [path, asked, status]] of Object.entries(STRANGERS)) {
      equal((await ask(port, path, asked)).status, status, what);
    }
    const garbage = crypto.getRandomValues(new Uint8Array(2_000));
    match(await talk(port, garbage), /^(HTTP\/1\.1 4\d\d |$)/);
    const { state, hold, reloads } = await asker.status();
    deepEqual([state, hold, reloads], ["running", null, []]);
    manager.expectStarts(1);
    for (const { text } of manager.log.entries) ok(!text.includes("right-7"));
  }),
);
