/** The cache as an example: its servers, its parts, and the files that they read. */
import { fromRoot } from "../../scripts/denort.ts";
import { must } from "../../scripts/shell.ts";
import type { Example, Place } from "../example.ts";

/** The API, its debug port, the worker, what NATS says of itself. */
const PORTS = [8080, 2345, 8081, 8222] as const;

export const CACHE: Example = {
  name: "cache",
  servers: ["postgres", "redis", "nats"],
  serverArgs: (name, { port }) =>
    ({
      postgres: ["-c", "shared_preload_libraries=pg_stat_statements"],
      redis: [],
      nats: ["-m", String(port(8222))],
    })[name],
  parts: ["api", "worker"],
  ports: PORTS,
  prepare,
  next: ({ port }) => {
    const url = `http://127.0.0.1:${port(8080)}`;
    return [
      `curl -X PUT ${url}/v1/cache/greeting -d '{"value":"hello","ttl":600}'`,
      `curl -i ${url}/v1/cache/greeting`,
      `curl ${url}/health | jq .checks`,
    ];
  },
};

/** The variables whose values are those of the place. */
const placed = ({ port }: Place): Readonly<Record<string, string>> => ({
  API_PORT: `${port(8080)}`,
  API_DEBUG_PORT: `${port(2345)}`,
  WORKER_PORT: `${port(8081)}`,
  POSTGRES_PORT: `${port(5432)}`,
  REDIS_PORT: `${port(6379)}`,
  NATS_URL: `nats://127.0.0.1:${port(4222)}`,
});

/** The files of variables, which the operator may change from then on, and the database. */
async function prepare(place: Place): Promise<void> {
  const { directory, port } = place;
  await writeUnlessThere(
    `${directory}/cache.env`,
    `# Read by both services when they start. NAME=value
${Object.entries(placed(place)).map((pair) => pair.join("=")).join("\n")}
POSTGRES_HOST=127.0.0.1
POSTGRES_USER=birb
POSTGRES_DB=birbcache
REDIS_HOST=127.0.0.1
REDIS_DEFAULT_TTL=3600
LOG_LEVEL=info
LOG_FORMAT=json
`,
  );
  await placeAgain(`${directory}/cache.env`, placed(place));
  await writeUnlessThere(
    `${directory}/batch.env`,
    `# Read by the worker when it starts, and again at each SIGUSR1.
WORKER_BATCH_SIZE=100
WORKER_BATCH_TIMEOUT=500ms
`,
  );
  const server = ["-h", "127.0.0.1", "-p", `${port(5432)}`, "-U", "postgres"];
  await must("make the user and the database of the cache", "sh", [
    fromRoot("examples/cache/make_database"),
    ...server,
  ]);
}

/** The run before may have had other ports; all else stays. */
async function placeAgain(
  path: string,
  variables: Readonly<Record<string, string>>,
): Promise<void> {
  const lines = (await Deno.readTextFile(path)).split("\n").map((line) => {
    const [name = ""] = line.split("=");
    return Object.hasOwn(variables, name) ? `${name}=${variables[name]}` : line;
  });
  await Deno.writeTextFile(path, lines.join("\n"));
}

async function writeUnlessThere(path: string, text: string): Promise<void> {
  try {
    await Deno.writeTextFile(path, text, { createNew: true });
  } catch (error) {
    if (!(error instanceof Deno.errors.AlreadyExists)) throw error;
  }
}
