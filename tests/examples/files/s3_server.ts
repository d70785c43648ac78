/** An S3 server with one bucket in a directory: PORT DIRECTORY BUCKET. Its key and secret are S3RVER. */
// @ts-types="../../../types/s3rver.d.ts"
import S3rver from "s3rver";

const [port, directory, name] = Deno.args;

await new S3rver({
  address: "127.0.0.1",
  port: Number(port),
  directory,
  silent: true,
  configureBuckets: [{ name }],
}).run();
console.log("ready");
