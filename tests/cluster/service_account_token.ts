/** Tokens of ServiceAccounts: what is in one, and older ones. Must not ask the API server. */

/** What the API server says of the token's owner. */
export interface Claims {
  readonly exp: number;
  readonly iat: number;
  readonly nbf: number;
  readonly "kubernetes.io": {
    readonly namespace: string;
    readonly pod: { readonly name: string; readonly uid: string };
  };
}

const ES256 = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
const BASE64URL = { alphabet: "base64url", omitPadding: true } as const;
const HOUR_S = 3_600;

const utf8 = new TextEncoder();

/** The claims of a token, which is not verified. */
export function claimsOf(token: string): Claims {
  const bytes = Uint8Array.fromBase64(token.split(".")[1], BASE64URL);
  return JSON.parse(new TextDecoder().decode(bytes));
}

/**
 * The same token, issued two hours earlier: it has been over for an hour. The API
 * server issues none for less than ten minutes.
 */
export const expiredToken = (token: string, keyPem: string): Promise<string> =>
  issuedEarlier(token, 2 * HOUR_S, keyPem);

/**
 * The same token, issued so many seconds earlier, for an hour. It is signed with
 * the key of the API server (in PEM).
 */
export async function issuedEarlier(
  token: string,
  seconds: number,
  keyPem: string,
): Promise<string> {
  const [header] = token.split(".");
  const claims = claimsOf(token);
  const iat = claims.iat - seconds;
  const old = { ...claims, iat, nbf: iat, exp: iat + HOUR_S };
  const signed = `${header}.${encoded(utf8.encode(JSON.stringify(old)))}`;
  const der = Uint8Array.fromBase64(keyPem.replace(/-----.*-----|\s/g, ""));
  const key = await crypto.subtle.importKey("pkcs8", der, ES256, false, [
    "sign",
  ]);
  const signature = await crypto.subtle.sign(ES256, key, utf8.encode(signed));
  return `${signed}.${encoded(new Uint8Array(signature))}`;
}

const encoded = (bytes: Uint8Array<ArrayBuffer>): string =>
  bytes.toBase64(BASE64URL);
