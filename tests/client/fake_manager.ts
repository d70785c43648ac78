/** A server on a unix socket that answers as a test tells it, and a terminal that is none. */
import {
  type ClientCall,
  isOfManager,
  parseClientCall,
} from "../../src/cli/client_call.ts";
import { parseInvocation } from "../../src/cli/command_line.ts";
import { answered } from "../../src/client/call_manager.ts";
import type { Terminal } from "../../src/client/terminal.ts";

type Handler = (request: Request) => Response | Promise<Response>;

/** What came of a subcommand. */
export interface Said {
  readonly code: number;
  readonly out: string;
  readonly errors: string;
}

/** Collects what is written to it. */
export class FakeTerminal implements Terminal {
  out = "";
  errors = "";
  hasColour = false;
  isTerminal: boolean;
  canRedraw: boolean;
  /** Called by a test that presses keys. */
  press: (key: string) => void = () => {};
  isRestored = true;

  constructor(isTerminal = false) {
    this.isTerminal = isTerminal;
    this.canRedraw = isTerminal;
  }

  size = () => ({ columns: 100, rows: 30 });

  write = (text: string): Promise<void> => {
    this.out += text;
    return Promise.resolve();
  };

  complain = (line: string): Promise<void> => {
    this.errors += `${line}\n`;
    return Promise.resolve();
  };

  keys = (onKey: (key: string) => void): () => void => {
    this.press = onKey;
    this.isRestored = false;
    return () => this.isRestored = true;
  };
}

const callOf = (
  words: readonly string[],
  unsaid: ClientCall["output"],
): ClientCall => {
  const invocation = parseInvocation(words, () => undefined);
  if (invocation.kind !== "subcommand") {
    throw new Error(`is ${invocation.kind}`);
  }
  const { name } = invocation;
  const call = parseClientCall(name, invocation.words, () => undefined);
  if (call === "help" || !isOfManager(call)) throw new Error(`is ${name}`);
  return { ...call, output: call.output ?? unsaid };
};

/** Runs a subcommand with its options; the output is text unless it is told. */
export async function say(
  words: readonly string[],
  terminal = new FakeTerminal(),
  interrupted = new AbortController().signal,
  unsaid: "text" | "nothing" = "text",
): Promise<Said> {
  const code = await answered(
    callOf(words, unsaid === "text" ? unsaid : undefined),
    terminal,
    interrupted,
  );
  return { code, out: terminal.out, errors: terminal.errors };
}

/** One for each test; gone with its socket when it is disposed of. */
export class FakeManager implements AsyncDisposable {
  readonly requests: string[] = [];
  readonly #directory = Deno.makeTempDirSync();
  readonly #end = new AbortController();
  readonly #server: Deno.HttpServer<Deno.UnixAddr>;

  constructor(handler: Handler) {
    this.#server = Deno.serve(
      { path: this.socket, signal: this.#end.signal, onListen: () => {} },
      async (request) => {
        const { pathname, search } = new URL(request.url);
        const body = await request.text();
        this.requests.push(
          `${request.method} ${pathname}${search}${body && ` ${body}`}`,
        );
        return await handler(request);
      },
    );
  }

  get socket(): string {
    return `${this.#directory}/control.sock`;
  }

  /** The option by which a client finds it. */
  get control(): string {
    return `--control=unix:${this.socket}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // Not shutdown(), as in tests/fixtures/server.ts.
    this.#end.abort();
    await this.#server.finished;
    Deno.removeSync(this.#directory, { recursive: true });
  }
}

/** Answers every request so. */
export const always = (status: number, body: unknown): Handler => () =>
  typeof body === "string"
    ? new Response(body, { status })
    : Response.json(body, { status });
