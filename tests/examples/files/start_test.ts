/** The guide's "1. Service Won't Start", "Service Recovery" and "Advanced Debugging Techniques". */
import { deepEqual, equal, match } from "node:assert/strict";
import { until } from "../../host/temp.ts";
import { callfsTest, said } from "./callfs_bench.ts";

callfsTest(
  "each fault of the configuration is one line: what, which value, what is allowed",
  async (bench) => {
    const validate = async (env: Readonly<Record<string, string>> = {}) => {
      const { code, text } = await bench.callfs([
        "config",
        "validate",
        "--config",
        bench.config,
      ], env);
      equal(code, 1, text);
      return text.trim().split("\n").map((line) =>
        line.replaceAll(bench.config, "FILE")
      );
    };
    await bench.configure(
      ["listen_addr:", "listen_adr:"],
      ["read_timeout: 300s", "read_timeout: 300"],
      ["max_open_conns: 20", "max_open_conns: 0"],
      [/dsn: .*/, "dsn: mysql://callfs:password@localhost/callfs"],
      ["level: info", "level: loud"],
      ["cache:", "caches:"],
    );
    deepEqual(
      await validate({
        CALLFS_DLM_MAX_RETRIES: "many",
        CALLFS_DLM_RETRIES: "3",
      }),
      [
        "callfs: FILE: caches: it is not a setting; use server, auth, metadata_store, dlm, backend, cache, log",
        "callfs: CALLFS_DLM_RETRIES: it is not a setting; use CALLFS_SECTION_KEY, as CALLFS_SERVER_LISTEN_ADDR, or unset it",
        "callfs: FILE: server.read_timeout: the value 300 is not allowed; use a duration of 1ms to 24h, as 500ms, 10s or 5m",
        "callfs: FILE: server.listen_adr: it is not a setting; use listen_addr, cert_file, key_file, read_timeout, write_timeout",
        "callfs: FILE: metadata_store.dsn: the value (not shown) is not allowed; use postgres://USER:PASSWORD@HOST:PORT/DATABASE",
        "callfs: FILE: metadata_store.max_open_conns: the value 0 is not allowed; use a whole number from 1 to 1000",
        'callfs: CALLFS_DLM_MAX_RETRIES: the value "many" is not allowed; use a whole number from 0 to 1000',
        'callfs: FILE: log.level: the value "loud" is not allowed; use debug, info, warn or error',
      ],
    );
    await Deno.writeTextFile(bench.config, "server: [\n");
    match((await validate())[0], /^callfs: FILE: it cannot be read as YAML: /);
    await Deno.writeTextFile(bench.config, "log: {}\n");
    deepEqual(
      await validate(),
      [
        "callfs: FILE: auth.api_keys: the value [] is not allowed; use a list of at least one key, each of 8 to 200 printable characters without spaces or commas",
        "callfs: FILE: metadata_store.dsn: it is missing; use postgres://USER:PASSWORD@HOST:PORT/DATABASE",
        'callfs: FILE: dlm.redis_addr: it is missing; use "HOST:PORT"',
        "callfs: FILE: server.cert_file: it is missing; use the path of a certificate (PEM)",
        "callfs: FILE: server.key_file: it is missing; use the path of a private key (PEM)",
      ].toSorted((one, other) => order(one) - order(other)),
    );
  },
);

/** The sections in their order. */
const order = (line: string) =>
  ["server.", "auth.", "metadata_store.", "dlm."].findIndex((each) =>
    line.includes(`: ${each}`)
  );

callfsTest(
  "a port in use and a database that is away end the start with the reason",
  async (bench) => {
    await bench.start();
    const listen = `127.0.0.1:${bench.port}`;
    const args = ["server", "--config", bench.config];
    const second = await bench.callfs(args, {
      CALLFS_SERVER_LISTEN_ADDR: listen,
    });
    equal(second.code, 1);
    match(
      second.text,
      new RegExp(
        `callfs: server\\.listen_addr: cannot listen on ${listen}: address already in use; lsof -i :${bench.port} shows by whom`,
      ),
    );
    await bench.postgres.kill();
    const away = await bench.callfs(args, {
      CALLFS_SERVER_LISTEN_ADDR: listen,
    });
    equal(away.code, 1);
    match(away.text, /callfs: Database connection failed: /);
  },
);

callfsTest(
  "a request is traced by its X-Trace-Id in the log, which also goes to a file",
  async (bench) => {
    const file = `${bench.directory}/debug.log`;
    const server = await bench.start({
      CALLFS_LOG_LEVEL: "debug",
      CALLFS_LOG_FILE: file,
    });
    const traced = await bench.curl("/api/v1/files/", ...[
      "-i",
      "-H",
      "X-Trace-Id: debug-17",
      "-H",
      "Host: your-domain.com",
    ]);
    equal(traced.status, 200);
    match(traced.body, /^x-trace-id: debug-17\r$/m);
    await bench.curlWithoutKey("/health");
    await server.says(/"path":"\/health"/);
    const lines = (await Deno.readTextFile(file)).trim().split("\n").map((
      line,
    ) => JSON.parse(line));
    const found = lines.find(({ trace_id }) => trace_id === "debug-17");
    deepEqual(
      [found.level, found.msg, found.method, found.path, found.status],
      ["info", "Request", "GET", "/api/v1/files/", "200"],
    );
    const text = await said("grep", ["-c", "your-api-key", file]);
    equal(text.text.trim(), "0");
  },
);

callfsTest(
  "under the executable a server that was killed waits for Redis, and a bad configuration does not reach it",
  async (bench) => {
    const manager = await bench.supervise();
    equal((await bench.put("/a.txt", "kept")).status, 201);
    const [, pid] = /Child process started with PID: (\d+)/.exec(manager.log) ??
      [];
    await bench.redis.stop();
    Deno.kill(Number(pid), "SIGKILL");
    await manager.says(/Waiting for dependencies: tcp:127\.0\.0\.1:\d+/);
    await bench.redis.start();
    await manager.says(/callfs is ready on/, 2);
    await until(
      "it answers",
      async () => (await bench.get("/a.txt")).body === "kept",
    );
    await bench.configure(["level: info", "level: loud"]);
    await manager.says(
      /Check output: callfs: \S+config\.yaml: log\.level: the value "loud" is not allowed; use debug, info, warn or error/,
    );
    equal((await bench.get("/a.txt")).body, "kept");
  },
);
