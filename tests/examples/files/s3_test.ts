/** The guide's "Backend Storage Issues": the S3 back end, with a small S3 server. */
import { deepEqual, equal, match } from "node:assert/strict";
import { fromRoot } from "../../../scripts/denort.ts";
import { callfsTest, Running } from "./callfs_bench.ts";

const BUCKET = "callfs";

callfsTest(
  "files are kept in a bucket, those before stay where they are, and a bucket that is gone is told",
  async (bench) => {
    const port = `${bench.freePort()}`;
    const s3 = () =>
      new Running(Deno.execPath(), [
        "run",
        "--frozen",
        "-A",
        fromRoot("tests/examples/files/s3_server.ts"),
        port,
        `${bench.directory}/s3`,
        BUCKET,
      ]);
    const first = await bench.start();
    equal((await bench.put("/local.txt", "on the disk")).status, 201);
    await first.end();
    await using server = s3();
    await server.says(/ready/);
    await bench.configure([
      "default_backend: localfs",
      `default_backend: s3
  s3_endpoint: http://127.0.0.1:${port}
  s3_bucket_name: ${BUCKET}
  s3_access_key: S3RVER
  s3_secret_key: S3RVER`,
    ]);
    await bench.start();
    const put = await bench.put("/docs/z%20ä.txt", "in the bucket");
    deepEqual([put.status, JSON.parse(put.body).backend], [201, "s3"]);
    equal((await bench.put("/empty", "")).status, 201);
    equal((await bench.get("/docs/z%20ä.txt")).body, "in the bucket");
    equal((await bench.get("/empty")).body, "");
    equal((await bench.get("/local.txt")).body, "on the disk");
    equal((await bench.put("/local.txt", "moved")).status, 201);
    equal((await bench.get("/local.txt")).body, "moved");
    deepEqual(
      (await Array.fromAsync(Deno.readDir(`${bench.directory}/data`))).filter((
        { isFile },
      ) => isFile),
      [],
    );
    const chunked = bench.upload("/chunked");
    await chunked.write(new Uint8Array(10));
    match(
      (await chunked.answer()).body,
      /Content-Length is missing, and the s3 back end needs it/,
    );
    equal(
      (await bench.curl("/api/v1/files/docs/z%20ä.txt", "-X", "DELETE")).status,
      204,
    );
    equal((await bench.get("/docs/z%20ä.txt")).status, 404);
    deepEqual(
      Object.keys(
        JSON.parse((await bench.curlWithoutKey("/health")).body).checks,
      ),
      ["database", "redis", "s3", "localfs"],
    );
    await Deno.remove(`${bench.directory}/s3/${BUCKET}`, { recursive: true });
    const health = await bench.curlWithoutKey("/health");
    equal(health.status, 503);
    match(
      JSON.parse(health.body).checks.s3.error,
      /^S3 answered 404 Not Found to HEAD http:\S+\/callfs$/,
    );
    await server.end();
    match(
      (await bench.curlWithoutKey("/metrics")).body,
      /^callfs_backend_availability\{backend="s3"\} 0$/m,
    );
    equal((await bench.put("/a.txt", "lost?")).status, 500);
  },
);
