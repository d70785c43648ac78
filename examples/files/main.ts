/**
 * A file server over TLS, with API keys, metadata in PostgreSQL and locks in
 * Redis.
 *
 *   callfs server --config config.yaml [--certs DIR] [--fd N]
 *   callfs config validate --config config.yaml [--certs DIR]
 *   callfs migrate -database URL -path DIR version | up | down N | force V
 *
 * --certs DIR takes DIR/server.crt and DIR/server.key, whatever the file says.
 * --fd N accepts from a listening socket that the process inherits.
 */
import { parseArgs } from "node:util";
import { readCertificate } from "./certificate.ts";
import { ConfigError, readConfig } from "./config.ts";
import { migrate } from "./migrate.ts";
import { reasonOf } from "./refusal.ts";
import { serve } from "./server.ts";

const USAGE =
  "usage: callfs server | config validate --config FILE [--certs DIR], or callfs migrate -database URL -path DIR COMMAND";

async function main([command, ...words]: readonly string[]): Promise<number> {
  if (command === "migrate") return await migrate(words);
  const { values, positionals } = parseArgs({
    args: words,
    options: {
      config: { type: "string", default: "config.yaml" },
      certs: { type: "string" },
      fd: { type: "string" },
    },
    allowPositionals: true,
  });
  const config = () => readConfig(values.config, Deno.env.toObject(), values);
  if (command === "config" && positionals[0] === "validate") {
    const read = config();
    const { expires } = readCertificate(read.server);
    console.log(
      `Configuration is valid: ${values.config}; the certificate is valid until ${expires.toISOString()}`,
    );
    return 0;
  }
  if (command !== "server" || positionals.length > 0) {
    console.error(USAGE);
    return 2;
  }
  const read = config();
  await serve(read, readCertificate(read.server), values.fd);
  return 0;
}

try {
  Deno.exit(await main(Deno.args));
} catch (error) {
  const lines = error instanceof ConfigError ? error.lines : [reasonOf(error)];
  for (const line of lines) console.error(`callfs: ${line}`);
  Deno.exit(1);
}
