/**
 * A small HTTP service of the kind that flush-manager is for: it reads its
 * configuration once, at start, and never looks at the file again.
 *
 *   ./greeter --config greeter.conf --port 8080
 *
 * GET / answers with the configuration and the process ID, as one JSON object.
 * SIGTERM and SIGINT end it cleanly: it accepts no more connections, finishes
 * the requests under way and exits with 0.
 */
import { parseArgs } from "node:util";

/** What the service answers with. */
export interface Answer {
  greeting: string;
  colour: string;
  revision: string;
  pid: number;
}

/** The configuration file: a `key=value` a line, `#` begins a comment. */
function readConfig(path: string): Omit<Answer, "pid"> {
  const config = { greeting: "Hello", colour: "white", revision: "0" };
  for (
    const [index, line] of Deno.readTextFileSync(path).split("\n").entries()
  ) {
    if (/^\s*(#|$)/.test(line)) continue;
    const [, key, value] = /^\s*(\w+)\s*=\s*(.*?)\s*$/.exec(line) ?? [];
    if (key !== "greeting" && key !== "colour" && key !== "revision") {
      throw new Error(
        `Cannot read ${path}: line ${
          index + 1
        } is no greeting, colour or revision`,
      );
    }
    config[key] = value;
  }
  return config;
}

function serve(): Deno.HttpServer {
  const { values } = parseArgs({
    options: {
      config: { type: "string", default: "greeter.conf" },
      hostname: { type: "string", default: "127.0.0.1" },
      port: { type: "string", default: "0" },
    },
  });
  const answer: Answer = { ...readConfig(values.config), pid: Deno.pid };
  return Deno.serve(
    {
      hostname: values.hostname,
      port: Number(values.port),
      onListen: ({ hostname, port }) =>
        console.log(
          `greeter: revision ${answer.revision} listens on http://${hostname}:${port}/`,
        ),
    },
    (request) =>
      new URL(request.url).pathname === "/"
        ? Response.json(answer)
        : new Response("Not found\n", { status: 404 }),
  );
}

try {
  const server = serve();
  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    Deno.addSignalListener(signal, () => {
      console.log(`greeter: ${signal}, finishes the requests under way`);
      void server.shutdown();
    });
  }
  await server.finished;
} catch (error) {
  console.error(`greeter: ${error instanceof Error ? error.message : error}`);
  Deno.exit(1);
}
