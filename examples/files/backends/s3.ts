/** Objects in a bucket of an S3 server, by signed requests. */
import { AwsClient } from "aws4fetch";
import type { Config } from "../config.ts";
import { Refusal } from "../refusal.ts";
import type { Backend, Content, Stored } from "./backend.ts";
import { Measured } from "./measured.ts";

const CHECK_WITHIN_MS = 5_000;

export class S3Backend implements Backend {
  readonly name = "s3";
  readonly #client: AwsClient;
  readonly #bucket: string;

  constructor(config: Config["backend"]) {
    this.#client = new AwsClient({
      accessKeyId: config.s3_access_key,
      secretAccessKey: config.s3_secret_key,
      region: config.s3_region,
      service: "s3",
      retries: 0,
    });
    this.#bucket = `${config.s3_endpoint}/${config.s3_bucket_name}`;
  }

  async put(
    object: string,
    body: ReadableStream<Uint8Array<ArrayBuffer>>,
    length: number | undefined,
    signal: AbortSignal,
  ): Promise<Stored> {
    // S3 takes an object in one request only when it knows its length before.
    if (length === undefined) {
      throw new Refusal(
        411,
        "Content-Length is missing, and the s3 back end needs it",
      );
    }
    const measured = new Measured();
    const request = await this.#signed("PUT", this.#url(object), {
      "content-length": `${length}`,
      // The hash of the whole would have to be known before the first byte.
      "x-amz-content-sha256": "UNSIGNED-PAYLOAD",
    });
    const answer = await fetch(request.url, {
      method: "PUT",
      headers: request.headers,
      body: length === 0
        ? new Uint8Array()
        : body.pipeThrough(measured, { preventCancel: true }),
      signal,
    });
    await accepted(answer, `PUT ${object}`);
    const stored = measured.stored();
    if (stored.size !== length) {
      await this.remove(object);
      throw new Error(
        `The upload ended after ${stored.size} of ${length} bytes`,
      );
    }
    return stored;
  }

  async get(object: string): Promise<Content | undefined> {
    const answer = await fetch(await this.#signed("GET", this.#url(object)));
    if (answer.status === 404) {
      await answer.body?.cancel();
      return undefined;
    }
    if (!answer.ok || answer.body === null) {
      await accepted(answer, `GET ${object}`);
    }
    const size = Number(answer.headers.get("content-length"));
    return { size, body: answer.body ?? new Blob([]).stream() };
  }

  async remove(object: string): Promise<void> {
    const answer = await fetch(
      await this.#signed("DELETE", this.#url(object)),
    );
    if (answer.status === 404) return void await answer.body?.cancel();
    await accepted(answer, `DELETE ${object}`);
  }

  /** As `aws s3api head-bucket` does. */
  async check(): Promise<void> {
    const request = await this.#signed("HEAD", `${this.#bucket}/`);
    const answer = await fetch(request, {
      signal: AbortSignal.timeout(CHECK_WITHIN_MS),
    });
    await accepted(answer, `HEAD ${this.#bucket}`);
  }

  async #signed(
    method: string,
    url: string,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<Request> {
    return await this.#client.sign(new Request(url, { method, headers }));
  }

  #url(object: string): string {
    return this.#bucket + object.split("/").map(encodeURIComponent).join("/");
  }
}

async function accepted(answer: Response, request: string): Promise<void> {
  const said = await answer.text();
  if (answer.ok) return;
  const code = /<Code>(.*?)<\/Code>/.exec(said)?.[1] ?? answer.statusText;
  throw new Error(`S3 answered ${answer.status} ${code} to ${request}`);
}
