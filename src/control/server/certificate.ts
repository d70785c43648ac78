/** The certificate of the control endpoint, read again when its files have changed. */
import { newDigest } from "../../host/base/digest.ts";
import { readSmallText } from "../../host/files/small_text.ts";
import { errorText } from "../../host/socket/refusal.ts";
import type { KeyPair } from "./listener.ts";

export interface CertificateFiles {
  readonly cert: string;
  readonly key: string;
}

export class Certificate {
  readonly #files: CertificateFiles;
  #digest = "";

  constructor(files: CertificateFiles) {
    this.#files = files;
  }

  /**
   * The pair, if its files hold another one than when this was last asked, whether
   * that one was of use or not. Throws an Error whose message is one line: once for
   * each content that cannot be used, and for as long as they cannot be read.
   */
  changed(): KeyPair | undefined {
    const pair = { cert: read(this.#files.cert), key: read(this.#files.key) };
    const digest = newDigest().update(`${pair.cert}\0${pair.key}`).digest(
      "hex",
    );
    if (digest === this.#digest) return undefined;
    this.#digest = digest;
    prove(pair, this.#files);
    return pair;
  }
}

/** Why a server cannot begin with these files, in one line. */
export const certificateUnusable = (error: unknown): string =>
  `Cannot use --control-tls-cert and --control-tls-key: ${errorText(error)}`;

/** The same, of files that cannot be read; undefined where they can. */
export function certificateFault(
  { cert, key }: CertificateFiles,
): string | undefined {
  try {
    read(cert);
    read(key);
    return undefined;
  } catch (error) {
    return certificateUnusable(error);
  }
}

const PEM_MAX_BYTES = 1024 * 1024;

function read(path: string): string {
  try {
    return readSmallText(path, PEM_MAX_BYTES);
  } catch (error) {
    throw new Error(`${path} cannot be read: ${errorText(error)}`);
  }
}

/** The runtime takes no key for a socket that is open: so it is asked for another one, which nobody knows of. */
function prove(pair: KeyPair, { cert, key }: CertificateFiles): void {
  try {
    Deno.listenTls({ hostname: "127.0.0.1", port: 0, ...pair }).close();
  } catch (error) {
    throw new Error(
      `${cert} and ${key} are no pair of a certificate and its key: ${
        errorText(error)
      }`,
    );
  }
}
