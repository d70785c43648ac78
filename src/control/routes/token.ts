/** The token that clients on the network have to show. It is never logged nor answered. */
import { nodeCrypto } from "../../host/base/built_in.ts";
import { readSmallText } from "../../host/files/small_text.ts";
import { newDigest } from "../../host/base/digest.ts";

const TOKEN_MAX_BYTES = 4096;
const BEARER = /^bearer +(\S+)$/i;

/**
 * Why a request is not let in by its Authorization header; undefined if it is. The
 * file is read for every request: it is small, and a secret that was taken back
 * must not be good for another moment.
 */
export function tokenFault(
  path: string,
  authorization: string | undefined,
): "absent" | "wrong" | "unusable" | undefined {
  // Who shows nothing is no reason to look for the fault in the file.
  if (authorization === undefined) return "absent";
  const token = readToken(path);
  if (token === undefined) return "unusable";
  const [, shown] = BEARER.exec(authorization) ?? [];
  return shown !== undefined && isSame(shown, token) ? undefined : "wrong";
}

/** Without the newline at its end; undefined if there is none, so that nothing can be shown that equals it. */
export function readToken(path: string): string | undefined {
  try {
    const text = readSmallText(path, TOKEN_MAX_BYTES);
    const token = text.replace(/\r?\n$/, "");
    return /^[\x21-\x7e]+$/.test(token) ? token : undefined;
  } catch {
    return undefined;
  }
}

/** Takes as long for any two texts: digests have the same length. */
const isSame = (one: string, other: string): boolean =>
  nodeCrypto().timingSafeEqual(digestOf(one), digestOf(other));

const digestOf = (text: string) => newDigest().update(text).digest();
