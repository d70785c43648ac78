/** The log on the real stderr of another process. */
import assert from "node:assert/strict";
import { HANG_MS } from "../../fixtures/limits.ts";

const log = new URL("../../../src/host/log/log.ts", import.meta.url);

/** What a program prints to stderr that has a log of this level, without the times. */
async function printed(level: string, body: string): Promise<string[]> {
  const { stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      "eval",
      "--no-config",
      `import { createLog } from "${log}";
       const record = (level, text) => ({ level, event: "told", text, fields: {} });
       const log = createLog("${level}", "text");
       ${body}
       await log.flush(${HANG_MS});`,
    ],
    stdin: "null",
  }).output();
  return new TextDecoder().decode(stderr).trim().split("\n")
    .map((line) => line.replace(/^\[flush-manager\] (\S+) \S+ \S+ /, "$1 "));
}

Deno.test("records keep their order", async () => {
  const lines = await printed(
    "info",
    `log.write(record("info", "a"));
     log.write(record("info", "b"));
     await log.flush(${HANG_MS});
     log.write(record("info", "c"));`,
  );
  assert.deepEqual(lines, ["a", "b", "c"].map((a) => `INFO: ${a}`));
});

Deno.test("what is below the level is left out", async () => {
  const lines = await printed(
    "error",
    `log.write(record("info", "a"));
     log.write(record("error", "b"));
     await log.flush(${HANG_MS});
     log.write(record("debug", "c"));
     log.write(record("error", "d"));`,
  );
  assert.deepEqual(lines, ["ERROR: b", "ERROR: d"]);
});

Deno.test("lines that were lost are counted, and that nobody reads is told", async () => {
  const child = new Deno.Command(Deno.execPath(), {
    args: [
      "eval",
      "--no-config",
      `import { createLog } from "${log}";
       const log = createLog("info", "text");
       console.log(log.lost(), log.fault() ?? "none");
       await Deno.stdin.read(new Uint8Array(1));
       const record = { level: "info", event: "told", text: "a", fields: {} };
       log.write(record);
       await log.flush(${HANG_MS});
       log.write(record);
       console.log(log.lost(), log.fault());`,
    ],
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  await child.stderr.cancel();
  await child.stdin.close();
  const told = await new Response(child.stdout).text();
  await child.status;
  assert.equal(told, "0 none\n2 nobody reads stderr any more\n");
});

Deno.test("trace is below debug", async () => {
  const body = `for (const level of ["trace", "debug"]) {
    log.write(record(level, "a"));
  }`;
  assert.deepEqual(await printed("debug", body), ["DEBUG: a"]);
  assert.deepEqual(await printed("trace", body), ["TRACE: a", "DEBUG: a"]);
});

Deno.test("warn is between info and error", async () => {
  const body = `for (const level of ["info", "warn", "error"]) {
    log.write(record(level, "a"));
  }`;
  assert.deepEqual(await printed("warn", body), ["WARN: a", "ERROR: a"]);
  assert.deepEqual(await printed("error", body), ["ERROR: a"]);
});

Deno.test("without a record there is nothing to wait for", async () => {
  assert.deepEqual(await printed("error", 'log.write(record("info", "a"));'), [
    "",
  ]);
});

Deno.test("a level that is set holds for what comes after", async () => {
  const lines = await printed(
    "info",
    `log.write(record("debug", "a"));
     log.setLevel("debug");
     log.write(record("debug", log.level()));
     log.setLevel("error");
     log.write(record("info", "b"));
     log.write(record("error", log.level()));`,
  );
  assert.deepEqual(lines, ["DEBUG: debug", "ERROR: error"]);
});

Deno.test("a record that is repeated is folded, and the count comes before the next one and before the end", async () => {
  const lines = await printed(
    "info",
    `for (let i = 0; i < 5; i++) log.write(record("info", "a"));
     log.write(record("info", "b"));
     log.write(record("info", "b"));
     log.write(record("warn", "b"));
     for (let i = 0; i < 3; i++) log.write(record("error", "c"));`,
  );
  assert.deepEqual(lines, [
    "INFO: a",
    "INFO: last message repeated 4 times",
    "INFO: b",
    "INFO: b",
    "WARN: b",
    "ERROR: c",
    "ERROR: last message repeated 2 times",
  ]);
});

Deno.test("records have the number of the reload that they are part of", async () => {
  const { stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      "eval",
      "--no-config",
      `import { createLog } from "${log}";
       const log = createLog("info", "json");
       const record = (text) => ({ level: "info", event: "told", text, fields: { pid: 7 } });
       let id;
       log.write(record("a"));
       log.numberReloads(() => id);
       log.write(record("b"));
       id = 3;
       log.write(record("b"));
       log.write(record("b"));
       log.write(record("b"));
       log.write(record("x".repeat(5000)));
       await log.flush(${HANG_MS});`,
    ],
    stdin: "null",
  }).output();
  const ids = new TextDecoder().decode(stderr).trim().split("\n")
    .map((line) => JSON.parse(line))
    .map(({ msg, reload_id }) => [msg.slice(0, 7), reload_id]);
  assert.deepEqual(ids, [
    ["a", undefined],
    ["b", undefined],
    ["b", 3],
    ["last me", 3],
    ["xxxxxxx", 3],
  ]);
});
