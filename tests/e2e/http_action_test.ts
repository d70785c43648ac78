/** The options of `http:` actions: `--http-...`, behind the URL, and in the settings file. */
import { deepEqual, equal } from "node:assert/strict";
import { type Bench, row } from "./bench.ts";
import type { Manager } from "./harness.ts";
import { change, QUICK } from "./reloads.ts";
import { serve } from "../fixtures/server.ts";

/** Answers with these, the last one again and again; remembers the header `authorization`. */
function server(...statuses: readonly number[]) {
  const tokens: (string | null)[] = [];
  const http = serve({
    hostname: "127.0.0.1",
    port: 0,
    onListen: () => {},
  }, ({ headers }) => {
    const status = statuses[Math.min(tokens.length, statuses.length - 1)];
    tokens.push(headers.get("authorization"));
    return new Response(null, { status, headers: { location: "/elsewhere" } });
  });
  return {
    tokens,
    url: `http://127.0.0.1:${http.addr.port}/reload`,
    [Symbol.asyncDispose]: () => http.end(),
  };
}

/** Changes the file of a manager with this action and these options. */
async function changed(
  bench: Bench,
  action: string,
  ...options: readonly string[]
): Promise<{ file: string; manager: Manager }> {
  const { file, manager } = await bench.onFile({
    options: [`--on-change=http:POST:${action}`, QUICK, ...options],
  });
  change(file, "second");
  return { file, manager };
}

const APPLIED = "New configuration applied";
const FAILED = "Cannot apply the new configuration: ";

Deno.test(
  row("http action: --http-retries and --http-status", async (bench) => {
    await using http = server(200, 302);
    const options = ["--http-retries=1", "--http-status=302"];
    const { manager } = await changed(bench, http.url, ...options);
    await manager.log.wait("yet: answered 200; trying again in 1s");
    await manager.log.wait(APPLIED);
    equal(http.tokens.length, 2, "the redirect is not followed");
  }),
);

Deno.test(row("http action: what follows the URL wins", async (bench) => {
  await using http = server(204);
  const { manager } = await changed(
    bench,
    `${http.url} status=200 retries=0`,
    "--http-status=204",
    "--http-retries=9",
  );
  await manager.log.wait(`${FAILED}answered 204 (1 attempt)`);
  equal(http.tokens.length, 1);
}));

Deno.test(row("http action: --http-timeout ends an attempt", async (bench) => {
  const held = Promise.withResolvers<Response>();
  await using http = serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    () => held.promise,
  );
  const { manager } = await changed(
    bench,
    `http://127.0.0.1:${http.addr.port}/`,
    "--http-timeout=50ms",
    "--http-retries=0",
  );
  await manager.log.wait(`${FAILED}no answer within 50ms (1 attempt)`);
  held.resolve(new Response(null));
}));

Deno.test(
  row(
    "http action: --http-header-file is read at each attempt, and is in no line",
    async (bench) => {
      await using http = server(401, 200);
      const headers = bench.write(
        "headers",
        "Authorization: Bearer s3cret-1\n",
      );
      const { manager } = await changed(
        bench,
        http.url,
        `--http-header-file=${headers}`,
        "--log-level=trace",
      );
      await manager.log.wait("yet: answered 401; trying again in 1s");
      change(headers, "Authorization: Bearer s3cret-2\n");
      await manager.log.wait(APPLIED);
      deepEqual(http.tokens, ["Bearer s3cret-1", "Bearer s3cret-2"]);
      equal(manager.log.count("s3cret"), 0);
    },
  ),
);

Deno.test(
  row("http action: a file of headers that cannot be used", async (bench) => {
    await using http = server(200);
    const headers = bench.write("headers", "s3cret\n");
    const option = `--http-header-file=${headers}`;
    const why =
      `header file ${headers} cannot be used: line 1 is not Name: value`;
    const { manager } = await changed(bench, `${http.url} retries=0`, option);
    await manager.log.wait(`${FAILED}${why} (1 attempt)`);
    equal(manager.log.count("s3cret"), 0);
    equal(http.tokens.length, 0);
    const check = bench.run([
      "check",
      `--on-change=http:POST:${http.url}`,
      option,
      "--",
      "true",
    ]);
    equal(await check.exitCode(), 1);
    await check.out.wait(`fault: Cannot send headers: ${why}`);
  }),
);

Deno.test(
  row("http action: the settings file, for all and for one path", async (
    bench,
  ) => {
    await using http = server(202, 202, 200);
    const file = bench.write("app.conf", "first");
    const other = bench.write("other.conf", "first");
    const headers = bench.write("the headers", "authorization: it's me\n");
    const settings = bench.write(
      "settings.yaml",
      `http-status: 200
http-retries: 0
debounce: 100ms
config:
  - path: ${file}
    action:
      http: POST:${http.url}
      status: 202
      header-file: ${headers}
  - path: ${other}
    action: http:POST:${http.url}
`,
    );
    const manager = bench.run([
      `--settings=${settings}`,
      "--",
      bench.child,
      "--sleep",
      "300",
      "--ready-line",
    ]);
    await manager.ready();
    change(file, "second");
    await manager.log.wait(APPLIED);
    change(other, "second");
    await manager.log.wait(`${FAILED}answered 202 (1 attempt)`);
    deepEqual(http.tokens, ["it's me", null]);
  }),
);

Deno.test(
  row("http action: check tells the rules, and options in vain", async (
    bench,
  ) => {
    const url = "http://localhost:1/";
    const rules = ["--http-timeout=5s", "--http-retries=0"];
    const check = bench.run([
      "check",
      "--config=",
      `--on-change=http:POST:${url} status=204`,
      ...rules,
      "--",
      "true",
    ]);
    equal(await check.exitCode(), 0);
    await check.out.wait(`on change: http:POST:${url} status=204 after`);
    await check.out.wait(
      "http actions: 2xx is success, at most 5s an attempt, retries: 0",
    );
    const idle = bench.run(["check", "--config=", ...rules, "--", "true"]);
    equal(await idle.exitCode(), 0);
    await idle.out.wait(
      "--http-timeout has no effect without an http: action",
    );
  }),
);
