/** The guide's "Log Collection Script", as `flush-manager diagnose`. */
import { equal, match, ok } from "node:assert/strict";
import { until } from "../../host/temp.ts";
import { callfsTest, KEY, said } from "./callfs_bench.ts";

callfsTest(
  "diagnose collects what the guide's script does, without secrets",
  async (bench) => {
    await bench.supervise();
    equal((await bench.get("/")).status, 200);
    await until(
      "all is looked at",
      async () => (await bench.client("health")).code === 0,
    );
    const archive = `${bench.directory}/diagnose.tar.gz`;
    const { code, text } = await bench.client("diagnose", "-o", archive);
    equal(code, 0, text);
    const out = `${bench.directory}/out`;
    await Deno.mkdir(out);
    equal((await said("tar", ["-xzf", archive, "-C", out])).code, 0);
    const [directory] = await Array.fromAsync(Deno.readDir(out));
    const read = (name: string) =>
      Deno.readTextFile(`${out}/${directory.name}/${name}`);
    // In the order of the script: system, memory, disk, service, configuration,
    // logs, database, Redis, network.
    match(await read("kernel.txt"), /system: .+/);
    match(await read("kernel.txt"), /^MemAvailable:/m);
    match(await read("paths/3.txt"), /free/);
    match(await read("status.json"), /"state":\s*"running"/);
    match(
      await read("check.txt"),
      /^ok: watch: Config file \S+\/config\.yaml is a regular file$/m,
    );
    match(await read("log.txt"), /Child process \(PID: \d+\) is ready/);
    const health = JSON.parse(await read("health.json"));
    for (const name of ["database", "redis", "callfs"]) {
      equal(health.checks[name].status, "ok", name);
    }
    const all = (await said("sh", ["-c", `cat $(find ${out} -type f)`])).text;
    ok(!all.includes(KEY), "the API key");
    ok(!all.includes("callfs:password"), "the password of the database");
  },
);
