/** One request over a connection of its own, and its answer as it comes. */
import { AnswerParser, type Head } from "./answer/http_parser.ts";

/** The connection has ended before the answer did. */
export class Incomplete extends Error {}

/** An answer whose content is still to be read. */
export interface Incoming extends Head {
  /** Throws an Incomplete or a NotHttp. Read it once, or close it. */
  readonly content: AsyncIterable<Uint8Array<ArrayBuffer>>;
  readonly close: () => void;
}

/**
 * Resolves when the head of the answer is there. The connection is closed with
 * `signal`, and with the end of the content.
 */
export async function exchange(
  connect: () => Promise<Deno.Conn>,
  request: Uint8Array,
  signal: AbortSignal,
): Promise<Incoming> {
  signal.throwIfAborted();
  const connection = await connected(connect, signal);
  let isOpen = true;
  const close = () => {
    if (isOpen) connection.close();
    isOpen = false;
  };
  signal.addEventListener("abort", close, { once: true });
  try {
    for (let rest = request; rest.length > 0;) {
      rest = rest.subarray(await connection.write(rest));
    }
    const parser = new AnswerParser();
    const first = [];
    while (parser.head === undefined) {
      first.push(...await more(connection, parser));
    }
    const content = contentOf(connection, parser, first, close);
    return { ...parser.head, content, close };
  } catch (error) {
    close();
    throw error;
  }
}

/** Who gives up does not wait for a connection; one that comes later is closed. */
async function connected(
  connect: () => Promise<Deno.Conn>,
  signal: AbortSignal,
): Promise<Deno.Conn> {
  const aborted = Promise.withResolvers<never>();
  const onAbort = () => aborted.reject(signal.reason);
  signal.addEventListener("abort", onAbort, { once: true });
  const connecting = connect();
  try {
    return await Promise.race([connecting, aborted.promise]);
  } catch (error) {
    connecting.then((late) => late.close(), () => {});
    throw error;
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}

const READ_BYTES = 16 * 1024;

async function more(connection: Deno.Conn, parser: AnswerParser) {
  const buffer = new Uint8Array(READ_BYTES);
  const count = await connection.read(buffer);
  if (count !== null) return parser.push(buffer.subarray(0, count));
  if (!parser.end() || parser.head === undefined) throw new Incomplete();
  return [];
}

async function* contentOf(
  connection: Deno.Conn,
  parser: AnswerParser,
  first: readonly Uint8Array<ArrayBuffer>[],
  close: () => void,
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  try {
    yield* first;
    while (!parser.isOver) yield* await more(connection, parser);
  } finally {
    close();
  }
}
