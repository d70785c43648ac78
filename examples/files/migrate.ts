/**
 * Brings the schema of the database to a version, by the commands, the file
 * names and the table of golang-migrate: that program works on the same database
 * and the same files.
 *
 *   migrate -database URL -path DIR version | up | down N | force V
 */
import { parseArgs } from "node:util";
import postgres from "postgres";
import { reasonOf } from "./refusal.ts";

interface Migration {
  readonly version: number;
  readonly title: string;
  readonly up: string;
  readonly down: string;
}

/** What is wrong, for a line that begins with "error: ". */
class MigrationError extends Error {}

/** Whoever migrates has this lock of PostgreSQL: two that start at once do it one after the other. */
const LOCK = 4_711_015;

const USAGE = "use version, up, down N or force V";

/** golang-migrate's options have one dash. */
export async function migrate(words: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: words.map((word) => word.replace(/^-(?=database|path)/, "--")),
    options: { database: { type: "string" }, path: { type: "string" } },
    allowPositionals: true,
  });
  const { database, path } = values;
  try {
    if (database === undefined || path === undefined) {
      throw new MigrationError("-database URL or -path DIR is missing");
    }
    const migrations = readMigrations(path);
    const sql = postgres(database, {
      max: 1,
      connect_timeout: 10,
      onnotice: () => {},
      connection: { application_name: "callfs-migrate" },
    });
    try {
      await sql`SELECT pg_advisory_lock(${LOCK})`;
      await sql`CREATE TABLE IF NOT EXISTS schema_migrations
        (version bigint PRIMARY KEY, dirty boolean NOT NULL)`;
      await carryOut(sql, migrations, positionals);
    } finally {
      await sql.end();
    }
    return 0;
  } catch (error) {
    console.error(`error: ${reasonOf(error)}`);
    return 1;
  }
}

/** The newest version that there are files for. */
export const newestVersion = (directory: string): number =>
  readMigrations(directory).at(-1)?.version ?? 0;

function readMigrations(directory: string): readonly Migration[] {
  const read = (name: string) => Deno.readTextFileSync(`${directory}/${name}`);
  return Array.from(Deno.readDirSync(directory), ({ name }) => name)
    .flatMap((name) => {
      const [, version, title] = /^(\d+)_(\w+)\.up\.sql$/.exec(name) ?? [];
      if (version === undefined || title === undefined) return [];
      const down = read(name.replace(/up\.sql$/, "down.sql"));
      return [{ version: Number(version), title, up: read(name), down }];
    })
    .toSorted((one, other) => one.version - other.version);
}

async function carryOut(
  sql: postgres.Sql,
  migrations: readonly Migration[],
  [command, argument]: readonly string[],
): Promise<void> {
  const [row] = await sql`SELECT version::int, dirty FROM schema_migrations`;
  const current: number = row?.version ?? 0;
  if (command === "force") {
    await setVersion(sql, wholeNumber(argument, "force V"), false);
    return;
  }
  if (command === "version") {
    if (row === undefined) throw new MigrationError("no migration");
    console.log(`${current}${row.dirty ? " (dirty)" : ""}`);
    return;
  }
  if (row?.dirty) {
    throw new MigrationError(
      `Dirty database version ${current}. Fix and force version.`,
    );
  }
  if (command === "up") await up(sql, migrations, current);
  else if (command === "down") {
    await down(sql, migrations, current, wholeNumber(argument, "down N"));
  } else throw new MigrationError(`${command ?? "no command"}: ${USAGE}`);
}

async function up(
  sql: postgres.Sql,
  migrations: readonly Migration[],
  current: number,
): Promise<void> {
  const missing = migrations.filter(({ version }) => version > current);
  if (missing.length === 0) console.log("no change");
  for (const { version, title, up } of missing) {
    await step(sql, up, { during: version, after: version });
    console.log(`${version}/u ${title}`);
  }
}

async function down(
  sql: postgres.Sql,
  migrations: readonly Migration[],
  current: number,
  count: number,
): Promise<void> {
  const applied = migrations.filter(({ version }) => version <= current)
    .toReversed();
  if (applied.length === 0) console.log("no change");
  for (
    const [index, { version, title, down }] of applied.slice(0, count).entries()
  ) {
    await step(sql, down, {
      during: version,
      after: applied[index + 1]?.version ?? 0,
    });
    console.log(`${version}/d ${title}`);
  }
}

/** A version that was begun and not finished stays marked as dirty. */
async function step(
  sql: postgres.Sql,
  statements: string,
  { during, after }: { readonly during: number; readonly after: number },
): Promise<void> {
  await setVersion(sql, during, true);
  await sql.begin((transaction) => transaction.unsafe(statements));
  await setVersion(sql, after, false);
}

async function setVersion(
  sql: postgres.Sql,
  version: number,
  isDirty: boolean,
): Promise<void> {
  await sql.begin(async (transaction) => {
    await transaction`DELETE FROM schema_migrations`;
    if (version === 0) return;
    await transaction`INSERT INTO schema_migrations VALUES (${version}, ${isDirty})`;
  });
}

function wholeNumber(text: string | undefined, command: string): number {
  if (text !== undefined && /^\d{1,9}$/.test(text)) return Number(text);
  throw new MigrationError(
    `${command}: the value ${
      text ?? "(none)"
    } is not allowed; use a whole number`,
  );
}
