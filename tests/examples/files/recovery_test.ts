/** The guide's "6. Performance Issues", "Manual Recovery Steps" and "Data Recovery". */
import { deepEqual, equal, match, ok } from "node:assert/strict";
import { until } from "../../host/temp.ts";
import { callfsTest, KEY, said } from "./callfs_bench.ts";

callfsTest(
  "profiles are under /debug/pprof, for those who have a key",
  async (bench) => {
    await bench.start();
    const path = "/debug/pprof/profile?seconds=0.05";
    equal((await bench.curlWithoutKey(path)).status, 401);
    ok(JSON.parse((await bench.curl(path)).body).nodes.length > 0);
    const heap = JSON.parse((await bench.curl("/debug/pprof/heap")).body);
    ok(heap.process.rss > 0 && heap.v8.used_heap_size > 0);
    const upload = bench.upload("/a.bin");
    await upload.write(new Uint8Array(1_000));
    await until("the upload", async () => {
      const { body } = await bench.curl("/debug/pprof/goroutine");
      return /^PUT \/api\/v1\/files\/a\.bin for \d+ ms$/m.test(body);
    });
    equal((await upload.answer()).status, 201);
  },
);

callfsTest(
  "cache.ttl is for how long PostgreSQL is not asked again for a file",
  async (bench) => {
    const server = await bench.start();
    equal((await bench.put("/a.txt", "content")).status, 201);
    equal((await bench.get("/a.txt")).body, "content");
    await bench.postgres.kill();
    equal((await bench.get("/a.txt")).body, "content");
    await bench.postgres.start();
    await server.end();
    await bench.configure(["ttl: 5m", "ttl: 1ms"]);
    await bench.start();
    equal((await bench.get("/a.txt")).body, "content");
    await bench.postgres.kill();
    equal((await bench.get("/a.txt")).status, 503);
  },
);

callfsTest(
  "metadata_store.max_open_conns limits the connections to PostgreSQL",
  async (bench) => {
    await bench.configure(["max_open_conns: 20", "max_open_conns: 2"]);
    await bench.start();
    const answers = await Promise.all(
      Array.from({ length: 12 }, () => bench.get("/")),
    );
    deepEqual(new Set(answers.map(({ status }) => status)), new Set([200]));
    const count = await said("psql", [
      bench.database,
      "-tAc",
      "SELECT count(*) FROM pg_stat_activity WHERE application_name LIKE 'callfs-%'",
    ]);
    match(count.text, /^[12]\n$/);
  },
);

callfsTest(
  "a download that takes longer than server.write_timeout is ended",
  async (bench) => {
    await bench.configure(["write_timeout: 300s", "write_timeout: 1s"]);
    await bench.start();
    const path = `${bench.directory}/large`;
    await Deno.writeFile(path, new Uint8Array(16 << 20));
    const url = "/api/v1/files/large.bin";
    equal((await bench.curl(url, "-T", path)).status, 201);
    equal((await bench.curl(url, "-o", "/dev/null")).status, 200);
    const { code } = await said("curl", [
      ...["-k", "-s", "-H", `Authorization: Bearer ${KEY}`, "-o", "/dev/null"],
      ...["-m", "60", "--limit-rate", "1M", bench.url(url)],
    ]);
    // 18: a part of it has come; 56: the connection was ended; 92: its stream.
    ok([18, 56, 92].includes(code), `${code}`);
  },
);

callfsTest(
  "the manual recovery of the guide, step by step",
  async (bench) => {
    const server = await bench.start();
    equal((await bench.put("/a.txt", "before")).status, 201);
    const upload = bench.upload("/a.txt");
    await upload.write(new Uint8Array(1_000));
    const redis = async (...args: readonly string[]) =>
      (await said("redis-cli", ["-p", `${bench.redis.port}`, ...args])).text
        .trim();
    await until(
      "a lock",
      async () => await redis("keys", "callfs:lock:*") !== "",
    );
    await server.end("SIGKILL");
    await upload.kill();
    const clear =
      "return redis.call('del', unpack(redis.call('keys', 'callfs:lock:*')))";
    equal(await redis("eval", clear, "0"), "1");
    const validate = ["config", "validate", "--config", bench.config];
    equal((await bench.callfs(validate)).code, 0);
    await bench.start();
    equal((await bench.curlWithoutKey("/health")).status, 200);
    equal((await bench.put("/a.txt", "after")).status, 201);
  },
);

callfsTest(
  "content that was lost is told, and is there again from a backup",
  async (bench) => {
    await bench.start();
    equal((await bench.put("/docs/a.txt", "content")).status, 201);
    const [data, backup] = ["data", "backup"].map((name) =>
      `${bench.directory}/${name}`
    );
    equal((await said("cp", ["-a", data, backup])).code, 0);
    await Deno.remove(`${data}/docs`, { recursive: true });
    match((await bench.get("/docs/a.txt")).body, /Content is missing: localfs/);
    equal((await said("cp", ["-a", `${backup}/.`, data])).code, 0);
    equal((await bench.get("/docs/a.txt")).body, "content");
  },
);
