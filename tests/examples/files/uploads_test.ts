/** The guide's "3. File Upload/Download Issues". */
import { deepEqual, equal, match } from "node:assert/strict";
import { createHash } from "node:crypto";
import { until } from "../../host/temp.ts";
import { type CallfsBench, callfsTest, said } from "./callfs_bench.ts";

const MIB = 1 << 20;

callfsTest(
  "a small file is uploaded, downloaded, listed and removed",
  async (bench) => {
    await bench.start();
    const put = await bench.curl("/api/v1/files/docs/test.txt", ...[
      "-X",
      "PUT",
      "-H",
      "Content-Type: text/plain",
      "--data-binary",
      "test content\n",
    ]);
    equal(put.status, 201);
    const sha256 = createHash("sha256").update("test content\n").digest("hex");
    deepEqual(JSON.parse(put.body), {
      path: "/docs/test.txt",
      size: 13,
      sha256,
      backend: "localfs",
    });
    equal((await bench.get("/docs/test.txt")).body, "test content\n");
    const head = await bench.curl("/api/v1/files/docs/test.txt", "-I");
    match(head.body, /^content-type: text\/plain\r$/m);
    match(head.body, /^content-length: 13\r$/m);
    match(head.body, new RegExp(`^etag: "${sha256}"\r$`, "m"));
    equal((await bench.put("/z%20ä.txt", "")).status, 201);
    const names = async (path: string) => {
      const { entries, next } = JSON.parse((await bench.get(path)).body);
      return [
        entries.map((
          { name, type, size }: Record<string, unknown>,
        ) => [name, type, size]),
        next,
      ];
    };
    deepEqual(await names("/"), [[["docs", "directory", 13], [
      "z ä.txt",
      "file",
      0,
    ]], undefined]);
    deepEqual(await names("/?limit=1"), [[["docs", "directory", 13]], "docs"]);
    deepEqual(await names("/?after=docs"), [
      [["z ä.txt", "file", 0]],
      undefined,
    ]);
    deepEqual(await names("/docs/"), [[["test.txt", "file", 13]], undefined]);
    equal(
      (await bench.curl("/api/v1/files/docs/test.txt", "-X", "DELETE")).status,
      204,
    );
    const gone = await bench.get("/docs/test.txt");
    deepEqual([gone.status, gone.body], [
      404,
      '{"error":"File not found: /docs/test.txt"}',
    ]);
    for (
      const bad of [
        "/a/%2e%2e/%2e%2e/b",
        "/a//b",
        "/a%00b",
        `/${"x".repeat(231)}`,
      ]
    ) {
      const { status, body } = await bench.curl(`/api/v1/files${bad}`, ...[
        "--path-as-is",
        "-X",
        "PUT",
        "-d",
        "x",
      ]);
      equal(status, 400, bad);
      match(body, /is not allowed; use names of 1 to 230 bytes/);
    }
    match(
      (await bench.put("/docs/", "x")).body,
      /use the path of a file, which does not end with a slash/,
    );
    for (
      const other of [
        "/api/v1/%66iles/es/x",
        "/api/v1/%66iles/x",
        "/api/v1/file%73/x",
      ]
    ) {
      const { status } = await bench.curl(other, ...["-X", "PUT", "-d", "x"]);
      equal(status, 404, other);
    }
    deepEqual(await contents(bench), ["z ä.txt"]);
  },
);

callfsTest(
  "a large upload goes on while a reload replaces the server",
  async (bench) => {
    const manager = await bench.supervise();
    const content = new Uint8Array(64 * MIB);
    for (let at = 0; at < content.length; at += 65_536) {
      crypto.getRandomValues(content.subarray(at, at + 65_536));
    }
    const upload = bench.upload("/large.bin");
    await upload.write(content.subarray(0, 32 * MIB));
    await until(
      "half of it is there",
      async () => await uploaded(bench) > 16 * MIB,
    );
    await bench.configure(["level: info", "level: debug"]);
    // The next server answers, and the old one has been asked to end.
    await manager.says(/callfs is ready on/, 2);
    await manager.says(/SIGTERM: finishes the requests under way/);
    equal((await bench.get("/")).status, 200);
    await upload.write(content.subarray(32 * MIB));
    const { status, body } = await upload.answer();
    equal(status, 201, body);
    const sha256 = createHash("sha256").update(content).digest("hex");
    equal(JSON.parse(body).sha256, sha256);
    await manager.says(/Child process restarted successfully/);
    const path = `${bench.directory}/downloaded`;
    await bench.curl("/api/v1/files/large.bin", "-o", path);
    equal(
      createHash("sha256").update(await Deno.readFile(path)).digest("hex"),
      sha256,
    );
  },
);

