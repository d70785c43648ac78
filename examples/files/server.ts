/** Opens all that the service needs, serves until it is asked to end, and finishes what is under way. */
import { serve as begin, type Serving } from "../serving.ts";
import { appOf } from "./app.ts";
import { LocalBackend } from "./backends/local.ts";
import { S3Backend } from "./backends/s3.ts";
import type { Certificate } from "./certificate.ts";
import type { Config } from "./config.ts";
import { Files } from "./files.ts";
import { Locks } from "./locks.ts";
import { openLog } from "./log.ts";
import { Metadata } from "./metadata.ts";
import { MetadataCache } from "./metadata_cache.ts";
import { Metrics } from "./metrics.ts";
import { newestVersion } from "./migrate.ts";

const SCHEMA = new URL("metadata/schema", import.meta.url).pathname;
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
  const app = appOf({
    config,
    log,
    metrics,
    metadata,
    backends,
    locks,
    files,
  });
  const serving = listen(config, certificate, fd, app.fetch);
  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    Deno.addSignalListener(signal, () => ending.resolve(signal));
  }
  log.info(`callfs is ready on ${placeOf(config, fd)}`, {
    pid: Deno.pid,
    certificate_expires: certificate.expires.toISOString(),
  });
  const signal = await ending.promise;
  log.info(`${signal}: finishes the requests under way`);
  await serving.end();
  log.info("callfs has ended");
}

function listen(
  { server: { listen_addr } }: Config,
  tls: Certificate,
  fd: string | undefined,
  handler: (request: Request) => Response | Promise<Response>,
): Serving {
  if (fd !== undefined) return begin({ fd: Number(fd) }, handler, tls);
  const [, host, port] = /^(.*):(\d+)$/.exec(listen_addr) ?? [];
  const hostname = host?.replace(/^\[|\]$/g, "") || "0.0.0.0";
  try {
    return begin({ hostname, port: Number(port) }, handler, tls);
  } catch (error) {
    if (!(error instanceof Deno.errors.AddrInUse)) throw error;
    throw new Error(
      `server.listen_addr: cannot listen on ${listen_addr}: address already in use; lsof -i :${port} shows by whom`,
    );
  }
}

const placeOf = ({ server }: Config, fd: string | undefined) =>
  fd === undefined ? `https://${server.listen_addr}` : `descriptor ${fd}`;

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
