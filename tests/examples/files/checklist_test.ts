/** The guide's "Quick Diagnostic Checklist": each of its commands, and what it answers. */
import { deepEqual, equal, match } from "node:assert/strict";
import { callfsTest, KEY, said } from "./callfs_bench.ts";

callfsTest("the health checks of the checklist all answer", async (bench) => {
  await bench.start();
  const health = await bench.curlWithoutKey("/health");
  equal(health.status, 200);
  deepEqual(JSON.parse(health.body).checks, {
    database: { status: "ok" },
    redis: { status: "ok" },
    localfs: { status: "ok" },
  });
  const listing = await bench.curlWithoutKey(
    "/api/v1/files/",
    "-H",
    `Authorization: Bearer ${KEY}`,
  );
  deepEqual(
    [listing.status, JSON.parse(listing.body)],
    [200, { path: "/", entries: [] }],
  );
  const valid = await bench.callfs([
    ...["config", "validate", "--config", bench.config],
  ]);
  equal(valid.code, 0);
  match(valid.text, /^Configuration is valid: /);
  const { url } = bench.postgres;
  equal((await said("psql", [url, "-tAc", "SELECT 1;"])).text, "1\n");
  const port = `${bench.redis.port}`;
  equal((await said("redis-cli", ["-p", port, "ping"])).text, "PONG\n");
});

callfsTest(
  "health names each part that does not answer, and files can still be read",
  async (bench) => {
    await bench.start();
    equal((await bench.put("/a.txt", "before")).status, 201);
    await bench.redis.kill();
    const health = await bench.curlWithoutKey("/health");
    equal(health.status, 503);
    const { status, checks } = JSON.parse(health.body);
    deepEqual([status, checks.database, checks.redis.status], [
      "error",
      { status: "ok" },
      "error",
    ]);
    equal((await bench.get("/a.txt")).body, "before");
    const refused = await bench.put("/a.txt", "after");
    equal(refused.status, 503);
    match(refused.body, /Failed to acquire lock for \/a\.txt: Redis at /);
    await bench.redis.start();
    // The service finds Redis again by itself.
    for (let tries = 0; tries < 100; tries++) {
      if ((await bench.put("/a.txt", "after")).status === 201) break;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    equal((await bench.get("/a.txt")).body, "after");
  },
);

callfsTest(
  "the key of the example matches its certificate by the guide's commands",
  async (bench) => {
    const certs = `${bench.directory}/certs`;
    const modulus = async (kind: string, name: string) =>
      (await said("openssl", [
        ...[kind, "-noout", "-modulus", "-in", `${certs}/${name}`],
      ])).text;
    const ofCertificate = await modulus("x509", "server.crt");
    match(ofCertificate, /^Modulus=[\dA-F]{512}\n$/);
    equal(await modulus("rsa", "server.key"), ofCertificate);
  },
);
