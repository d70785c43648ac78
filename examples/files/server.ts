/** Opens all that the service needs, serves until it is asked to end, and finishes what is under way. */
import { appOf } from "./app.ts";
import { LocalBackend } from "./backends/local.ts";
import { S3Backend } from "./backends/s3.ts";
import type { Certificate } from "./certificate.ts";
import type { Config } from "./config.ts";
import { Files } from "./files.ts";
import { acceptFrom } from "./inherited_socket.ts";
import { Locks } from "./locks.ts";
import { openLog } from "./log.ts";
import { Metadata } from "./metadata.ts";
import { MetadataCache } from "./metadata_cache.ts";
import { Metrics } from "./metrics.ts";
import { newestVersion } from "./migrate.ts";

const SCHEMA = new URL("metadata/schema", import.meta.url).pathname;
/**
 * How long a client that has just connected may take to send its request before
 * the server closes connections on which there is none.
 */
const FIRST_REQUEST_MS = 2_000;

/**
 * Serves until SIGTERM or SIGINT. Requests under way are finished then, however
 * long they take.
 *
 * @throws {Error} when it cannot begin
 */
export async function serve(
  config: Config,
  certificate: Certificate,
  fd: string | undefined,
): Promise<void> {
  const log = openLog(config.log);
  await using stack = new AsyncDisposableStack();
  const metadata = stack.use(new Metadata(config.metadata_store));
  const locks = stack.use(
    new Locks(config.dlm, (why) => log.warn("Redis does not answer", { why })),
  );
  await requireSchema(metadata, config);
  await metadata.forgetFences();
  const backends = backendsOf(config.backend);
  const metrics = new Metrics();
  metrics.expiry.set(certificate.expires.getTime() / 1_000);
  const files = new Files({
    backends,
    metadata,
    locks,
    cache: stack.use(new MetadataCache(config.cache)),
    onLeft: (object, why) => log.warn("Content is left over", { object, why }),
  });
  const ending = Promise.withResolvers<Deno.Signal>();
  let isEnding = false;
  const app = appOf({
    config,
    log,
    metrics,
    metadata,
    backends,
    locks,
    files,
    isEnding: () => isEnding,
  });
  const { server, stopAccepting } = listen(config, certificate, fd, app.fetch);
  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    Deno.addSignalListener(signal, () => ending.resolve(signal));
  }
  log.info(`callfs is ready on ${placeOf(config, fd)}`, {
    pid: Deno.pid,
    certificate_expires: certificate.expires.toISOString(),
  });
  const signal = await ending.promise;
  isEnding = true;
  log.info(`${signal}: finishes the requests under way`);
  await finish(server, stopAccepting);
  log.info("callfs has ended");
}

interface Listening {
  readonly server: Deno.HttpServer<Deno.NetAddr>;
  /** Undefined when the socket is the server's own, and is closed with it. */
  readonly stopAccepting: (() => void) | undefined;
}

function listen(
  { server: { listen_addr } }: Config,
  { cert, key }: Certificate,
  fd: string | undefined,
  handler: (request: Request) => Response | Promise<Response>,
): Listening {
  const options = { cert, key, onListen: () => {} };
  if (fd !== undefined) {
    const server = Deno.serve(
      { ...options, hostname: "127.0.0.1", port: 0 },
      handler,
    );
    return { server, stopAccepting: acceptFrom(Number(fd), server) };
  }
  const [, host, port] = /^(.*):(\d+)$/.exec(listen_addr) ?? [];
  const hostname = host?.replace(/^\[|\]$/g, "") || "0.0.0.0";
  try {
    const server = Deno.serve(
      { ...options, hostname, port: Number(port) },
      handler,
    );
    return { server, stopAccepting: undefined };
  } catch (error) {
    if (!(error instanceof Deno.errors.AddrInUse)) throw error;
    throw new Error(
      `server.listen_addr: cannot listen on ${listen_addr}: address already in use; lsof -i :${port} shows by whom`,
    );
  }
}

const placeOf = ({ server }: Config, fd: string | undefined) =>
  fd === undefined ? `https://${server.listen_addr}` : `descriptor ${fd}`;

/**
 * Where another process goes on accepting, this one only stops: whoever it has
 * accepted may send a request still, and is told to come again on a new
 * connection.
 */
async function finish(
  server: Deno.HttpServer<Deno.NetAddr>,
  stopAccepting: (() => void) | undefined,
): Promise<void> {
  if (stopAccepting !== undefined) {
    stopAccepting();
    await new Promise((resolve) => setTimeout(resolve, FIRST_REQUEST_MS));
  }
  await server.shutdown();
}

/** The first is for new files. */
function backendsOf(config: Config["backend"]) {
  const local = new LocalBackend(config.localfs_root_path);
  if (config.s3_endpoint === "") return [local];
  const s3 = new S3Backend(config);
  return config.default_backend === "s3" ? [s3, local] : [local, s3];
}

async function requireSchema(
  metadata: Metadata,
  { metadata_store: { dsn } }: Config,
): Promise<void> {
  const [version, needed] = [
    await metadata.schemaVersion(),
    newestVersion(SCHEMA),
  ];
  if (version >= needed) return;
  const shown = dsn.replace(/:[^:@/]*@/, ":PASSWORD@");
  throw new Error(
    `Schema out of date: it has version ${version}, and ${needed} is needed; run callfs migrate -database "${shown}" -path ${SCHEMA} up`,
  );
}
