/** A status in lines for a search and on a terminal, by example. */
import assert from "node:assert/strict";
import { coloured, plain } from "../../../src/client/text/style.ts";
import { statusLines } from "../../../src/client/text/status_lines.ts";
import { statusScreen } from "../../../src/client/text/status_screen.ts";
import { QUIET, REJECTED_SHA, RUNNING_SHA, STATUS } from "../example_status.ts";

Deno.test("lines: a word, a colon and whole values", () => {
  assert.equal(
    statusLines(STATUS),
    `state: running since 2026-01-02T10:00:01.200Z
version: 1.0.0
pid: 1
uptime: 2h3m0s
command: nginx -g daemon off;
log-level: info
child: running, ready, pid 17, up 2m58s, started for config
starts: start 1, config 2
last-exit: 2026-01-02T10:00:01.000Z pid 9 SIGTERM, asked for
path: /etc/app.conf rejected running=${RUNNING_SHA} disk=${REJECTED_SHA}
path: /etc/secret unreadable running=- disk=- (permission denied)
hold: since 2026-01-02T10:01:00.000Z until resume: incident 7
pending: retry until 2026-01-02T10:08:00.000Z: the content was rejected and is tried again
reload: 9 2026-01-02T10:02:58.000Z request under way (check) in -; check ...
reload: 8 2026-01-02T10:02:00.000Z config rolled back in 1.2s; the child ended with exit status 3; debounce 500ms, stop 20ms
reload: 7 2026-01-02T10:00:00.000Z config applied in 1.2s; debounce 500ms, stop 20ms
last-error: 2026-01-02T10:02:30.000Z not-ready: New child did not become ready
degraded: watcher: no inotify watch is left
`,
  );
});

Deno.test("screen: what matters first, then paths and reloads, the newest first", () => {
  const lines = statusScreen(STATUS, { columns: 120, style: plain });
  assert.deepEqual(lines, [
    "● running for 2m  flush-manager 1.0.0, PID 1, up 2h, log level info",
    "  child       running, ready, PID 17, up 2m, started for config; starts: start 1, config 2",
    "  command     nginx -g daemon off;",
    "  last exit   SIGTERM 2m ago, asked for",
    "  held        2m ago, until resume: incident 7",
    "  pending     retry: the content was rejected and is tried again, in 5m",
    "  last error  30s ago: New child did not become ready",
    "  degraded    watcher: no inotify watch is left",
    "",
    "PATH           STATUS      RUNNING       ON DISK       SIZE     MODIFIED",
    "/etc/app.conf  rejected    3f2a91bc04d2  9c1d11111111  1.5 KiB  1m ago",
    "/etc/secret    unreadable  -             -             -        -; permission denied",
    "",
    "RELOAD  FOR      OUTCOME            BEGUN   TOOK  DOWN  DETAIL",
    "9       request  under way (check)  2s ago  -     -     check ...",
    "8       config   rolled back        1m ago  1.2s  25ms  the child ended with exit status 3; debounce 500ms, stop 20ms",
    "7       config   applied            3m ago  1.2s  25ms  debounce 500ms, stop 20ms",
  ]);
});

Deno.test("screen: nothing that is not there is shown", () => {
  const lines = statusScreen(QUIET, { columns: 80, style: plain });
  assert.deepEqual(lines, [
    "● running for 2m  flush-manager 1.0.0, PID 1, up 2h, log level info",
    "  child    running, ready, PID 17, up 2m, started for start; starts: start 1, c…",
    "  command  nginx -g daemon off;",
    "",
    "Nothing is watched",
    "",
    "No reload yet",
  ]);
});

Deno.test("screen: colours change no word and no column", () => {
  const bare = statusScreen(STATUS, { columns: 120, style: plain });
  const painted = statusScreen(STATUS, { columns: 120, style: coloured });
  // deno-lint-ignore no-control-regex
  const stripped = painted.map((line) => line.replace(/\x1b\[\d+m/g, ""));
  assert.deepEqual(stripped.map((line) => line.trimEnd()), bare);
  assert.ok(painted[0].includes("\x1b[32m●\x1b[0m"), painted[0]);
  assert.ok(painted.some((line) => line.includes("\x1b[31mrejected\x1b[0m")));
});

Deno.test("nothing that a terminal would obey comes through", () => {
  const evil = "\x1b]0;owned\x07\n\u202e";
  const status = {
    ...STATUS,
    command: [evil],
    state: evil,
    version: evil,
    paths: [{ ...STATUS.paths[0], path: evil, detail: evil }],
    hold: { reason: evil, since: evil, until: evil },
    reloads: [{ ...STATUS.reloads[0], detail: evil }],
    last_error: { ...STATUS.last_error!, message: evil, timestamp: evil },
    degraded: [{ facility: evil, detail: evil }],
  };
  const lines = statusLines(status).split("\n");
  const screen = statusScreen(status, { columns: 200, style: plain });
  for (const line of [...lines, ...screen]) {
    assert.doesNotMatch(line, /[\p{Cc}\u202e]/u);
  }
});

Deno.test("what a failed check has printed is shown where it was asked for", () => {
  const debug = {
    last_error: {
      ...STATUS.last_error!,
      time: "2026-01-02 10:02:30 UTC (30s ago)",
      output: ["unknown directive"],
    },
  };
  // Only what is shown of it is there.
  const status = { ...STATUS, debug } as unknown as typeof STATUS;
  assert.match(statusLines(status), /^output: unknown directive$/m);
  const screen = statusScreen(status, { columns: 80, style: plain });
  assert.ok(screen.includes("              unknown directive"));
});
