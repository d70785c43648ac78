/** What a service manager has given to us: which variables are ours, and what they mean. Real datagrams are in tests/e2e/service_test.ts. */
import assert from "node:assert/strict";
import {
  type Given,
  monotonicUsec,
  takeOver,
} from "../../../src/host/ready/service_manager.ts";
import { Receiver } from "../../../src/host/ready/credentials.ts";
import { datagramCalls } from "../../../src/host/ready/notify_socket.ts";
import { pipeCalls } from "../../../src/host/descriptor/pipe.ts";
import {
  AF_UNIX,
  SOCK_CLOEXEC,
  SOCK_DGRAM,
  SOCK_NONBLOCK,
  unixName,
} from "../../../src/host/socket/unix_socket.ts";
import { until } from "../../e2e/until.ts";
import "../loaded_libc.ts";

const US = 7;

/** What is taken from an environment with these variables, and what stays there. */
function taken(
  variables: Record<string, string>,
): { given: Given; left: string[] } {
  const environment = new Map(Object.entries(variables));
  const given = takeOver({
    get: (name) => environment.get(name),
    has: (name) => environment.has(name),
    delete: (name) => environment.delete(name),
  }, US);
  return { given, left: [...environment.keys()] };
}

Deno.test("service_manager: nothing is given, and nothing taken", () => {
  const { given, left } = taken({ PATH: "/bin" });
  assert.deepEqual(given, {
    tell: undefined,
    watchdogMs: undefined,
    sockets: 0,
  });
  assert.deepEqual(left, ["PATH"]);
});

Deno.test("service_manager: NOTIFY_SOCKET is always ours", () => {
  const { given, left } = taken({ NOTIFY_SOCKET: "/run/notify" });
  assert.ok(given.tell !== undefined);
  assert.deepEqual(left, []);
});

Deno.test("service_manager: a socket that is not there, or no name of one, is told of", () => {
  const tell = (path: string) =>
    taken({ NOTIFY_SOCKET: path }).given.tell?.("READY=1");
  assert.equal(tell("/no/such/socket"), "/no/such/socket: os error 2");
  assert.equal(
    tell("@flush-manager/nobody"),
    "@flush-manager/nobody: os error 111",
  );
  assert.equal(tell("vsock:2:1"), "vsock:2:1 is no name of a socket");
});

const WATCHDOGS: readonly [
  string,
  Record<string, string>,
  number | undefined,
  number,
][] = [
  ["ours", { WATCHDOG_USEC: "10000000", WATCHDOG_PID: "7" }, 5_000, 0],
  ["anybody's", { WATCHDOG_USEC: "3000" }, 1, 0],
  ["another's", { WATCHDOG_USEC: "10000000", WATCHDOG_PID: "8" }, undefined, 2],
  ["no number", { WATCHDOG_USEC: "soon", WATCHDOG_PID: "7" }, undefined, 0],
  ["of a year", { WATCHDOG_USEC: "31536000000000" }, undefined, 0],
  ["not there", { WATCHDOG_PID: "7" }, undefined, 1],
];

for (const [whose, variables, everyMs, left] of WATCHDOGS) {
  Deno.test(`service_manager: a watchdog that is ${whose}`, () => {
    const found = taken({ NOTIFY_SOCKET: "/run/notify", ...variables });
    assert.equal(found.given.watchdogMs, everyMs);
    assert.equal(found.left.length, left);
  });
}

Deno.test("service_manager: sockets are ours where LISTEN_PID says so", () => {
  const variables = {
    LISTEN_FDS: "2",
    LISTEN_FDNAMES: "a:b",
    LISTEN_PIDFDID: "9",
  };
  const ours = taken({ LISTEN_PID: "7", ...variables });
  assert.equal(ours.given.sockets, 2);
  assert.deepEqual(ours.left, []);
  const others = taken({ LISTEN_PID: "8", ...variables });
  assert.equal(others.given.sockets, 0);
  assert.equal(others.left.length, 4);
  // Without it they are for whoever has them: the child does.
  assert.equal(taken(variables).left.length, 3);
});

const SOL_SOCKET = 1;
const SO_PASSCRED = 16;
/** What a socket has room for, and some more, but not more than may wait. */
const SENT =
  Number(Deno.readTextFileSync("/proc/sys/net/unix/max_dgram_qlen")) + 20;

Deno.test("service_manager: what a busy service manager has no room for is sent later, in order", async () => {
  const directory = Deno.makeTempDirSync();
  const path = `${directory}/notify`;
  const calls = datagramCalls();
  const name = unixName(path);
  assert.ok(calls !== undefined && name !== undefined);
  const type = SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK;
  const fd = calls.socket(AF_UNIX, type, 0);
  try {
    // As a service manager, the receiver wants to know who has sent a datagram.
    const on = new Int32Array([1]);
    calls.setsockopt(fd, SOL_SOCKET, SO_PASSCRED, on, on.byteLength);
    assert.equal(calls.bind(fd, name, name.length), 0);
    const { tell } = taken({ NOTIFY_SOCKET: path }).given;
    for (let at = 1; at <= SENT; at++) {
      assert.equal(tell?.(`STATUS=${at}`), undefined);
    }
    const receiver = new Receiver(64);
    const found: string[] = [];
    await until("the last one", () => {
      for (
        let next = receiver.receive(fd);
        next !== undefined;
        next = receiver.receive(fd)
      ) {
        found.push(new TextDecoder().decode(next.bytes));
      }
      return found.length === SENT;
    });
    assert.deepEqual(
      found,
      Array.from({ length: SENT }, (_, at) => `STATUS=${at + 1}`),
    );
  } finally {
    pipeCalls()?.close(fd);
    Deno.removeSync(directory, { recursive: true });
  }
});

Deno.test("service_manager: the time of the kernel's clock goes on, in microseconds", () => {
  const first = monotonicUsec();
  const startedAt = performance.now();
  while (performance.now() - startedAt < 5);
  const second = monotonicUsec();
  assert.ok(first !== undefined && second !== undefined);
  assert.ok(second - first >= 4_000n, `${second - first}`);
});
