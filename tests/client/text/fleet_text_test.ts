/** A fleet in lines for a search and on a terminal, by example. */
import assert from "node:assert/strict";
import {
  fleetLines,
  fleetScreen,
  fleetSummary,
} from "../../../src/client/text/fleet_text.ts";
import { statusLines } from "../../../src/client/text/status_lines.ts";
import { statusScreen } from "../../../src/client/text/status_screen.ts";
import { plain } from "../../../src/client/text/style.ts";
import { FLEET, QUIET, REJECTED_SHA, RUNNING_SHA } from "../example_status.ts";

const SCREEN = { columns: 100, style: plain };
const WAITING = {
  ...FLEET,
  slot: null,
  waiting: {
    content: REJECTED_SHA,
    why: "web-0 tries this configuration",
    since: "2026-01-02T10:00:00.000Z",
  },
};

Deno.test("fleet lines: a word, a colon and whole values", () => {
  assert.equal(
    fleetLines(FLEET),
    `fleet: web
manager: web-1
running: ${RUNNING_SHA}
waiting: none
slot: ${REJECTED_SHA} trial until 2026-01-02T10:03:20.000Z
rejected: none
unreachable: no
read: 2026-01-02T10:02:57.000Z
slot-0: web-1 ${REJECTED_SHA} trial
slot-1: free
proven: ${RUNNING_SHA}
refused: ${"0".repeat(64)} by web-0 at 2026-01-02T09:03:00.000Z: rolled back
`,
  );
});

Deno.test("fleet lines: a wait, and what another manager has written, on one line each", () => {
  const [slot] = FLEET.slots;
  const lines = fleetLines({
    ...WAITING,
    content: null,
    rejected: REJECTED_SHA,
    unreachable: "no answer",
    read_at: null,
    slots: [{ ...slot, holder: "web\n0", trial: false, abandoned: true }],
  }).split("\n");
  assert.equal(lines[2], "running: none");
  assert.equal(
    lines[3],
    `waiting: ${REJECTED_SHA} since 2026-01-02T10:00:00.000Z: web-0 tries this configuration`,
  );
  assert.deepEqual(lines.slice(4, 9), [
    "slot: none",
    `rejected: ${REJECTED_SHA}`,
    "unreachable: no answer",
    "read: never",
    `slot-0: web\\n0 ${REJECTED_SHA} reload, abandoned`,
  ]);
});

Deno.test("fleet screen: this manager first, then slots and contents, what is refused first", () => {
  assert.deepEqual(fleetScreen(FLEET, SCREEN), [
    "● web-1 of fleet web  read 3s ago",
    "  runs  3f2a91bc04d2, proven",
    "  slot  9c1d11111111 on trial, which ends in 20s",
    "",
    "SLOT  USE    CONTENT       HOLDER",
    "0     trial  9c1d11111111  web-1",
    "1     free   -             -",
    "",
    "The other managers are listed where each has --kubernetes-members",
    "",
    "CONTENT       VERDICT  WHEN    WHY",
    "000000000000  refused  1h ago  rolled back at web-0",
    "3f2a91bc04d2  proven",
  ]);
});

Deno.test("fleet screen: what it waits for, and what it rejects", () => {
  const refused = [{ ...FLEET.refused[0], content: RUNNING_SHA }];
  const lines = fleetScreen(
    { ...WAITING, rejected: REJECTED_SHA, proven: [], refused },
    SCREEN,
  );
  assert.deepEqual(lines.slice(1, 5), [
    "  runs     3f2a91bc04d2, refused",
    "  slot     none",
    "  waits    with 9c1d11111111, since 3m ago: web-0 tries this configuration",
    "  rejects  9c1d11111111, which the fleet has refused",
  ]);
});

const MEMBERS = [
  { name: "web-0", content: RUNNING_SHA, does: "waits", next: REJECTED_SHA },
  { name: "web\n1", content: null, does: "tries", next: REJECTED_SHA },
  { name: "web-2", content: REJECTED_SHA, does: null, next: null },
] as const;

