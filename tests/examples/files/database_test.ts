/** The guide's "4. Database Connection Issues", "Database Query Analysis" and "Database Recovery". */
import { deepEqual, equal, match } from "node:assert/strict";
import { until } from "../../host/temp.ts";
import { type CallfsBench, callfsTest, said, SCHEMA } from "./callfs_bench.ts";

callfsTest(
  "a database that is away is told, and found again when it is back",
  async (bench) => {
    await bench.start();
    equal((await bench.put("/a.txt", "before")).status, 201);
    await bench.postgres.kill();
    const away = await bench.get("/b.txt");
    equal(away.status, 503);
    match(away.body, /Database connection failed: /);
    equal((await bench.put("/a.txt", "after")).status, 503);
    await bench.postgres.start();
    await until(
      "it is found again",
      async () => (await bench.get("/")).status === 200,
    );
    // What could not be made known is no file: the one before is whole.
    equal((await bench.get("/a.txt")).body, "before");
  },
);

callfsTest(
  "too many connections are told by that name, and counted by the guide's query",
  async (bench) => {
    await bench.start();
    equal((await bench.get("/")).status, 200);
    const counted = await psql(
      bench,
      "SELECT application_name LIKE 'callfs-%', count(*) > 0 FROM pg_stat_activity WHERE datname = 'callfs' AND application_name LIKE 'callfs%' GROUP BY 1",
    );
    equal(counted, "t|t");
    await superuser(
      bench,
      "ALTER ROLE callfs CONNECTION LIMIT 0; SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'callfs'",
    );
    let said = await bench.get("/");
    await until(
      "the last connection has ended",
      async () => /Too many/.test((said = await bench.get("/")).body),
    );
    deepEqual([said.status, JSON.parse(said.body).error], [
      503,
      'Too many connections: too many connections for role "callfs"',
    ]);
  },
);

callfsTest(
  "migrations go up, down and are forced by the guide's commands",
  async (bench) => {
    const migrate = async (...args: readonly string[]) => {
      const { code, text } = await bench.migrate(...args);
      return [code, text.trim()];
    };
    deepEqual(await migrate("version"), [1, "error: no migration"]);
    const server = ["server", "--config", bench.config];
    const refused = await bench.callfs(server);
    equal(refused.code, 1);
    match(
      refused.text,
      /callfs: Schema out of date: it has version 0, and 2 is needed; run callfs migrate -database "postgres:\/\/callfs:PASSWORD@\S+" -path \S+ up/,
    );
    deepEqual(await migrate("up"), [
      0,
      "1/u create_files\n2/u index_directories",
    ]);
    deepEqual(await migrate("up"), [0, "no change"]);
    deepEqual(await migrate("down", "1"), [0, "2/d index_directories"]);
    deepEqual(await migrate("version"), [0, "1"]);
    // A statement that fails leaves a mark, which has to be looked at.
    await psql(bench, "CREATE INDEX files_by_directory ON files (size)");
    deepEqual(await migrate("up"), [
      1,
      'error: relation "files_by_directory" already exists',
    ]);
    deepEqual(await migrate("up"), [
      1,
      "error: Dirty database version 2. Fix and force version.",
    ]);
    match((await bench.callfs(server)).text, /Schema out of date/);
    await psql(bench, "DROP INDEX files_by_directory");
    deepEqual(await migrate("force", "1"), [0, ""]);
    deepEqual(await migrate("up"), [0, "2/u index_directories"]);
    deepEqual(await migrate("sideways"), [
      1,
      "error: sideways: use version, up, down N or force V",
    ]);
    const [one, two] = await Promise.all([migrate("up"), migrate("up")]);
    deepEqual([one, two], [[0, "no change"], [0, "no change"]]);
    equal((await Array.fromAsync(Deno.readDir(SCHEMA))).length, 4);
  },
);

callfsTest(
  "a query by path uses an index, and the guide's own indexes can be made",
  async (bench) => {
    await bench.migrate("up");
    await psql(
      bench,
      "INSERT INTO files SELECT '/uploads/' || n, 'localfs', 'o', 1, '', '' FROM generate_series(1, 5000) AS n; ANALYZE files",
    );
    match(
      await psql(
        bench,
        "EXPLAIN ANALYZE SELECT * FROM files WHERE path = '/uploads/77'",
      ),
      /Index Scan using files\w+/,
    );
    match(
      await psql(
        bench,
        "EXPLAIN (ANALYZE, BUFFERS) SELECT * FROM files WHERE starts_with(path, '/uploads/77')",
      ),
      /Index Cond/,
    );
    await psql(
      bench,
      "CREATE INDEX idx_files_path ON files(path); CREATE INDEX idx_files_created_at ON files(created_at); CREATE INDEX idx_files_size ON files(size)",
    );
  },
);

callfsTest("a backup is restored by pg_dump and psql", async (bench) => {
  await bench.start();
  equal((await bench.put("/a.txt", "kept")).status, 201);
  const backup = `${bench.directory}/callfs_backup.sql`;
  const url = bench.database;
  equal((await said("pg_dump", [url, "-f", backup])).code, 0);
  await psql(
    bench,
    "DROP TABLE files; DROP TABLE fences; DROP TABLE schema_migrations",
  );
  match(
    (await bench.get("/b.txt")).body,
    /Database error: relation \\"files\\" does not exist/,
  );
  equal((await said("psql", ["-q", url, "-f", backup])).code, 0);
  equal((await bench.get("/a.txt")).body, "kept");
  equal((await bench.put("/a.txt", "changed")).status, 201);
});

const psql = async ({ database }: CallfsBench, command: string) =>
  await query(database, command);
const superuser = async ({ postgres }: CallfsBench, command: string) =>
  await query(postgres.url, command);

async function query(url: string, command: string): Promise<string> {
  const { code, text } = await said("psql", [
    "-v",
    "ON_ERROR_STOP=1",
    "-tAc",
    command,
    url,
  ]);
  equal(code, 0, text);
  return text.trim();
}