callfsTest(
  "an upload that is cut off or too slow leaves the file as it was",
  async (bench) => {
    await bench.configure(["read_timeout: 300s", "read_timeout: 2s"]);
    const server = await bench.start();
    equal((await bench.put("/a.txt", "before")).status, 201);
    const cut = bench.upload("/a.txt");
    await cut.write(new Uint8Array(MIB));
    await until("it has begun", async () => await uploaded(bench) > 0);
    await cut.kill();
    await until("its rest is removed", async () => await uploaded(bench) === 0);
    const slow = bench.upload("/a.txt");
    await slow.write(new Uint8Array(MIB));
    await server.says(/"status":"408"/);
    // Deno sends the answer when the client sends something again.
    await slow.write(new Uint8Array(1));
    const { status, body } = await slow.answer();
    equal(status, 408, body);
    match(body, /The upload took longer than server\.read_timeout \(2s\)/);
    equal((await bench.get("/a.txt")).body, "before");
    deepEqual(await contents(bench), ["a.txt"]);
  },
);

callfsTest(
  "a disk that is full or not to be written, and content that is damaged, are told by name",
  async (bench) => {
    const data = `${bench.directory}/data`;
    const mounted = await said("mount", [
      "-t",
      "tmpfs",
      "-o",
      "size=1m",
      "tmpfs",
      data,
    ]);
    if (mounted.code !== 0) {
      console.error(`SKIPPED a full disk: ${mounted.text.trim()}`);
      return;
    }
    try {
      const server = await bench.start();
      equal((await bench.put("/a.txt", "before")).status, 201);
      const upload = bench.upload("/a.txt");
      await upload.write(new Uint8Array(2 * MIB)).catch(() => {});
      const { status, body } = await upload.answer();
      deepEqual([status, body], [
        507,
        `{"error":"No space left on device: ${data}"}`,
      ]);
      equal((await bench.get("/a.txt")).body, "before");
      const remount = (how: string) =>
        said("mount", ["-o", `remount,${how}`, data]);
      equal((await remount("ro")).code, 0);
      const denied = await bench.put("/b.txt", "content");
      equal(denied.status, 500);
      match(
        denied.body,
        /"Permission denied: \S+\/data: Read-only file system/,
      );
      equal((await remount("rw")).code, 0);
      const [object] = await contents(bench, (name) => name);
      await Deno.truncate(`${data}/${object}`, 3);
      const damaged = await bench.get("/a.txt");
      equal(damaged.status, 500);
      match(
        damaged.body,
        /Content is damaged: localfs holds 3 bytes of \/a\.txt@\d+, and it had 6/,
      );
      await Deno.remove(`${data}/${object}`);
      match(
        (await bench.get("/a.txt")).body,
        /Content is missing: localfs holds no \/a\.txt@\d+/,
      );
      match(server.log, /"level":"error","msg":"Content is damaged: /);
      await server.end();
    } finally {
      await said("umount", [data]);
    }
  },
);

/** How many bytes of uploads are there that are not finished. */
async function uploaded({ directory }: CallfsBench): Promise<number> {
  let size = 0;
  try {
    for await (
      const { name } of Deno.readDir(`${directory}/data/.callfs-uploads`)
    ) {
      size +=
        (await Deno.stat(`${directory}/data/.callfs-uploads/${name}`)).size;
    }
  } catch {
    // None has begun, or one has ended meanwhile.
  }
  return size;
}

/** The files that the back end holds, without their tokens. */
async function contents(
  { directory }: CallfsBench,
  shown = (name: string) => name.replace(/@\d+$/, ""),
): Promise<readonly string[]> {
  const names = await Array.fromAsync(Deno.readDir(`${directory}/data`));
  return names.filter(({ isFile }) => isFile).map(({ name }) => shown(name))
    .toSorted();
}
