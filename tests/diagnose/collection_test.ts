/** What the archive is made of, where the manager answers over TCP. */
import { equal, match, ok } from "node:assert/strict";
import type { DiagnoseCall } from "../../src/cli/client_call.ts";
import { collect } from "../../src/diagnose/collection.ts";
import { tempDirectory } from "../host/temp.ts";
import { serve } from "../fixtures/server.ts";
import { HANG_MS } from "../fixtures/limits.ts";

const TOKEN = "a-token-that-only-the-pipe-holds";

Deno.test(
  "a token from a pipe is shown with every question, and is not in the archive",
  {
    // A library that the collectors load stays loaded until the process ends.
    sanitizeResources: false,
  },
  async () => {
    await using directory = await tempDirectory();
    const pipe = `${directory.path}/token`;
    await new Deno.Command("mkfifo", { args: [pipe] }).output();
    const line = { time: "now", level: "info", message: `got ${TOKEN}` };
    await using manager = serve(
      { hostname: "127.0.0.1", port: 0, onListen: () => {} },
      ({ headers, url }) => {
        if (headers.get("authorization") !== `Bearer ${TOKEN}`) {
          return new Response("who?", { status: 401 });
        }
        const { pathname } = new URL(url);
        if (pathname === "/logs") return new Response(JSON.stringify(line));
        if (pathname === "/check") return Response.json({ findings: [] });
        return Response.json({ said: TOKEN });
      },
    );
    const { port } = manager.addr;
    const call: DiagnoseCall = {
      command: { kind: "diagnose", archive: undefined },
      address: { kind: "tcp", host: "127.0.0.1", port, tls: false },
      tokenFile: pipe,
      caFile: undefined,
      output: undefined,
      timeoutMs: HANG_MS,
    };
    const writer = new Deno.Command("sh", {
      args: ["-c", 'echo "$1" >"$0"', pipe, TOKEN],
    }).output();
    const said: string[] = [];
    const entries = await collect(
      call,
      new AbortController().signal,
      new Date(0),
      (text) => {
        said.push(text);
        return Promise.resolve();
      },
    );
    await writer;
    for (const what of ["status", "health", "metrics", "log", "settings"]) {
      ok(said.includes(`${what}: collected`), said.join("\n"));
    }
    const textOf = (name: string) =>
      entries.find((entry) => entry.name === name)?.text ?? "";
    match(textOf("log.txt"), /^now INFO got /);
    const leaks = entries.filter(({ text }) => text.includes(TOKEN));
    equal(leaks.map(({ name }) => name).join(", "), "");
  },
);
