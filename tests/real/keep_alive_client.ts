/**
 * A program: keeps connections busy with one request after the other, as a
 * well-behaved HTTP client does. wrk isn't one: it never repeats a request.
 *
 * A server may close a connection that it kept for the next request at any
 * time, and a request that is on its way then was never looked at. RFC 9112
 * (9.3.1) lets a client repeat it on a new connection if it is idempotent, and
 * curl, Go, Java and browsers do; so does this one, once, when not a byte of an
 * answer has come on a connection that was used before. All else is a failure.
 *
 * Arguments: the port on 127.0.0.1 and how many connections. Ends on SIGINT,
 * with the line that wrk_report.lua writes, and `retried` besides.
 */
const [PORT, CONNECTIONS] = Deno.args.map(Number);
/** Without it a refused client would do nothing but try. */
const AFTER_FAILURE_MS = 1;
const REQUEST = new TextEncoder().encode(
  `GET / HTTP/1.1\r\nHost: 127.0.0.1:${PORT}\r\n\r\n`,
);

const faults = { connect: 0, read: 0, write: 0, timeout: 0, status: 0 };
const latenciesUs: number[] = [];
let retried = 0;
let stopping = false;
Deno.addSignalListener("SIGINT", () => stopping = true);

/** The request could not be sent, or its answer not be read to its end. */
class Broken extends Error {
  constructor(readonly fault: keyof typeof faults, readonly received: number) {
    super(fault);
  }
}

/** Sends one request. Returns whether the connection may be used again. */
async function exchange(connection: Deno.TcpConn): Promise<boolean> {
  let text = "";
  try {
    await connection.write(REQUEST);
  } catch {
    throw new Broken("write", 0);
  }
  const buffer = new Uint8Array(4096);
  while (!isWhole(text)) {
    const count = await connection.read(buffer).catch(() => null);
    if (count === null) throw new Broken("read", text.length);
    text += new TextDecoder().decode(buffer.subarray(0, count));
  }
  if (!text.startsWith("HTTP/1.1 2")) throw new Broken("status", text.length);
  return !/\r\nConnection: close\r\n/i.test(text);
}

function isWhole(text: string): boolean {
  const bodyAt = text.indexOf("\r\n\r\n") + 4;
  const length = /\r\nContent-Length: (\d+)\r\n/i.exec(text)?.[1];
  return bodyAt > 3 && text.length >= bodyAt + Number(length);
}

/** One connection after the other, and one request after the other. */
async function work(): Promise<void> {
  let kept: Deno.TcpConn | undefined;
  while (!stopping) {
    const startedAt = performance.now();
    try {
      kept = await request(kept);
      latenciesUs.push((performance.now() - startedAt) * 1_000);
    } catch (error) {
      if (!(error instanceof Broken)) throw error;
      kept = undefined;
      faults[error.fault]++;
      await new Promise((done) => setTimeout(done, AFTER_FAILURE_MS));
    }
  }
  kept?.close();
}

/** Makes one request, and returns the connection if it can be kept. */
async function request(
  kept: Deno.TcpConn | undefined,
): Promise<Deno.TcpConn | undefined> {
  const connection = kept ?? await connect();
  try {
    if (await exchange(connection)) return connection;
  } catch (error) {
    connection.close();
    const stale = kept !== undefined && error instanceof Broken &&
      error.fault !== "status" && error.received === 0;
    if (!stale) throw error;
    retried++;
    return await request(undefined);
  }
  connection.close();
  return undefined;
}

async function connect(): Promise<Deno.TcpConn> {
  try {
    return await Deno.connect({ hostname: "127.0.0.1", port: PORT });
  } catch {
    throw new Broken("connect", 0);
  }
}

const startedAt = performance.now();
await Promise.all(Array.from({ length: CONNECTIONS }, work));
latenciesUs.sort((a, b) => a - b);
const percentile = (part: number) =>
  latenciesUs[Math.ceil(part * latenciesUs.length) - 1] ?? 0;
const report = {
  requests: latenciesUs.length,
  durationUs: (performance.now() - startedAt) * 1_000,
  ...faults,
  p50Us: percentile(0.5),
  p99Us: percentile(0.99),
  maxUs: percentile(1),
  retried,
};
await Deno.stdout.write(
  new TextEncoder().encode(`report ${JSON.stringify(report)}\n`),
);
