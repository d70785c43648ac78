/** `--listen`: sockets that outlive every child, so that no connection is refused. */
import { deepEqual, equal, match, ok } from "node:assert/strict";
import { holdPort } from "../fixtures/held_port.ts";
import { type Bench, needing, row } from "./bench.ts";
import type { Manager } from "./harness.ts";
import { INIT_WITHOUT_LIBC, libcAside } from "./init.ts";
import { asOrdinaryUser } from "./namespaces.ts";
import { isAlive, STREAMS_ALONE } from "./processes.ts";
import {
  change,
  linesOf,
  POLLS,
  QUICK,
  records,
  refuses,
  runsOn,
  script,
  start,
} from "./reloads.ts";
import { until } from "./until.ts";

/** A manager on the file with a child that answers on {listen0}. */
async function serving(
  bench: Bench,
  address: string,
  options: readonly string[] = [],
  child: readonly string[] = [],
): Promise<{ file: string; manager: Manager }> {
  const file = bench.write("app.conf", "first");
  const manager = bench.supervise({
    config: [file],
    options: [`--listen=${address}`, QUICK, POLLS, ...options],
    child: [...child, "--serve", "{listen0}"],
  });
  await manager.ready();
  return { file, manager };
}

type Target =
  | { readonly hostname: string; readonly port: number }
  | { readonly path: string };

/** One connection: what the child answered. Throws unless it did. */
async function ask(target: Target): Promise<string> {
  using connection = "path" in target
    ? await Deno.connect({ transport: "unix", path: target.path })
    : await Deno.connect(target);
  let text = "";
  const decoder = new TextDecoder();
  for await (
    const chunk of connection.readable.values({ preventCancel: true })
  ) {
    text += decoder.decode(chunk);
    if (text.endsWith("\n")) break;
  }
  if (!/^pid=\d+\n$/.test(text)) throw new Error(`It answered "${text}"`);
  return text.trim();
}

/** Clients that connect without a pause, until they are disposed of. */
class Load implements AsyncDisposable {
  readonly errors: string[] = [];
  readonly servers = new Set<string>();
  answers = 0;
  #over = false;
  readonly #clients: Promise<void>[];

  constructor(target: Target, clients = 4) {
    this.#clients = Array.from({ length: clients }, () => this.#client(target));
  }