Deno.test("fleet lines: each manager, what its child runs on and what it does", () => {
  const lines = fleetLines({ ...FLEET, members: MEMBERS }).split("\n");
  assert.deepEqual(lines.filter((line) => line.startsWith("member")), [
    `member: web-0 ${RUNNING_SHA} waits ${REJECTED_SHA}`,
    `member: web\\n1 - tries ${REJECTED_SHA}`,
    `member: web-2 ${REJECTED_SHA}`,
  ]);
});

Deno.test("fleet screen: all managers, between slots and contents", () => {
  const lines = fleetScreen({ ...FLEET, members: MEMBERS }, SCREEN);
  assert.deepEqual(lines.slice(7, 13), [
    "",
    "RUNS                  DOES                MANAGER",
    "3f2a91bc04d2, proven  waits 9c1d11111111  web-0",
    "-                     tries 9c1d11111111  web\\n1",
    "9c1d11111111          -                   web-2",
    "",
  ]);
});

Deno.test("fleet: where the managers cannot be listed, why", () => {
  const untold = { ...FLEET, members_unreachable: "the Role\nneeds list" };
  const lines = fleetLines(untold).split("\n");
  assert.ok(lines.includes("members-unreachable: the Role\\nneeds list"));
  const screen = fleetScreen(untold, SCREEN);
  assert.equal(screen[3], "  others  cannot be listed: the Role\\nneeds list");
  assert.ok(screen.every((line) => !line.includes("--kubernetes-members")));
});

Deno.test("fleet: that there are more managers, and why they do not see this one", () => {
  const told = {
    ...FLEET,
    members: MEMBERS,
    members_partial: true,
    members_unreachable: "the Role needs patch",
  };
  const lines = fleetLines(told).split("\n");
  assert.ok(lines.includes("members: there are more"));
  const screen = fleetScreen(told, SCREEN);
  assert.equal(
    screen[3],
    "  others  do not see this manager: the Role needs patch",
  );
  assert.equal(
    screen[13],
    "There are more managers; those are the first by name",
  );
});

Deno.test("fleet screen: a fleet that could never be asked has no tables", () => {
  const never = { slots: [], proven: [], refused: [], read_at: null };
  const unreachable = "no answer within 4s";
  assert.deepEqual(fleetScreen({ ...FLEET, ...never, unreachable }, SCREEN), [
    "● web-1 of fleet web  never read",
    "  runs   3f2a91bc04d2",
    "  slot   9c1d11111111 on trial, which ends in 20s",
    "  fleet  cannot be asked: no answer within 4s",
  ]);
  const quiet = { ...FLEET, proven: [], refused: [] };
  assert.equal(
    fleetScreen(quiet, SCREEN).at(-1),
    "No content is proven or refused yet",
  );
});

Deno.test("fleet summary: this manager's part in it, in the status", () => {
  assert.equal(fleetSummary(FLEET), "web-1 of web tries new content");
  assert.equal(fleetSummary(WAITING), "web-1 of web waits for a slot");
  const slot = { ...FLEET.slot, content: RUNNING_SHA, trial_until: null };
  assert.equal(
    fleetSummary({ ...FLEET, slot: { ...slot, trial: false } }),
    "web-1 of web has a slot",
  );
  const status = {
    ...QUIET,
    fleet: {
      ...FLEET,
      slot: null,
      rejected: REJECTED_SHA,
      unreachable: "no answer",
    },
  };
  const said =
    "web-1 of web has no slot, rejects what the fleet has refused, cannot ask the fleet: no answer";
  assert.match(statusLines(status), new RegExp(`^fleet: ${said}$`, "m"));
  const screen = statusScreen(status, { columns: 120, style: plain });
  assert.ok(screen.includes(`  fleet    ${said}`), screen.join("\n"));
});
