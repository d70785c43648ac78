/**
 * A real nginx that restarts on a listening socket of the manager's. What that
 * costs under load is in load_test.ts.
 *
 * nginx (1.22) takes over listening sockets whose numbers stand in the variable
 * NGINX, each followed by a semicolon: the mechanism by which it replaces its
 * own executable. It uses one for the `listen` directive with exactly the
 * socket's address, and closes those that no directive has: `listen 8080` is
 * not 127.0.0.1:8080. With NGINX set it stays in the foreground, whatever
 * `daemon` says, and leaves the file of a Unix socket alone when it ends.
 *
 * By QUIT it answers what it has accepted before it ends, for as long as that
 * takes (`worker_shutdown_timeout` and `--stop-timeout` bound it); new
 * connections wait in the socket's backlog meanwhile. By TERM it ends at once
 * and breaks what is in flight, though it too leaves the backlog alone.
 */
import { equal } from "node:assert/strict";
import type { Manager } from "../e2e/harness.ts";
import { until } from "../e2e/until.ts";
import { nginxCheck, SLOW, SLOW_BYTES } from "./nginx.ts";
import { realTest } from "./programs.ts";
import { Site } from "./site.ts";

const NGINX = { needs: ["nginx"] } as const;
const QUIT = "--stop-signal=QUIT";

realTest("nginx: restarts on the socket it is handed", NGINX, async (bench) => {
  const site = new Site(bench);
  const manager = await site.start([
    QUIT,
    ...site.handedOver(),
    nginxCheck(bench),
  ]);
  const { text } = await manager.log.wait("Listening on tcp:127.0.0.1:");
  const descriptor = Number(/as descriptor (\d+)$/.exec(text)?.[1]);
  await manager.log.wait(`using inherited sockets from "${descriptor};"`);
  await site.answers("first");
  site.publish("second");
  await site.answers("second");
  site.publish("third", "no_such_directive on;");
  await manager.log.wait("New configuration rejected");
  equal(await site.ask(), "second");
  await manager.started(2);
  // Two incarnations, and the check that was refused, whose output is shown.
  equal(manager.log.count(`using inherited sockets from "${descriptor};"`), 3);
  equal(await manager.stop(), 0);
});

realTest(
  "nginx: a listen directive with another address is not the handed socket",
  NGINX,
  async (bench) => {
    const site = new Site(bench, { listen: (port) => `${port}` });
    const manager = await site.start([QUIT, ...site.handedOver()]);
    // nginx tries to open a socket of its own, and the manager's has the port.
    await manager.log.wait(
      `bind() to 0.0.0.0:${site.port} failed (98: Address already in use)`,
    );
    equal(await manager.exitCode(), 1);
  },
);

/** A request whose answer has begun, and a restart meanwhile. Returns its end. */
async function restartDuringAnswer(
  site: Site,
  manager: Manager,
): Promise<number | "broken"> {
  await site.answers("first");
  const response = await fetch(`http://127.0.0.1:${site.port}/slow`);
  site.publish("second");
  await manager.log.wait("Sent SIG");
  const body = await response.text().catch(() => undefined);
  await site.answers("second");
  return body?.length ?? "broken";
}

realTest(
  "nginx: QUIT lets a request in flight end, and the next one waits",
  NGINX,
  async (bench) => {
    const site = new Site(bench, { more: SLOW });
    const manager = await site.start([QUIT, ...site.handedOver()]);
    const ended = restartDuringAnswer(site, manager);
    // From here on the old worker accepts nothing.
    await manager.log.wait("gracefully shutting down");
    // Nobody accepts it until the next nginx is there, and nobody refuses it.
    const waiting = site.ask();
    equal(await ended, SLOW_BYTES);
    equal(await waiting, "second");
    await manager.started(2);
    equal(await manager.stop(), 0);
  },
);

realTest("nginx: TERM breaks a request in flight", NGINX, async (bench) => {
  const site = new Site(bench, { more: SLOW });
  const manager = await site.start(site.handedOver());
  equal(await restartDuringAnswer(site, manager), "broken");
  equal(await manager.stop(), 0);
});

realTest(
  "nginx: restarts on a Unix socket it is handed",
  NGINX,
  async (bench) => {
    const path = bench.path("nginx.sock");
    const site = new Site(bench, { listen: () => `unix:${path}` });
    const manager = await site.start([
      QUIT,
      `--listen=unix:${path}`,
      "--env=NGINX={listen0};",
    ]);
    const answers = (expected: string) =>
      until(`the answer ${expected}`, async () => {
        const answer = await askUnix(path);
        return answer.trim().endsWith(expected);
      });
    await manager.log.wait("Listening on unix:");
    // Nobody is ever refused, also when no nginx is there.
    await answers("first");
    site.publish("second");
    await answers("second");
    site.publish("third");
    await answers("third");
    await manager.started(3);
    equal(await manager.stop(), 0);
    const left = await Deno.stat(path).catch(() => undefined);
    equal(left, undefined);
  },
);

/** One request on a connection of its own; the whole answer. */
async function askUnix(path: string): Promise<string> {
  using connection = await Deno.connect({ transport: "unix", path });
  const request = "GET / HTTP/1.0\r\n\r\n";
  await connection.write(new TextEncoder().encode(request));
  return await new Response(connection.readable).text();
}
