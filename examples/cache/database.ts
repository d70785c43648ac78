/**
 * The truth: PostgreSQL. Owns the tables and their statements. A write is
 * taken only if its version is higher than the one that is there, so the same
 * write may come twice, and late.
 */
import postgres from "postgres";
import { Breaker } from "./breaker.ts";
import { type Entry, latestOf } from "./entry.ts";
import { isRefusedContent, messageOf, within } from "./faults.ts";
import { Refusal, type Settings } from "./settings.ts";

/**
 * A removed key stays as a record without a value: a write that comes late must
 * find its version. Operators see and correct `cache_entries`, which has only
 * what is there.
 */
const SCHEMA = `
SELECT pg_advisory_xact_lock(16);
CREATE TABLE IF NOT EXISTS cache_records (
  key text COLLATE "C" PRIMARY KEY,
  value jsonb,
  version bigint NOT NULL,
  expires_at timestamptz,
  updated_at timestamptz NOT NULL DEFAULT now(),
  removed boolean NOT NULL DEFAULT false
);
CREATE INDEX IF NOT EXISTS cache_records_expires_at
  ON cache_records (expires_at) WHERE NOT removed;
CREATE OR REPLACE VIEW cache_entries AS
  SELECT key, value, version, expires_at, updated_at
  FROM cache_records WHERE NOT removed;
CREATE TABLE IF NOT EXISTS redis_keys (key text COLLATE "C" PRIMARY KEY);
`;

const ASK_MS = 5_000;
/** Longer than the dead letters are kept. */
const REMOVED_FOR = "8 days";

interface Row {
  readonly key: string;
  readonly value: Entry["value"];
  readonly version: string;
  readonly expires_at: Date | null;
  readonly updated_at: Date;
}

const entryOfRow = (row: Row): Entry => ({
  key: row.key,
  value: row.value,
  version: Number(row.version),
  expires_at: row.expires_at?.toISOString() ?? null,
  updated_at: row.updated_at.toISOString(),
});

export class Database implements AsyncDisposable {
  readonly breaker = new Breaker("postgres", isRefusedContent);
  readonly #sql: postgres.Sql;

  private constructor(sql: postgres.Sql) {
    this.#sql = sql;
  }

  /** @throws {Refusal} when it cannot be reached, with the guide's words */
  static async connect(settings: Settings): Promise<Database> {
    const at = {
      host: settings.POSTGRES_HOST,
      user: settings.POSTGRES_USER,
      database: settings.POSTGRES_DB,
    };
    const sql = postgres({
      ...at,
      port: settings.POSTGRES_PORT,
      password: settings.POSTGRES_PASSWORD,
      max: settings.POSTGRES_MAX_CONNECTIONS,
      connect_timeout: 5,
      // A server that comes back is found soon.
      backoff: (retries) => Math.min(2, 0.05 * 2 ** retries),
      onnotice: () => {},
    });
    try {
      await within(ASK_MS, sql`SELECT 1`);
    } catch (error) {
      void sql.end({ timeout: 0 });
      const words = Object.entries(at).map((pair) => pair.join("=")).join(" ");
      throw new Refusal(`failed to connect to ${words}: ${messageOf(error)}`);
    }
    return new Database(sql);
  }

  async migrate(): Promise<void> {
    await this.#sql.begin((sql) => sql.unsafe(SCHEMA));
  }

  async ping(): Promise<void> {
    await this.#ask((sql) => sql`SELECT 1`);
  }

  /** What it has of the key, removed or expired too. */
  async get(key: string): Promise<Entry | undefined> {
    const rows = await this.#ask((sql) =>
      sql<Row[]>`
        SELECT key, value, version, expires_at, updated_at
        FROM cache_records WHERE key = ${key}`
    );
    return rows.map(entryOfRow)[0];
  }

  /** Takes these in, each unless the key has that version or a higher one. */
  async save(entries: readonly Entry[]): Promise<void> {
    // In the order of the keys, so that two workers cannot wait for each other.
    const rows = latestOf(entries)
      .toSorted((a, b) => a.key < b.key ? -1 : 1)
      .map((entry) => ({ ...entry, removed: entry.value === null }));
    if (rows.length === 0) return;
    const text = JSON.stringify(rows);
    await this.#ask((sql) =>
      sql`
        INSERT INTO cache_records AS record
          (key, value, version, expires_at, updated_at, removed)
        SELECT key, value, version, expires_at, updated_at, removed
        FROM jsonb_to_recordset(${text}::text::jsonb) AS given (
          key text, value jsonb, version bigint, expires_at timestamptz,
          updated_at timestamptz, removed boolean)
        ON CONFLICT (key) DO UPDATE SET
          value = excluded.value, version = excluded.version,
          expires_at = excluded.expires_at,
          updated_at = excluded.updated_at, removed = excluded.removed
        WHERE record.version < excluded.version`
    );
  }

  /** What is there and not expired, `size` at a time. */
  async *all(size: number): AsyncGenerator<readonly Entry[]> {
    for (let after = "", isMore = true; isMore;) {
      const rows = await this.#ask((sql) =>
        sql<Row[]>`
          SELECT key, value, version, expires_at, updated_at
          FROM cache_entries
          WHERE key > ${after} AND (expires_at IS NULL OR expires_at > now())
          ORDER BY key LIMIT ${size}`
      );
      if (rows.length > 0) yield rows.map(entryOfRow);
      isMore = rows.length === size;
      after = rows.at(-1)?.key ?? "";
    }
  }

  /** Removes what is expired, and forgets what was removed long ago. */
  async sweep(): Promise<number> {
    const swept = await this.#ask((sql) =>
      sql`
        UPDATE cache_records SET removed = true, value = NULL
        WHERE NOT removed AND expires_at < now() RETURNING 1`
    );
    await this.#ask((sql) =>
      sql`
        DELETE FROM cache_records
        WHERE removed AND updated_at < now() - ${REMOVED_FOR}::interval
          AND (expires_at IS NULL OR
            expires_at < now() - ${REMOVED_FOR}::interval)`
    );
    return swept.length;
  }

  /** Writes down which keys Redis has, for the guide's query of missing keys. */
  async saveRedisKeys(keys: readonly string[]): Promise<void> {
    await this.#sql.begin(async (sql) => {
      await sql`DELETE FROM redis_keys`;
      await sql`
        INSERT INTO redis_keys SELECT DISTINCT unnest(${[...keys]}::text[])`;
    });
  }

  async #ask<T>(query: (sql: postgres.Sql) => Promise<T>): Promise<T> {
    return await this.breaker.run(() => within(ASK_MS, query(this.#sql)));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#sql.end({ timeout: 2 });
  }
}
