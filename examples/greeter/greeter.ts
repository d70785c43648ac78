/**
 * A small HTTP service of the kind that flush-manager is for: it reads its
 * configuration once, at start, and never looks at the file again.
 *
 *   ./greeter --config greeter.conf --port 8080
 *   ./greeter --config greeter.conf --fd N      on a socket that it inherits
 *   ./greeter --config greeter.conf --check     only read the configuration
 *
 * GET / answers with the configuration and the process ID, as one JSON object.
 * SIGTERM and SIGINT end it cleanly: it accepts no more connections, finishes
 * the requests under way and exits with 0.
 */
import { parseArgs } from "node:util";
import { serveInherited, type Server } from "./inherited_socket.ts";

/** What the service answers with. */
export interface Answer {
  greeting: string;
  colour: string;
  revision: string;
  pid: number;
}

interface Config {
  greeting: string;
  colour: string;
  revision: string;
  /** HOST:PORT of what the service cannot work without; empty if there is none. */
  database: string;
}

/** The configuration file: a `key=value` a line, `#` begins a comment. */
function readConfig(path: string): Config {
  const config: Config = {
    greeting: "Hello",
    colour: "white",
    revision: "0",
    database: "",
  };
  for (
    const [index, line] of Deno.readTextFileSync(path).split("\n").entries()
  ) {
    if (/^\s*(#|$)/.test(line)) continue;
    const [, key, value] = /^\s*([^=]*?)\s*=\s*(.*?)\s*$/.exec(line) ?? [];
    if (key === undefined || !Object.hasOwn(config, key)) {
      throw new Error(`${path}:${index + 1}: unknown key ${key ?? line}`);
    }
    config[key as keyof Config] = value;
  }
  return config;
}

/** What no check of the file can find out: whether the database is there. */
async function connect(database: string): Promise<void> {
  const [, hostname, port] = /^(.+):(\d+)$/.exec(database) ?? [];
  try {
    using _ = await Deno.connect({ hostname, port: Number(port) });
  } catch (cause) {
    throw new Error(`Cannot reach the database at ${database}`, { cause });
  }
}

async function serve(): Promise<Server> {
  const { values } = parseArgs({
    options: {
      config: { type: "string", default: "greeter.conf" },
      hostname: { type: "string", default: "127.0.0.1" },
      port: { type: "string", default: "0" },
      fd: { type: "string" },
      check: { type: "boolean", default: false },
    },
  });
  const { database, ...config } = readConfig(values.config);
  if (values.check) return { finished: Promise.resolve(), shutdown() {} };
  if (database !== "") await connect(database);
  const answer: Answer = { ...config, pid: Deno.pid };
  const said = (where: string) =>
    console.log(`greeter: revision ${answer.revision} listens on ${where}`);
  if (values.fd !== undefined) {
    const server = serveInherited(
      Number(values.fd),
      (path) =>
        path === "/"
          ? ["200 OK", JSON.stringify(answer)]
          : ["404 Not Found", '"Not found"\n'],
    );
    said(`descriptor ${values.fd}`);
    return server;
  }
  const server = Deno.serve(
    {
      hostname: values.hostname,
      port: Number(values.port),
      onListen: ({ hostname, port }) => said(`http://${hostname}:${port}/`),
    },
    (request) =>
      new URL(request.url).pathname === "/"
        ? Response.json(answer)
        : new Response("Not found\n", { status: 404 }),
  );
  return {
    finished: server.finished,
    shutdown: () => void server.shutdown(),
  };
}

try {
  const server = await serve();
  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    Deno.addSignalListener(signal, () => {
      console.log(`greeter: ${signal}, finishes the requests under way`);
      server.shutdown();
    });
  }
  await server.finished;
} catch (error) {
  console.error(`greeter: ${error instanceof Error ? error.message : error}`);
  Deno.exit(1);
}
