/** The guide's "5. Redis/Distributed Locking Issues". */
import { deepEqual, equal, match } from "node:assert/strict";
import { until } from "../../host/temp.ts";
import { type CallfsBench, callfsTest, said } from "./callfs_bench.ts";

const LOCK = "callfs:lock:/a.txt";

callfsTest(
  "a lock that somebody holds is told, seen and cleared as the guide does it",
  async (bench) => {
    await bench.configure(["max_retries: 10", "max_retries: 2"]);
    await bench.start();
    equal((await bench.put("/a.txt", "before")).status, 201);
    equal(await redis(bench, "keys", "callfs:lock:*"), "");
    const upload = bench.upload("/a.txt");
    await upload.write(new Uint8Array(1_000));
    await until(
      "it has the lock",
      async () => await redis(bench, "keys", "callfs:lock:*") === LOCK,
    );
    const held = await bench.put("/a.txt", "other");
    deepEqual([held.status, JSON.parse(held.body).error], [
      423,
      "Failed to acquire lock for /a.txt: another request holds it after 2 retries",
    ]);
    equal(
      (await bench.curl("/api/v1/files/a.txt", "-X", "DELETE")).status,
      423,
    );
    // Whoever reads does not wait, and has the file as it was.
    equal((await bench.get("/a.txt")).body, "before");
    const clear =
      "return redis.call('del', unpack(redis.call('keys', 'callfs:lock:*')))";
    equal(await redis(bench, "eval", clear, "0"), "1");
    equal((await bench.put("/a.txt", "other")).status, 201);
    // Its token is lower than that of the change since.
    const late = await upload.answer();
    deepEqual([late.status, JSON.parse(late.body).error], [
      409,
      "Lost the lock for /a.txt: it expired, and another request has changed the file since",
    ]);
    equal((await bench.get("/a.txt")).body, "other");
    const objects = await Array.fromAsync(
      Deno.readDir(`${bench.directory}/data`),
    );
    equal(objects.filter(({ isFile }) => isFile).length, 1);
  },
);

callfsTest(
  "the lock of a server that was killed expires, and a token grows though Redis has lost its data",
  async (bench) => {
    await bench.configure([/lock_timeout: 60s.*/, "lock_timeout: 2s"], [
      "max_retries: 10",
      "max_retries: 50",
    ]);
    const server = await bench.start();
    equal((await bench.put("/a.txt", "before")).status, 201);
    const upload = bench.upload("/a.txt");
    await upload.write(new Uint8Array(1_000));
    await until(
      "it has the lock",
      async () => await redis(bench, "exists", LOCK) === "1",
    );
    await server.end("SIGKILL");
    await upload.kill();
    equal(await redis(bench, "exists", LOCK), "1");
    await bench.start();
    equal((await bench.get("/a.txt")).body, "before");
    // Waits for the lock to expire.
    equal((await bench.put("/a.txt", "after")).status, 201);
    equal(await redis(bench, "flushall"), "OK");
    equal((await bench.put("/a.txt", "later")).status, 201);
    equal((await bench.get("/a.txt")).body, "later");
  },
);

callfsTest("a change after a removal needs a later lock too", async (bench) => {
  await bench.configure(["max_retries: 10", "max_retries: 0"]);
  await bench.start();
  equal((await bench.put("/a.txt", "before")).status, 201);
  const upload = bench.upload("/a.txt");
  await upload.write(new Uint8Array(1_000));
  await until(
    "it has the lock",
    async () => await redis(bench, "del", LOCK) === "1",
  );
  equal((await bench.curl("/api/v1/files/a.txt", "-X", "DELETE")).status, 204);
  equal((await upload.answer()).status, 409);
  equal((await bench.get("/a.txt")).status, 404);
});

async function redis(
  { redis }: CallfsBench,
  ...args: readonly string[]
): Promise<string> {
  const { text } = await said("redis-cli", ["-p", `${redis.port}`, ...args]);
  match(text, /^(?!Could not connect)/);
  return text.trim();
}
