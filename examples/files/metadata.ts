/** What is known of each file, in PostgreSQL. What is not there is no file, whatever a back end holds. */
import postgres from "postgres";
import type { Backend, Stored } from "./backends/backend.ts";
import type { Config } from "./config.ts";
import { reasonOf, Refusal } from "./refusal.ts";

export interface FileRow extends Stored {
  readonly path: string;
  readonly backend: Backend["name"];
  /** Its content's name in the back end. */
  readonly object: string;
  readonly contentType: string;
  readonly updatedAt: Date;
}

export interface Entry {
  readonly name: string;
  readonly type: "file" | "directory";
  /** Of a directory, the sum of what is below. */
  readonly size: number;
  readonly updated_at: Date;
}

type Content = Pick<FileRow, "backend" | "object">;
type Change = (sql: postgres.TransactionSql) => Promise<Content | undefined>;

/** The error code of PostgreSQL for a client too many, be it of the server or of a role. */
const TOO_MANY = "53300";
const IDLE_S = 30;
const CONNECT_WITHIN_S = 5;
/** No holder of a lock is that slow. */
const FENCES_KEPT = "1 day";

export class Metadata implements AsyncDisposable {
  readonly #sql: postgres.Sql;
  /** How PostgreSQL calls the connections of this process. */
  readonly #application = `callfs-${Deno.pid}`;

  constructor(
    { dsn, max_open_conns, conn_max_lifetime }: Config["metadata_store"],
  ) {
    this.#sql = postgres(dsn, {
      max: max_open_conns,
      idle_timeout: IDLE_S,
      connect_timeout: CONNECT_WITHIN_S,
      max_lifetime: conn_max_lifetime / 1_000,
      connection: { application_name: this.#application },
      onnotice: () => {},
    });
  }

  /** Undefined when there is no such file. */
  async find(path: string): Promise<FileRow | undefined> {
    const [row] = await asked(() =>
      this.#sql<FileRow[]>`
        SELECT path, backend, object, size::float8, sha256,
          content_type AS "contentType", updated_at AS "updatedAt"
        FROM files WHERE path = ${path}`
    );
    return row;
  }

  /** What is directly below `directory`, which ends with a slash, after `after`, in order. */
  async list(
    directory: string,
    { after, limit }: { readonly after: string; readonly limit: number },
  ): Promise<readonly Entry[]> {
    return await asked(() =>
      this.#sql<Entry[]>`
        SELECT split_part(below, '/', 1) AS name,
          CASE WHEN bool_or(strpos(below, '/') > 0) THEN 'directory' ELSE 'file' END AS type,
          sum(size)::float8 AS size, max(updated_at) AS updated_at
        FROM (
          SELECT substr(path, length(${directory}) + 1) AS below, size, updated_at
          FROM files WHERE starts_with(path, ${directory})
        ) AS found
        GROUP BY split_part(below, '/', 1), strpos(below, '/') > 0
        HAVING split_part(below, '/', 1) > ${after}
        ORDER BY name, type LIMIT ${limit}`
    );
  }

  /**
   * Makes this the file. Returns what it was before, whose content nobody needs any more.
   *
   * @throws {Refusal} when somebody with a later lock has changed it meanwhile
   */
  async put(
    file: Omit<FileRow, "updatedAt">,
    token: string,
  ): Promise<Content | undefined> {
    return await this.#change(file.path, token, async (sql) => {
      const [before] = await sql<Content[]>`
        SELECT backend, object FROM files WHERE path = ${file.path}`;
      await sql`
        INSERT INTO files (path, backend, object, size, sha256, content_type)
        VALUES (${file.path}, ${file.backend}, ${file.object}, ${file.size},
          ${file.sha256}, ${file.contentType})
        ON CONFLICT (path) DO UPDATE SET backend = excluded.backend,
          object = excluded.object, size = excluded.size,
          sha256 = excluded.sha256, content_type = excluded.content_type,
          updated_at = now()`;
      return before;
    });
  }

  /** Removes the file, and returns what it was; the same refusal. */
  async remove(path: string, token: string): Promise<Content | undefined> {
    return await this.#change(path, token, async (sql) => {
      const [before] = await sql<Content[]>`
        DELETE FROM files WHERE path = ${path} RETURNING backend, object`;
      return before;
    });
  }

  /** Forgets the tokens of files that are gone and that nobody can be writing any more. */
  async forgetFences(): Promise<void> {
    await asked(() =>
      this.#sql`
        DELETE FROM fences WHERE at < now() - ${FENCES_KEPT}::interval
          AND NOT EXISTS (SELECT FROM files WHERE files.path = fences.path)`
    );
  }

  async check(): Promise<void> {
    await this.#sql`SELECT 1`;
  }

  /** The version that migrations have brought the schema to; 0 before the first. */
  async schemaVersion(): Promise<number> {
    const [{ there }] = await asked(() =>
      this.#sql`SELECT to_regclass('schema_migrations') IS NOT NULL AS there`
    );
    if (!there) return 0;
    const [row] = await this.#sql`
      SELECT version::int FROM schema_migrations WHERE NOT dirty`;
    return row?.version ?? 0;
  }

  /** The connections of this process that PostgreSQL knows; 0 when it cannot be asked. */
  async connections(): Promise<number> {
    try {
      const [{ count }] = await this.#sql`
        SELECT count(*)::int FROM pg_stat_activity
        WHERE application_name = ${this.#application}`;
      return count;
    } catch {
      return 0;
    }
  }

  async #change(
    path: string,
    token: string,
    change: Change,
  ): Promise<Content | undefined> {
    return await asked(() =>
      this.#sql.begin(async (sql) => {
        const [fence] = await sql`
          INSERT INTO fences (path, token) VALUES (${path}, ${token})
          ON CONFLICT (path) DO UPDATE SET token = excluded.token, at = now()
            WHERE fences.token < excluded.token
          RETURNING token`;
        if (fence === undefined) {
          throw new Refusal(
            409,
            `Lost the lock for ${path}: it expired, and another request has changed the file since`,
          );
        }
        return await change(sql) ?? null;
      })
    ) ?? undefined;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#sql.end({ timeout: CONNECT_WITHIN_S });
  }
}

/** Tells the client, and whoever reads the log, what the guide calls these failures. */
async function asked<Answer>(ask: () => PromiseLike<Answer>): Promise<Answer> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof Refusal) throw error;
    throw new Refusal(503, `${kindOf(error)}: ${reasonOf(error)}`, {
      cause: error,
    });
  }
}

function kindOf(error: unknown): string {
  if (!(error instanceof postgres.PostgresError)) {
    return "Database connection failed";
  }
  if (error.code === TOO_MANY) return "Too many connections";
  // It starts or ends (class 57), or lets nobody in (28).
  return /^(57|28)/.test(error.code)
    ? "Database connection failed"
    : "Database error";
}
