/**
 * READY=1 through a real socket, sent by this process and by programs. The
 * runtime has datagram sockets only with --unstable-net: started without it, this
 * file runs itself once more with it.
 */
import assert from "node:assert/strict";
import { openNotifySocket } from "../../src/host/notify_socket.ts";
import { tempDirectory, until } from "./temp.ts";

const listenDatagram: typeof Deno.listenDatagram | undefined =
  Deno.listenDatagram;

if (listenDatagram === undefined) {
  Deno.test("these tests pass with --unstable-net", async () => {
    const args = ["test", "--quiet", "-A", "--unstable-net"];
    const { success, stdout, stderr } = await new Deno.Command(
      Deno.execPath(),
      { args: [...args, import.meta.filename!], env: { NO_COLOR: "1" } },
    ).output();
    const decoder = new TextDecoder();
    assert.ok(success, decoder.decode(stdout) + decoder.decode(stderr));
    assert.match(decoder.decode(stdout), /ok \| [1-9]\d* passed/);
  });
} else {
  Deno.test("READY=1 is heard, alone or among other lines", async () => {
    await using heard = await listen();
    for (
      const text of ["READY=1", "READY=1\n", "STATUS=Up\nREADY=1\nMAINPID=7"]
    ) {
      const before = heard.count;
      await heard.send(text);
      await until(`${text} is heard`, () => heard.count === before + 1);
    }
  });

  Deno.test("everything else is ignored, and the next READY=1 is heard", async () => {
    await using heard = await listen();
    const other = [
      "",
      "READY=0",
      "READY=11",
      "XREADY=1",
      "STATUS=READY=1",
      "WATCHDOG=1",
      "EXTEND_TIMEOUT_USEC=1000000",
      "RELOADING=1\nMONOTONIC_USEC=5",
      "STOPPING=1",
      "\xff\0\x01",
      // In order, so the last two show that the limit is 4096 bytes.
      "READY=1\n" + "x".repeat(4089),
      "READY=1\n" + "x".repeat(60_000),
    ];
    for (const text of other) await heard.send(text);
    await heard.send("READY=1\n" + "x".repeat(4088));
    await until("the last is heard", () => heard.count > 0);
    assert.equal(heard.count, 1);
  });

  Deno.test("another process is heard", async () => {
    await using heard = await listen();
    const script = `
      const transport = "unixpacket";
      const path = Deno.env.get("NOTIFY_SOCKET");
      const socket = Deno.listenDatagram({ transport, path: path + ".sender" });
      const text = new TextEncoder().encode("READY=1");
      await socket.send(text, { transport, path });
      socket.close();`;
    const { success } = await new Deno.Command(Deno.execPath(), {
      args: ["eval", "--unstable-net", script],
      env: { NOTIFY_SOCKET: heard.path },
    }).output();
    assert.ok(success);
    await until("it is heard", () => heard.count === 1);
  });

  Deno.test("the socket is for us alone and is gone after close", async () => {
    await using directory = await tempDirectory();
    const first = openNotifySocket(directory.path, () => {});
    const second = openNotifySocket(directory.path, () => {});
    assert.notEqual(first.path, second.path);
    const { mode, isSocket } = Deno.statSync(first.path);
    assert.equal(isSocket, true);
    assert.equal((mode ?? 0) & 0o777, 0o600);
    const home = first.path.slice(0, first.path.lastIndexOf("/"));
    assert.equal((Deno.statSync(home).mode ?? 0) & 0o777, 0o700);
    first.close();
    assert.ok(Deno.statSync(second.path).isSocket);
    second.close();
    assert.deepEqual([...Deno.readDirSync(directory.path)], []);
  });

  Deno.test("a close survives that the file is gone already", async () => {
    await using directory = await tempDirectory();
    const socket = openNotifySocket(directory.path, () => {});
    for (const { name } of Deno.readDirSync(directory.path)) {
      Deno.removeSync(`${directory.path}/${name}`, { recursive: true });
    }
    socket.close();
  });

  Deno.test("a directory that cannot hold a socket is refused in one line", async () => {
    await using directory = await tempDirectory();
    assert.match(
      refusalOf(`${directory.path}/no\nsuch`),
      /^notify is not available: no directory can be made in .*no\\nsuch \(No such file or directory \(os error 2\).*\)$/,
    );
    const long = `${directory.path}/${"x".repeat(100)}`;
    Deno.mkdirSync(long);
    assert.match(
      refusalOf(long),
      /^notify is not available: no socket can be made at .*SUN_LEN\)$/,
    );
    assert.deepEqual([...Deno.readDirSync(long)], []);
  });
}

Deno.test("a runtime without datagram sockets is refused in one line", () => {
  const descriptor = Object.getOwnPropertyDescriptor(Deno, "listenDatagram");
  Reflect.deleteProperty(Deno, "listenDatagram");
  try {
    assert.equal(
      refusalOf("/tmp"),
      "notify is not available: the runtime has no datagram sockets (--unstable-net)",
    );
  } finally {
    if (descriptor !== undefined) {
      Object.defineProperty(Deno, "listenDatagram", descriptor);
    }
  }
});

function refusalOf(directory: string): string {
  try {
    openNotifySocket(directory, () => {}).close();
  } catch (error) {
    assert.ok(error instanceof Error);
    return error.message;
  }
  assert.fail("it was opened");
}

/** An open socket, and a second one to send to it. */
async function listen() {
  const directory = await tempDirectory();
  const heard = { count: 0 };
  const socket = openNotifySocket(directory.path, () => heard.count++);
  const sender = Deno.listenDatagram({
    transport: "unixpacket",
    path: `${directory.path}/sender`,
  });
  return {
    path: socket.path,
    get count() {
      return heard.count;
    },
    async send(text: string): Promise<void> {
      await sender.send(new TextEncoder().encode(text), {
        transport: "unixpacket",
        path: socket.path,
      });
    },
    async [Symbol.asyncDispose](): Promise<void> {
      sender.close();
      socket.close();
      await directory[Symbol.asyncDispose]();
    },
  };
}
