/** READY=1 through a real socket, sent as programs send it. */
import assert from "node:assert/strict";
import { libcCalls } from "../../../src/host/libc/calls.ts";
import {
  type Hearing,
  NotifySockets,
  type Sender,
} from "../../../src/host/ready/notify_socket.ts";
import { unixName } from "../../../src/host/socket/unix_socket.ts";
import "../loaded_libc.ts";
import { tempDirectory, until } from "../temp.ts";

const AF_UNIX = 1;
const SOCK_DGRAM = 2;

const sendCalls = libcCalls({
  socket: { parameters: ["i32", "i32", "i32"], result: "i32" },
  sendto: {
    parameters: ["i32", "buffer", "usize", "i32", "buffer", "u32"],
    result: "i64",
    // It waits while the queue is full, and this thread has to empty it.
    nonblocking: true,
  },
  close: { parameters: ["i32"], result: "i32" },
});
sendCalls();

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

Deno.test("only READY=1 of a trusted sender is heard, and the kernel says who it is", async () => {
  const senders: Sender[] = [];
  let isTrusted = false;
  let strangers = 0;
  await using heard = await listen({
    isTrusted: (sender) => {
      senders.push(sender);
      return isTrusted;
    },
    onStranger: () => strangers++,
  });
  await heard.send("STATUS=up");
  await heard.send("READY=1");
  await until("a stranger is told", () => strangers === 1);
  assert.equal(heard.count, 0);
  isTrusted = true;
  await heard.send("READY=1");
  await until("it is heard", () => heard.count === 1);
  const us = { pid: Deno.pid, uid: Deno.statSync("/proc/self").uid };
  assert.deepEqual(senders, [us, us]);
});

Deno.test("a socket can be written to by others, not found, and is gone after close", async () => {
  await using directory = await tempDirectory();
  const sockets = new NotifySockets(directory.path);
  const first = sockets.open(DEAF);
  const second = sockets.open(DEAF);
  assert.notEqual(first.path, second.path);
  const { mode, isSocket } = Deno.statSync(first.path);
  assert.equal(isSocket, true);
  assert.equal((mode ?? 0) & 0o777, 0o666);
  const home = first.path.slice(0, first.path.lastIndexOf("/"));
  assert.equal((Deno.statSync(home).mode ?? 0) & 0o777, 0o711);
  const closed = first.close();
  assert.equal([...Deno.readDirSync(home)].length, 1);
  assert.ok(Deno.statSync(second.path).isSocket);
  await Promise.all([closed, second.close()]);
  sockets.close();
  assert.deepEqual([...Deno.readDirSync(directory.path)], []);
});

Deno.test("a directory that was cleaned away is made again for the next socket", async () => {
  await using directory = await tempDirectory();
  const sockets = new NotifySockets(directory.path);
  const first = sockets.open(DEAF);
  for (const { name } of Deno.readDirSync(directory.path)) {
    Deno.removeSync(`${directory.path}/${name}`, { recursive: true });
  }
  await first.close();
  const second = sockets.open(DEAF);
  assert.ok(Deno.statSync(second.path).isSocket);
  await second.close();
  sockets.close();
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
    /^notify is not available: the path .* is longer than 107 bytes; set TMPDIR to a shorter one$/,
  );
  assert.deepEqual([...Deno.readDirSync(long)], []);
});

Deno.test("without libc it is refused in one line, and nothing is left", async () => {
  const module = new URL(
    "../../../src/host/ready/notify_socket.ts",
    import.meta.url,
  );
  await using directory = await tempDirectory();
  const script = `${directory.path}/open.ts`;
  const home = `${directory.path}/home`;
  Deno.mkdirSync(home);
  await Deno.writeTextFile(
    script,
    `import { NotifySockets } from "${module}";
    try {
      new NotifySockets("${home}");
    } catch (error) {
      console.log((error as Error).message);
    }`,
  );
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "--quiet",
      "--no-prompt",
      "--no-lock",
      "--allow-read",
      "--allow-write",
      script,
    ],
  }).output();
  assert.equal(
    new TextDecoder().decode(stdout),
    "notify is not available: this needs glibc, which cannot be loaded here\n",
  );
  assert.deepEqual([...Deno.readDirSync(home)], []);
});

const DEAF: Hearing = { isTrusted: () => true, onMessage: () => {} };

function refusalOf(directory: string): string {
  let sockets: NotifySockets | undefined;
  try {
    sockets = new NotifySockets(directory);
    sockets.open(DEAF);
  } catch (error) {
    assert.ok(error instanceof Error);
    return error.message;
  } finally {
    sockets?.close();
  }
  assert.fail("it was opened");
}

/** With a buffer of its own: V8 moves the contents of a small array. */
function bufferOf(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const copy = new Uint8Array(new ArrayBuffer(bytes.length));
  copy.set(bytes);
  return copy;
}

/** An open socket, and one to send to it. */
async function listen(hearing: Partial<Hearing> = {}) {
  const directory = await tempDirectory();
  const heard = { count: 0 };
  const sockets = new NotifySockets(directory.path);
  const socket = sockets.open({
    isTrusted: () => true,
    onMessage: ({ isReady }) => {
      if (isReady) heard.count++;
    },
    ...hearing,
  });
  const calls = sendCalls();
  const name = unixName(socket.path);
  assert.ok(calls !== undefined && name !== undefined);
  const fd = calls.socket(AF_UNIX, SOCK_DGRAM, 0);
  return {
    path: socket.path,
    get count() {
      return heard.count;
    },
    async send(text: string): Promise<void> {
      const bytes = bufferOf(new TextEncoder().encode(text));
      const size = BigInt(bytes.length);
      const to = bufferOf(name);
      assert.equal(
        await calls.sendto(fd, bytes, size, 0, to, to.length),
        size,
      );
    },
    async [Symbol.asyncDispose](): Promise<void> {
      calls.close(fd);
      await socket.close();
      sockets.close();
      await directory[Symbol.asyncDispose]();
    },
  };
}
