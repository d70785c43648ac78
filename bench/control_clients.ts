/**
 * Clients that ask much of a control endpoint, in a process of their own: 100 that
 * send a byte a second and come back when they are sent away, and ten that together
 * scrape /metrics 1,000 times a second. The argument is the path of the socket.
 * Prints a line once all have begun; with each line on its standard input, how many
 * scrapes a second were answered since the last one.
 */
const SLOW_CLIENTS = 100;
const SCRAPERS = 10;
const SCRAPES_PER_SECOND = 1_000;
const CATCH_UP_MS = 100;

const [path] = Deno.args;
const encoder = new TextEncoder();
const SCRAPE = encoder.encode(
  "GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n",
);
const SLOW = encoder.encode("GET /status HTTP/1.1\r\nHost: localhost\r\nA: ");

const connect = () => Deno.connect({ transport: "unix", path });
const pause = (ms: number) => new Promise((done) => setTimeout(done, ms));

let answers = 0;

/** What it does until its connection breaks, again and again. */
async function forever(use: (conn: Deno.Conn) => Promise<void>) {
  for (;;) {
    try {
      using conn = await connect();
      await use(conn);
    } catch {
      // Sent away: it comes back.
    }
    await pause(100);
  }
}

async function dawdle(conn: Deno.Conn): Promise<void> {
  for (let at = 0;; at++) {
    await conn.write(SLOW.subarray(at % SLOW.length, at % SLOW.length + 1));
    await pause(1_000);
  }
}

async function scrape(conn: Deno.Conn): Promise<void> {
  const buffer = new Uint8Array(64 * 1024);
  const everyMs = 1_000 * SCRAPERS / SCRAPES_PER_SECOND;
  let dueMs = performance.now();
  for (;;) {
    await conn.write(SCRAPE);
    await readAnswer(conn, buffer);
    answers++;
    // One that is late catches up, but not on what it could not do for long.
    dueMs = Math.max(dueMs + everyMs, performance.now() - CATCH_UP_MS);
    const restMs = dueMs - performance.now();
    if (restMs > 0) await pause(restMs);
  }
}

/** To the end of an answer 200 that has a length; rejects for another one. */
async function readAnswer(
  conn: Deno.Conn,
  buffer: Uint8Array<ArrayBuffer>,
): Promise<void> {
  let size = 0;
  let end: number | undefined;
  while (end === undefined || size < end) {
    const read = await conn.read(buffer.subarray(size));
    if (read === null) throw new Error("The answer was cut");
    size += read;
    end ??= endOf(new TextDecoder().decode(buffer.subarray(0, size)));
  }
}

function endOf(text: string): number | undefined {
  const body = text.indexOf("\r\n\r\n") + 4;
  if (body < 4) return undefined;
  const [, length] =
    /^HTTP\/1\.1 200 [^]*?\r\nContent-Length: (\d+)\r\n/.exec(text) ?? [];
  if (length === undefined) throw new Error("Refused");
  return body + Number(length);
}

for (let count = 0; count < SCRAPERS; count++) void forever(scrape);
for (let count = 0; count < SLOW_CLIENTS; count++) void forever(dawdle);
console.log("begun");
let sinceMs = performance.now();
for await (const _ of Deno.stdin.readable) {
  const tookMs = performance.now() - sinceMs;
  console.log(Math.round(1_000 * answers / tookMs));
  answers = 0;
  sinceMs = performance.now();
}
Deno.exit();
