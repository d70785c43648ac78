/** Listening on behalf of a child: real sockets, and every reason why there is none. */
import assert from "node:assert/strict";
import type { ListenAddress } from "../../../src/core/vocabulary/settings.ts";
import {
  closeListeners,
  openListeners,
} from "../../../src/host/socket/listening_sockets.ts";
import { Processes } from "../../../src/host/process/processes.ts";
import { sharing } from "../../../src/host/descriptor/inheritance.ts";
import { holdPort } from "../../fixtures/held_port.ts";
import {
  assertNothingLeft,
  assertRefused,
  canConnect,
  hasPython,
  tcp,
  unix,
} from "../listeners.ts";
import { tempDirectory, until } from "../temp.ts";
import "../loaded_libc.ts";

/**
 * Nobody listens, or soon: a program that is being started, by a test beside
 * this one, has a copy of all our descriptors for a moment.
 */
const nobodyListens = (options: Deno.ConnectOptions) =>
  until(
    `nobody listens on ${options.hostname}`,
    async () => !await canConnect(options),
  );

/** A child that takes one connection on the inherited number, answers and ends. */
const ANSWER = `
import socket, sys
listener = socket.socket(fileno=int(sys.argv[1]))
connection, _ = listener.accept()
connection.sendall(b"hello from the child")
connection.close()
listener.detach()
`;

async function answerOf(
  fd: number,
  connect: () => Promise<Deno.Conn>,
): Promise<string> {
  const answer = new Deno.Command("python3", { args: ["-c", ANSWER, `${fd}`] });
  const child = sharing([fd], () => answer.spawn());
  using connection = await connect();
  const text = await new Response(connection.readable).text();
  assert.ok((await child.status).success);
  return text;
}

Deno.test({
  name: "one child after another takes connections on the inherited numbers",
  ignore: !hasPython,
  fn: async () => {
    await using directory = await tempDirectory();
    const path = `${directory.path}/socket`;
    using held = holdPort();
    const { port } = held;
    const [first, second] = openListeners([
      tcp("127.0.0.1", port),
      unix(path),
    ]);
    try {
      for (let round = 0; round < 2; round++) {
        const overTcp = () => Deno.connect({ hostname: "127.0.0.1", port });
        assert.equal(await answerOf(first, overTcp), "hello from the child");
        const overUnix = () => Deno.connect({ transport: "unix", path });
        assert.equal(await answerOf(second, overUnix), "hello from the child");
      }
    } finally {
      closeListeners();
    }
  },
});

Deno.test({
  name: "a connection that comes before the child waits for it",
  ignore: !hasPython,
  fn: async () => {
    using held = holdPort();
    const { port } = held;
    const [fd] = openListeners([tcp("127.0.0.1", port)]);
    try {
      const early = await Deno.connect({ hostname: "127.0.0.1", port });
      assert.equal(
        await answerOf(fd, () => Promise.resolve(early)),
        "hello from the child",
      );
    } finally {
      closeListeners();
    }
  },
});

Deno.test("`::` takes IPv6 and IPv4, ::1 only IPv6, and closing frees both", async () => {
  using held = holdPort("::");
  const { port } = held;
  const v6 = { hostname: "::1", port };
  const v4 = { hostname: "127.0.0.1", port };
  openListeners([tcp("::", port)]);
  assert.deepEqual([await canConnect(v6), await canConnect(v4)], [true, true]);
  closeListeners();
  await nobodyListens(v6);
  await nobodyListens(v4);
  openListeners([tcp("::1", port)]);
  assert.deepEqual([await canConnect(v6), await canConnect(v4)], [true, false]);
  closeListeners();
});

Deno.test("a port whose last connections still linger can be had again", async () => {
  using held = holdPort();
  const { port } = held;
  const before = Deno.listen({ hostname: "127.0.0.1", port });
  const client = await Deno.connect({ hostname: "127.0.0.1", port });
  const server = await before.accept();
  // Who closes first lingers in TIME_WAIT.
  server.close();
  assert.equal(await client.read(new Uint8Array(1)), null);
  client.close();
  before.close();
  await nobodyListens({ hostname: "127.0.0.1", port });
  openListeners([tcp("127.0.0.1", port)]);
  closeListeners();
});

Deno.test("an address in use is refused, and those before it are closed", async () => {
  using other = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = other.addr as Deno.NetAddr;
  const why =
    "the address is in use by another process; stop that one or choose another port";
  await assertRefused(tcp("127.0.0.1", port), why);
  await assertRefused(tcp("::", port), why);
  await using directory = await tempDirectory();
  const path = `${directory.path}/socket`;
  using free = holdPort();
  const addresses = [
    tcp("127.0.0.1", free.port),
    unix(path),
    tcp("127.0.0.1", port),
  ];
  assert.throws(() => openListeners(addresses));
  await assertNothingLeft(...addresses);
  await nobodyListens({ hostname: "127.0.0.1", port: free.port });
  assert.throws(() => Deno.lstatSync(path), Deno.errors.NotFound);
});

Deno.test("the reason is the same every time, whatever the runtime does meanwhile", () => {
  using other = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = other.addr as Deno.NetAddr;
  const seen = new Set<string>();
  for (let round = 0; round < 3000; round++) {
    try {
      openListeners([tcp("127.0.0.1", port)]);
    } catch (error) {
      seen.add(String(error));
    }
  }
  assert.equal(seen.size, 1);
});

