/** One request over a connection of its own, and its answer as it comes. */
import { AnswerParser, type Head } from "../core/notation/http_answer.ts";

/** The connection has ended before the answer did. */
export class Incomplete extends Error {}

/** An answer whose content is still to be read. */
export interface Incoming extends Head {
  /** Throws an Incomplete or a NotHttp. Read it once, or close it. */
  readonly content: AsyncIterable<Uint8Array<ArrayBuffer>>;
  readonly close: () => void;
}

/**
 * Resolves when the head of the answer is there. The connection is closed when one
 * of `ends` is aborted, and with the end of the content. (Not `AbortSignal.any`:
 * what it returns can be collected as garbage while it is waited for.)
 */
export async function exchange(
  connect: () => Promise<Deno.Conn>,
  request: Uint8Array,
  ends: readonly AbortSignal[],
): Promise<Incoming> {
  const connection = await connected(connect, ends);
  const close = () => {
    if (!remove()) return;
    connection.close();
  };
  const remove = onceAborted(ends, close);
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

/**
 * Calls `onAbort` when the first of them is aborted. The function that is returned
 * takes that back; it returns whether it had not been taken back before.
 */
function onceAborted(
  signals: readonly AbortSignal[],
  onAbort: () => void,
): () => boolean {
  let isSet = true;
  for (const signal of signals) signal.addEventListener("abort", onAbort);
  return () => {
    const wasSet = isSet;
    isSet = false;
    for (const signal of signals) signal.removeEventListener("abort", onAbort);
    return wasSet;
  };
}

/** Who gives up does not wait for a connection; one that comes later is closed. */
async function connected(
  connect: () => Promise<Deno.Conn>,
  ends: readonly AbortSignal[],
): Promise<Deno.Conn> {
  for (const signal of ends) signal.throwIfAborted();
  const aborted = Promise.withResolvers<never>();
  const remove = onceAborted(
    ends,
    () => aborted.reject(new DOMException("given up", "AbortError")),
  );
  const connecting = connect();
  try {
    return await Promise.race([connecting, aborted.promise]);
  } catch (error) {
    connecting.then((late) => late.close(), () => {});
    throw error;
  } finally {
    remove();
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
