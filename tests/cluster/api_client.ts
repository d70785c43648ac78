/**
 * Requests to the API server as one user, known by a token. Tells what was
 * answered; must not know what is asked for.
 */

export type Method = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";

/** What was answered: the fields that objects, lists and refusals have in common. */
export interface Answer {
  readonly status: number;
  /** Of a refusal: why. */
  readonly message: string;
  /** The whole of it. */
  readonly text: string;
}

export class ApiClient implements Disposable {
  readonly #url: string;
  readonly #token: string;
  readonly #http: Deno.HttpClient;

  constructor(url: string, ca: string, token: string) {
    this.#url = url;
    this.#token = token;
    this.#http = Deno.createHttpClient({ caCerts: [ca] });
  }

  /**
   * Asks once. A patch is a JSON merge patch.
   *
   * @throws {Error} when there is no answer
   */
  async ask(method: Method, path: string, body?: unknown): Promise<Answer> {
    const response = await this.#fetch(method, path, body);
    const text = await response.text();
    return { status: response.status, message: messageIn(text), text };
  }

  /**
   * Asks, and returns the body of an answer that is expected to be a success.
   *
   * @throws {Error} with what the server says against it
   */
  async must<T>(method: Method, path: string, body?: unknown): Promise<T> {
    const { status, message, text } = await this.ask(method, path, body);
    if (status >= 200 && status < 300) return JSON.parse(text);
    throw new Error(`${method} ${path}: ${status} ${message}`);
  }

  #fetch(
    method: Method,
    path: string,
    body: unknown,
  ): Promise<Response> {
    const type = method === "PATCH"
      ? "application/merge-patch+json"
      : "application/json";
    return fetch(`${this.#url}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${this.#token}`,
        accept: "application/json",
        "content-type": type,
      },
      body: body === undefined ? undefined : JSON.stringify(body),
      client: this.#http,
    });
  }

  [Symbol.dispose](): void {
    this.#http.close();
  }
}

/** The message of a Status; of what is none, the text. */
function messageIn(text: string): string {
  try {
    const { message } = JSON.parse(text) as { message?: string };
    return message ?? "";
  } catch {
    return text;
  }
}
