/** Clients that ask over a new TLS connection each time, and count what is lost. They never ask twice. */
import { connect } from "node:tls";

export interface Counts {
  readonly answered: number;
  readonly lost: readonly string[];
}

export interface Load {
  /** Ends the clients, each after its request. */
  end(): Promise<Counts>;
}

/** A request may take that long; then it counts as lost. */
const WITHIN_MS = 30_000;

export function tlsLoad(
  port: number,
  path: string,
  headers: Readonly<Record<string, string>>,
  clients: number,
): Load {
  const lines = Object.entries({
    host: "localhost",
    connection: "close",
    ...headers,
  })
    .map(([name, value]) => `${name}: ${value}\r\n`).join("");
  const head = `GET ${path} HTTP/1.1\r\n${lines}\r\n`;
  let isEnding = false;
  let answered = 0;
  const lost: string[] = [];
  const ask = () =>
    new Promise<void>((resolve) => {
      let said = "";
      const socket = connect({
        host: "localhost",
        port,
        rejectUnauthorized: false,
      });
      const end = (why: string | undefined) => {
        if (why === undefined) answered++;
        else lost.push(why);
        socket.destroy();
        resolve();
      };
      socket.setTimeout(WITHIN_MS, () => end("timed out"));
      socket.setEncoding("utf8");
      socket.on("secureConnect", () => socket.write(head));
      socket.on("data", (text: string) => said += text);
      socket.on("error", (error: Error) => end(error.message));
      socket.on("end", () => end(isWhole(said) ? undefined : `only: ${said}`));
    });
  const client = async () => {
    while (!isEnding) await ask();
  };
  const ended = Promise.all(Array.from({ length: clients }, client));
  return {
    end: async () => {
      isEnding = true;
      await ended;
      return { answered, lost };
    },
  };
}

/** Whether it is the answer 200, with as many bytes of body as its head says. */
function isWhole(answer: string): boolean {
  const [head = "", body = ""] = answer.split("\r\n\r\n");
  const [, length] = /^content-length: (\d+)$/mi.exec(head) ?? [];
  return head.startsWith("HTTP/1.1 200 ") && body.length === Number(length);
}