Deno.test("an address that is not ours, or none, is refused", async () => {
  await assertRefused(
    tcp("192.0.2.1", 8080),
    "the address does not belong to this machine or container; tcp::PORT listens on all that do",
  );
  await assertRefused(tcp("localhost", 8080), "localhost is not an IP address");
  await assertRefused(
    tcp("fe80::1%lo", 8080),
    "fe80::1%lo is not an IP address",
  );
});

/** Root without capabilities, or whoever we are: the message of `openListeners`. */
async function messageWithoutCapabilities(
  address: ListenAddress,
): Promise<string> {
  const module = new URL(
    "../../../src/host/socket/listening_sockets.ts",
    import.meta.url,
  );
  const script = `
    import { openListeners } from "${module}";
    try {
      openListeners([${JSON.stringify(address)}]);
      console.log("opened");
    } catch (error) {
      console.log(error.message);
    }`;
  const drop = ["setpriv", "--bounding-set=-all", "--inh-caps=-all"];
  const [command, ...args] = [
    ...(Deno.uid() === 0 ? drop : []),
    ...[Deno.execPath(), "eval", "--no-lock", script],
  ];
  const { stdout } = await new Deno.Command(command, { args }).output();
  return new TextDecoder().decode(stdout).trim();
}

const firstOpenPort = Number(
  await Deno.readTextFile("/proc/sys/net/ipv4/ip_unprivileged_port_start"),
);

Deno.test({
  name: "a privileged port is refused with what helps",
  // Every port is open to everybody then.
  ignore: firstOpenPort === 0,
  fn: async () => {
    assert.equal(
      await messageWithoutCapabilities(tcp("127.0.0.1", firstOpenPort - 1)),
      `Cannot listen on tcp:127.0.0.1:${
        firstOpenPort - 1
      }: permission denied; ports below 1024 need CAP_NET_BIND_SERVICE or net.ipv4.ip_unprivileged_port_start, so choose one from 1024 on`,
    );
  },
});

Deno.test("a directory that may not be written to, and a socket that may not be connected to, are refused", async () => {
  await using directory = await tempDirectory();
  const path = `${directory.path}/socket`;
  {
    using _live = Deno.listen({ transport: "unix", path });
    await Deno.chmod(path, 0o000);
    assert.equal(
      await messageWithoutCapabilities(unix(path)),
      `Cannot listen on unix:${path}: a socket is there that this user may not connect to; remove it or choose another path`,
    );
  }
  await Deno.chmod(directory.path, 0o500);
  assert.equal(
    await messageWithoutCapabilities(unix(`${path}2`)),
    `Cannot listen on unix:${path}2: permission denied; this user needs to write to its directory`,
  );
  await Deno.chmod(directory.path, 0o700);
});

Deno.test("without a libc the refusal says so", async () => {
  const module = new URL(
    "../../../src/host/socket/listening_sockets.ts",
    import.meta.url,
  );
  await using directory = await tempDirectory();
  const script = `${directory.path}/open.ts`;
  await Deno.writeTextFile(
    script,
    `import { openListeners } from "${module}";
    try {
      openListeners([{ kind: "tcp", host: "::", port: 8080, backlog: 1 }]);
    } catch (error) {
      console.log((error as Error).message);
    }`,
  );
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "--no-prompt", "--no-lock", script],
  }).output();
  assert.equal(
    new TextDecoder().decode(stdout),
    "Cannot listen on tcp:[::]:8080: this needs glibc, which cannot be loaded here\n",
  );
});

/** What a program of the runtime finds under this number. */
async function inherited(
  fd: number,
  shared: readonly number[],
): Promise<string> {
  const command = new Deno.Command("bash", {
    args: ["-c", 'readlink "/proc/$$/fd/$1"', "bash", `${fd}`],
    stdout: "piped",
  });
  const { stdout } = await sharing(shared, () => command.spawn()).output();
  return new TextDecoder().decode(stdout);
}

Deno.test("a program inherits the sockets that are shared with it, another one none", async () => {
  using four = holdPort();
  using six = holdPort("::1");
  const [first, second] = openListeners([
    tcp("127.0.0.1", four.port),
    tcp("::1", six.port),
  ]);
  try {
    assert.match(await inherited(first, [first]), /^socket:/);
    assert.equal(await inherited(second, [first]), "");
    assert.equal(await inherited(first, []), "");
  } finally {
    closeListeners();
  }
});

Deno.test("a child that libc starts has its sockets, and none is left to the next", async () => {
  await using directory = await tempDirectory();
  const processes = new Processes();
  using held = holdPort();
  const [fd] = openListeners([tcp("127.0.0.1", held.port)]);
  const found = async (name: string, sockets: readonly number[]) => {
    const file = `${directory.path}/${name}`;
    const script = `readlink "/proc/$$/fd/${fd}" > "$1" || true`;
    const argv = ["bash", "-c", script, "bash", file] as const;
    let ended = false;
    const program = { argv, env: {}, workdir: undefined, sockets };
    processes.start({ ...program, group: "session" }, () => ended = true);
    await until("its end", () => {
      processes.collect();
      return ended;
    });
    return await Deno.readTextFile(file);
  };
  try {
    assert.match(await found("with", [fd]), /^socket:/);
    assert.equal(await found("without", []), "");
  } finally {
    closeListeners();
  }
});
