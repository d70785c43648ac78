/**
 * What the kubelet mounts for the service account of our pod. It replaces the
 * files while we run (a token lasts an hour, an authority some years), so each is
 * read at every use: it is small, and in memory.
 */
import { oneLine } from "../../core/notation/one_line.ts";
import { readCaFile } from "../../host/ask/ca_file.ts";
import { readSmallText } from "../../host/files/small_text.ts";
import { errorText } from "../../host/socket/refusal.ts";

export const SERVICE_ACCOUNT_DIR =
  "/var/run/secrets/kubernetes.io/serviceaccount";

/** A token has one to three KiB; with certificates in its claims some more. */
const TOKEN_MAX_BYTES = 32 * 1024;
const NAMESPACE_MAX_BYTES = 256;

/** Each method throws an Error with one line for the user, which has nothing of the token. */
export class ServiceAccount {
  readonly #directory: string;

  constructor(directory = SERVICE_ACCOUNT_DIR) {
    this.#directory = directory;
  }

  get tokenFile(): string {
    return `${this.#directory}/token`;
  }

  get caFile(): string {
    return `${this.#directory}/ca.crt`;
  }

  token(): string {
    const token = this.#read(this.tokenFile, TOKEN_MAX_BYTES).trim();
    // What a header may hold, so that no file can add one of its own.
    if (!/^[\x21-\x7e]+$/.test(token)) {
      throw new Error(`${this.tokenFile} holds no token`);
    }
    return token;
  }

  /** The certificates that an API server is trusted by, in PEM. */
  authorities(): string {
    return readCaFile(this.caFile);
  }

  namespace(): string {
    const path = `${this.#directory}/namespace`;
    const name = this.#read(path, NAMESPACE_MAX_BYTES).trim();
    if (!/^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/.test(name)) {
      throw new Error(`${oneLine(path)} holds no name of a namespace`);
    }
    return name;
  }

  #read(path: string, maxBytes: number): string {
    try {
      return readSmallText(path, maxBytes);
    } catch (error) {
      throw new Error(
        `${oneLine(path)} cannot be read: ${
          errorText(error)
        }; the pod needs a service account with automountServiceAccountToken: true`,
      );
    }
  }
}
