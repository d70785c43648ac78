/** The files that a client needs before it asks over TCP: the token that it shows, and the certificate that it trusts. */
// @ts-types="../../types/std_async_delay.d.ts"
import { delay } from "@std/async/delay";
import type { ClientCall } from "../cli/client_call.ts";
import { formatDuration } from "../core/notation/duration.ts";
import { faultOfFile, NoAnswer } from "./no_answer.ts";

/** As text; undefined where none is asked for. */
export interface Credentials {
  readonly token: string | undefined;
  readonly certificate: string | undefined;
}

type Asked = Pick<
  ClientCall,
  "address" | "tokenFile" | "caFile" | "timeoutMs"
>;

/** A device has no end, and a token or a chain of certificates is far smaller. */
const MAX_BYTES = 256 * 1024;

const LOOK_AGAIN_MS = 20;

/**
 * Reads them. A pipe is read too, as of `--token-file <(pass show token)`: its
 * writer has the time that an answer has. Throws a NoAnswer with one line for the
 * user; after an interruption, whatever it was interrupted in.
 */
export async function readCredentials(
  { address, tokenFile, caFile, timeoutMs }: Asked,
  interrupted: AbortSignal,
): Promise<Credentials> {
  // A socket asks for no token and speaks no TLS: who may use it, its mode says.
  if (address.kind === "unix") {
    return { token: undefined, certificate: undefined };
  }
  const read = async (path: string, what: string): Promise<string> => {
    try {
      return await readText(path, timeoutMs, interrupted);
    } catch (error) {
      const why = faultOfFile(error);
      throw new NoAnswer(address, `${what} in ${path} cannot be read: ${why}`);
    }
  };
  const isCertificateUsed = caFile !== undefined && address.tls !== false;
  const token = tokenFile === undefined
    ? undefined
    : tokenIn(await read(tokenFile, "the token"));
  if (tokenFile !== undefined && token === undefined) {
    throw new NoAnswer(
      address,
      `${tokenFile} holds no token; write one line without spaces into it`,
    );
  }
  return {
    token,
    certificate: isCertificateUsed
      ? await read(caFile, "the certificate")
      : undefined,
  };
}

function tokenIn(text: string): string | undefined {
  const token = text.replace(/\r?\n$/, "");
  return /^[\x21-\x7e]+$/.test(token) ? token : undefined;
}

/**
 * Opened without waiting for a writer, as only node:fs can; what a pipe does not
 * have yet is asked for again, so that a signal is heard meanwhile.
 */
async function readText(
  path: string,
  timeoutMs: number,
  interrupted: AbortSignal,
): Promise<string> {
  const { closeSync, constants, fstatSync, openSync } = nodeFs();
  const { O_NOCTTY, O_NONBLOCK, O_RDONLY } = constants;
  const fd = openSync(path, O_RDONLY | O_NONBLOCK | O_NOCTTY);
  try {
    const isPipe = fstatSync(fd).isFIFO();
    const until = performance.now() + timeoutMs;
    const bytes = new Uint8Array(MAX_BYTES + 1);
    for (let length = 0;;) {
      const count = readNow(fd, bytes.subarray(length));
      length += count ?? 0;
      if (length > MAX_BYTES) {
        throw new Error(`it is over ${MAX_BYTES} bytes; use a smaller file`);
      }
      // A pipe is at its end, too, before its first writer has opened it.
      const isEnd = count === 0 && (length > 0 || !isPipe);
      if (isEnd) return new TextDecoder().decode(bytes.subarray(0, length));
      if (count !== undefined && count > 0) continue;
      if (performance.now() >= until) {
        const time = formatDuration(timeoutMs);
        throw new Error(
          `nobody has written it within ${time}; write it at once, or raise --timeout`,
        );
      }
      await delay(LOOK_AGAIN_MS, { signal: interrupted });
    }
  } finally {
    closeSync(fd);
  }
}

/** Undefined where there is nothing yet. */
function readNow(fd: number, into: Uint8Array): number | undefined {
  try {
    return nodeFs().readSync(fd, into);
  } catch (error) {
    if ((error as { code?: string }).code === "EAGAIN") return undefined;
    throw error;
  }
}

const nodeFs = () => globalThis.process.getBuiltinModule("node:fs");