  async #client(target: Target): Promise<void> {
    while (!this.#over) {
      try {
        this.servers.add(await ask(target));
        this.answers++;
      } catch (error) {
        this.errors.push(String(error));
      }
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#over = true;
    await Promise.all(this.#clients);
  }
}

/** So many restarts under load lose no connection. */
async function survivesRestarts(
  { file, manager }: { file: string; manager: Manager },
  target: Target,
  restarts: number,
): Promise<void> {
  const load = new Load(target);
  {
    await using _ = load;
    await until("answers", () => load.answers > 50);
    for (let restart = 1; restart <= restarts; restart++) {
      change(file, `content ${restart}`);
      await runsOn(manager, `content ${restart}`, restart + 1);
      const pid = `pid=${manager.childPid}`;
      await until(
        `answers of ${pid}`,
        () => load.servers.has(pid) || undefined,
      );
    }
  }
  deepEqual(load.errors, []);
  equal(load.servers.size, restarts + 1);
}

Deno.test(
  row("5 listen: five restarts under load refuse no TCP connection", async (
    bench,
  ) => {
    using held = holdPort();
    const { port } = held;
    const service = await serving(bench, `tcp:127.0.0.1:${port}`);
    await survivesRestarts(service, { hostname: "127.0.0.1", port }, 5);
  }),
);

Deno.test(
  row("5 listen: five restarts under load refuse no unix connection", async (
    bench,
  ) => {
    const path = bench.path("app.sock");
    const service = await serving(bench, `unix:${path}`);
    await survivesRestarts(service, { path }, 5);
    equal(await service.manager.stop(), 0);
    ok(!exists(path));
  }),
);

Deno.test(
  row(
    "5 listen: restarts with a new child that is slow to begin refuse none either",
    async (bench) => {
      using held = holdPort();
      const { port } = held;
      const service = await serving(bench, `tcp:127.0.0.1:${port}`, [], [
        "--sleep",
        "300",
      ]);
      await survivesRestarts(service, { hostname: "127.0.0.1", port }, 2);
    },
  ),
);

Deno.test(
  row("5 listen: IPv6, and all addresses of both versions", async (bench) => {
    using one = holdPort("::1");
    const first = await serving(bench, `tcp:[::1]:${one.port}`);
    await ask({ hostname: "::1", port: one.port });
    await first.manager.log.wait(
      new RegExp(`Listening on tcp:\\[::1\\]:${one.port} as descriptor \\d+$`),
    );
    using both = holdPort("::");
    await serving(bench, `tcp::${both.port}`);
    await ask({ hostname: "::1", port: both.port });
    await ask({ hostname: "127.0.0.1", port: both.port });
  }),
);

Deno.test(
  row(
    "5 listen: {listen0}, {listen1} in arguments and --env are the descriptors that were said",
    async (bench) => {
      using one = holdPort();
      const two = bench.path("two.sock");
      const without = bench.supervise({
        child: ["--fds"],
        through: STREAMS_ALONE,
      });
      const { text: usual } = await without.out.wait("fds: ");
      const manager = bench.supervise({
        options: [
          `--listen=tcp:127.0.0.1:${one.port}`,
          `--listen=unix:${two}`,
          "--env=FDS={listen1};{listen0}",
        ],
        child: [
          "--env",
          "FDS",
          "--fds",
          "--print",
          "fd://{listen0}",
          "--print",
          "{listen1}",
        ],
        through: STREAMS_ALONE,
      });
      await manager.ready({ watches: false });
      const [a, b] = manager.log.matches("Listening on ").map(({ text }) =>
        text.slice(text.lastIndexOf(" ") + 1)
      );
      equal(manager.out.count(`env: FDS=${b};${a}`), 1);
      equal(manager.out.count(`fd://${a}`), 1);
      equal(manager.out.count(new RegExp(`^${b}$`)), 1);
      // These, and else what a child always has.
      const numbers = (line: string) => line.split(" ").slice(1).map(Number);
      const [{ text: fds }] = manager.out.matches("fds: ");
      deepEqual(
        numbers(fds).toSorted((x, y) => x - y),
        [...numbers(usual), Number(a), Number(b)].toSorted((x, y) => x - y),
      );
    },
  ),
);

Deno.test(
  row(
    "5 listen: a restart after a crash keeps the socket, and who came meanwhile",
    async (
      bench,
    ) => {
      using held = holdPort();
      const { port } = held;
      const { manager } = await serving(bench, `tcp:127.0.0.1:${port}`, [
        "--restart=always",
        "--backoff=500ms..600ms",
      ]);
      const target = { hostname: "127.0.0.1", port };
      const before = await ask(target);
      await manager.killChild("SIGKILL");
      await manager.log.wait("restarting it in");
      const answer = await ask(target);
      await start(manager, 2);
      equal(answer, `pid=${manager.childPid}`);
      ok(answer !== before);
    },
  ),
);

Deno.test(
  row(
    "5 listen: with --strategy overlap two children share the socket, and nobody is refused",
    async (bench) => {
      using held = holdPort();
      const { port } = held;
      const service = await serving(bench, `tcp:127.0.0.1:${port}`, [
        "--strategy=overlap",
        "--ready=log:^ready",
      ]);
      await service.manager.log.wait("is ready after");
      await survivesRestarts(service, { hostname: "127.0.0.1", port }, 3);
    },
  ),
);

Deno.test(row(
  "5 listen: without a libc it is exit 1, and said why",
  needing(
    INIT_WITHOUT_LIBC,
    async (bench) => {
      await refuses(
        bench.supervise({
          options: ["--listen=tcp:127.0.0.1:8080"],
          through: INIT_WITHOUT_LIBC.through,
          env: libcAside(bench),
        }),
        1,
        "Cannot listen on tcp:127.0.0.1:8080: this needs glibc, which cannot be loaded here",
      );
    },
  ),
));

Deno.test(
  row(
    "5 listen: what outlives the manager does not keep the port, unless it is the child's",
    async (bench) => {
      using held = holdPort();
      const { port } = held;
      const pids = bench.write("pids", "");
      // In a session of its own nobody ends it.
      const leave = script(
        bench,
        "leave",
        `setsid sh -c 'echo $$ >> ${pids}; exec sleep 1000' > /dev/null 2>&1 &
         until grep -q "^$!$" ${pids}; do sleep 0.01; done`,
      );
      // Before the start it says no, or it would be no sign.
      const asked = bench.path("asked");
      const sign = script(
        bench,
        "sign",
        `test -e ${asked} || { touch ${asked}; exit 1; }; exec ${leave}`,
      );
      const { file, manager } = await serving(bench, `tcp:127.0.0.1:${port}`, [
        `--check-command=${leave}`,
        `--ready=exec:${sign}`,
        `--on-change=exec:${leave}`,
      ]);
      await manager.log.wait("is ready after");
      change(file, "second");
      await manager.log.wait("New configuration applied");
      equal(linesOf(pids).length, 4);
      ok(linesOf(pids).map(Number).every(isAlive));
      equal(await manager.stop(), 0);
      using _ = Deno.listen({ hostname: "127.0.0.1", port });
    },
  ),
);

Deno.test(
  row("5 listen: after the manager's end nobody listens", async (bench) => {
    using held = holdPort();
    const { port } = held;
    const { manager } = await serving(bench, `tcp:127.0.0.1:${port}`);
    equal(await manager.stop(), 0);
    using _ = Deno.listen({ hostname: "127.0.0.1", port });
  }),
);

Deno.test(
  row("5 listen: a port in use is exit 1, one line, nothing started", async (
    bench,
  ) => {
    using taken = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const { port } = taken.addr;
    const other = bench.path("other.sock");
    const manager = bench.supervise({
      options: [`--listen=unix:${other}`, `--listen=tcp:127.0.0.1:${port}`],
    });
    const errors = await refuses(
      manager,
      1,
      `Cannot listen on tcp:127.0.0.1:${port}: the address is in use by another process; stop that one or choose another port`,
    );
    equal(errors.length, 1);
    ok(!exists(other), "the socket that was made before is gone");
  }),
);

Deno.test(
  row("5 listen: an address of another machine is exit 1", async (bench) => {
    await refuses(
      bench.supervise({ options: ["--listen=tcp:192.0.2.1:8080"] }),
      1,
      "Cannot listen on tcp:192.0.2.1:8080: the address does not belong to this machine or container",
    );
  }),
);

Deno.test(
  row(
    "5 listen: a privileged port without the right to it is exit 1, and says what helps",
    (() => {
      const user = asOrdinaryUser();
      return needing(user, async (bench) => {
        await refuses(
          bench.supervise({
            options: ["--listen=tcp:127.0.0.1:1"],
            through: user.through,
          }),
          1,
          "Cannot listen on tcp:127.0.0.1:1: permission denied; ports below 1024 need CAP_NET_BIND_SERVICE",
        );
      });
    })(),
  ),
);

Deno.test(
  row("5 listen: the unix socket has the mode that was asked for", async (
    bench,
  ) => {
    const path = bench.path("app.sock");
    await serving(bench, `unix:${path},mode=0620`);
    const { mode, isSocket } = Deno.statSync(path);
    ok(isSocket);
    equal((mode ?? 0) & 0o777, 0o620);
    await ask({ path });
  }),
);

Deno.test(
  row(
    "5 listen: a stale unix socket makes way; one that lives, and a file, don't",
    async (
      bench,
    ) => {
      const path = bench.path("app.sock");
      const { manager } = await serving(bench, `unix:${path}`);
      const live = bench.supervise({ options: [`--listen=unix:${path}`] });
      await refuses(
        live,
        1,
        `Cannot listen on unix:${path}: the address is in use by another process`,
      );
      // Nobody can clean up after this.
      manager.signal("SIGKILL");
      await manager.killChild("SIGKILL");
      await manager.ended();
      ok(exists(path));
      const next = bench.supervise({
        options: [`--listen=unix:${path}`],
        child: ["--serve", "{listen0}"],
      });
      await next.ready({ watches: false });
      await ask({ path });
      const file = bench.write("file", "mine");
      await refuses(
        bench.supervise({ options: [`--listen=unix:${file}`] }),
        1,
        `Cannot listen on unix:${file}: a file that is not a socket is there`,
      );
      equal(Deno.readTextFileSync(file), "mine");
    },
  ),
);

Deno.test(
  row("5 listen: a directory that is not there is exit 1", async (bench) => {
    const path = bench.path("no/app.sock");
    await refuses(
      bench.supervise({ options: [`--listen=unix:${path}`] }),
      1,
      `Cannot listen on unix:${path}: its directory does not exist`,
    );
  }),
);

Deno.test(row("5 listen: its line in a JSON log", async (bench) => {
  using held = holdPort();
  const { port } = held;
  const { manager } = await serving(bench, `tcp:127.0.0.1:${port}`, [
    "--log-format=json",
  ]);
  const [record] = records(manager, "Listening on");
  equal(record.address, `tcp:127.0.0.1:${port}`);
  match(String(record.fd), /^\d+$/);
  equal(record.level, "info");
}));

function exists(path: string): boolean {
  try {
    Deno.lstatSync(path);
    return true;
  } catch {
    return false;
  }
}

/** What a killed manager leaves. */
async function leaveStaleSocket(path: string): Promise<void> {
  const { success } = await new Deno.Command("python3", {
    args: [
      "-c",
      "import socket,sys; s=socket.socket(socket.AF_UNIX); s.bind(sys.argv[1]); s.listen()",
      path,
    ],
  }).output();
  ok(success);
}

const RIVALS = 4;
const ROUNDS = 2;

Deno.test(
  row(
    "5 listen: of managers that find one stale unix socket at once, one runs and the others are refused",
    async (bench) => {
      const path = bench.path("app.sock");
      for (let round = 1; round <= ROUNDS; round++) {
        await leaveStaleSocket(path);
        const rivals = Array.from({ length: RIVALS }, () =>
          bench.supervise({
            options: [`--listen=unix:${path}`],
            child: ["--serve", "{listen0}"],
          }));
        const refused = await Promise.all(rivals.map(async (manager) => {
          const { text } = await manager.log.wait(
            /Cannot listen on|Child process started/,
          );
          return text.includes("Cannot listen on");
        }));
        equal(refused.filter((one) => !one).length, 1, `round ${round}`);
        match(await ask({ path }), /^pid=/);
        for (const [at, manager] of rivals.entries()) {
          if (refused[at]) equal(await manager.exitCode(), 1);
          else equal(await manager.stop(), 0);
        }
        deepEqual(
          [...Deno.readDirSync(bench.directory)].map(({ name }) => name)
            .filter((name) => name.startsWith("app.sock")),
          [],
        );
      }
    },
  ),
);
