/** The file server as an example: its servers, and what it needs before it starts. */
import postgres from "postgres";
import { ROOT } from "../../scripts/denort.ts";
import { must } from "../../scripts/shell.ts";
import type { Example, Place } from "../example.ts";

const POSTGRES = 5432;
const REDIS = 6379;
const HTTPS = 8443;

export const FILES: Example = {
  name: "files",
  servers: ["redis", "postgres"],
  parts: ["server"],
  ports: [HTTPS],
  prepare,
  next: ({ directory, port }) => [
    `echo "test content" | curl -k -X PUT -H "Authorization: Bearer your-api-key" --data-binary @- https://localhost:${
      port(HTTPS)
    }/api/v1/files/test.txt`,
    `curl -k -H "Authorization: Bearer your-api-key" https://localhost:${
      port(HTTPS)
    }/api/v1/files/`,
    `dist/flush-manager status --control unix:${directory}/control.sock`,
    `a new certificate: ${certificateCommand(`${directory}/certs`).join(" ")}`,
  ],
};

/** The database, the certificate, and the configuration with the ports and folders of this place. */
async function prepare(place: Place): Promise<void> {
  await createDatabase(place.port(POSTGRES));
  const { directory } = place;
  const certs = `${directory}/certs`;
  const path = `${directory}/config.yaml`;
  await Deno.mkdir(`${directory}/data`, { recursive: true });
  if (!await isThere(`${certs}/server.crt`)) await makeCertificate(certs);
  // What somebody has changed in it stays, unless it is for other ports.
  const written = await Deno.readTextFile(path).catch(() => "");
  if (written.includes(`:${place.port(HTTPS)}"`)) return;
  await Deno.writeTextFile(path, await configFor(place));
}

/** The text of config.yaml for this place. */
export async function configFor({ directory, port }: Place): Promise<string> {
  const text = await Deno.readTextFile(`${ROOT}examples/files/config.yaml`);
  const root = await Deno.realPath(directory);
  return text.replace("/var/lib/callfs", `${root}/data`)
    .replaceAll("/etc/callfs/certs", `${root}/certs`)
    .replaceAll("localhost:", "127.0.0.1:")
    .replaceAll(
      new RegExp(`:(${POSTGRES}|${REDIS}|${HTTPS})\\b`, "g"),
      (_, written) => `:${port(Number(written))}`,
    );
}

/** A new self-signed pair in place of the one that is there, as the guide has it. */
export async function makeCertificate(directory: string): Promise<void> {
  await Deno.mkdir(directory, { recursive: true });
  const [command, ...args] = certificateCommand(directory);
  await must("make a certificate", command, args);
}

function certificateCommand(directory: string): [string, ...string[]] {
  return [
    "openssl",
    ...["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "365"],
    ...["-keyout", `${directory}/server.key`],
    ...["-out", `${directory}/server.crt`],
    ...["-subj", "/CN=localhost"],
    ...["-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"],
  ];
}

async function createDatabase(port: number): Promise<void> {
  const sql = postgres(`postgres://postgres@127.0.0.1:${port}/postgres`, {
    max: 1,
    onnotice: () => {},
  });
  try {
    const [{ there }] = await sql`
      SELECT EXISTS (SELECT FROM pg_database WHERE datname = 'callfs') AS there`;
    if (there) return;
    await sql`CREATE ROLE callfs LOGIN PASSWORD 'password'`;
    await sql`CREATE DATABASE callfs OWNER callfs`;
  } finally {
    await sql.end();
  }
}

const isThere = (path: string) => Deno.stat(path).then(() => true, () => false);
