import assert from "node:assert/strict";
import type { SlotAnswer } from "../../../src/core/vocabulary/event.ts";
import type { MemberReading } from "../../../src/control/vocabulary/fleet.ts";
import type { MemberBoard } from "../../../src/fleet/slots/member_board.ts";
import {
  NO_VERDICTS,
  StoreUnreachable,
} from "../../../src/fleet/slots/slot_store.ts";
import {
  ANSWER_LOST,
  CARRIED,
  failed,
  type Fate,
  REQUEST_LOST,
} from "../network.ts";
import { type Manager, Story, turn } from "../seeker_story.ts";
import { holder, refusal } from "../views.ts";

const S = 1_000;
const PROVEN = { ...NO_VERDICTS, proven: ["good"] };
const UNREACHABLE = failed(new StoreUnreachable("connection refused"));
const { isForced, content } = { isForced: false, content: "good" };

const wish = (ticket: number, other = {}) => ({
  ticket,
  content,
  isForced,
  ...other,
});
const kinds = ({ answers }: Manager) => answers.map(({ kind }) => kind);
const taken = (ticket: number, isTrial = false): SlotAnswer => ({
  kind: "slotTaken",
  ticket,
  isTrial,
});

Deno.test("slot seeker: takes a free slot and gives it back", async () => {
  const story = new Story({}, PROVEN);
  const web0 = story.manager("web-0");
  web0.seeker.take(wish(1));
  await story.pass(1 * S);
  assert.deepEqual(web0.answers, [taken(1)]);
  assert.deepEqual(story.holders, ["web-0"]);
  web0.seeker.release(1);
  await story.pass(1 * S);
  assert.deepEqual(story.holders, [undefined]);
  // To take and to give back are a reading and a write each; nothing is asked after that.
  await story.pass(1_000 * S);
  assert.equal(web0.requests.length, 4);
  assert.equal(web0.system.timers, 0);
});

Deno.test("slot seeker: one waits for the other, is told for whom once, and gets the slot", async () => {
  const story = new Story({}, PROVEN);
  const [web0, web1] = [story.manager("web-0"), story.manager("web-1")];
  web0.seeker.take(wish(1));
  await story.pass(1 * S);
  web1.seeker.take(wish(1));
  await story.pass(60 * S);
  const why = "web-0 reloads (1 of 1)";
  assert.deepEqual(web1.answers, [{ kind: "slotAwaited", ticket: 1, why }]);
  web0.seeker.release(1);
  await story.pass(10 * S);
  assert.deepEqual(web1.answers.slice(1), [taken(1)]);
});

Deno.test("slot seeker: asks a tenth of what it has waited later, between 2 seconds and 5 minutes, ±20 %", async () => {
  const story = new Story({}, PROVEN);
  const web0 = story.manager("web-0");
  web0.seeker.take(wish(1));
  await story.pass(1 * S);
  const gaps = async (chance: number, ms: number) => {
    const web1 = story.manager("web-1", () => chance);
    web1.seeker.take(wish(1));
    const since = story.agenda.now;
    await story.pass(ms);
    web1.seeker.release(1);
    return web1.requests.slice(1)
      .map((at, n) => [web1.requests[n] - since, at - web1.requests[n]]);
  };
  for (const [waitedMs, gapMs] of await gaps(0.5, 4_000 * S)) {
    const expected = Math.min(Math.max(waitedMs / 10, 2 * S), 300 * S);
    assert.ok(Math.abs(gapMs - expected) < 1, `${gapMs} at ${waitedMs}`);
  }
  assert.equal((await gaps(0, 10 * S))[0][1], 1.6 * S);
  assert.equal((await gaps(1, 10 * S))[0][1], 2.4 * S);
});

Deno.test("slot seeker: content that nobody has proven is tried by one, and its verdict and slot are given in one write", async () => {
  const story = new Story({ limit: 2 });
  const [web0, web1] = [story.manager("web-0"), story.manager("web-1")];
  web0.seeker.take(wish(1));
  web1.seeker.take(wish(1));
  await story.pass(10 * S);
  assert.deepEqual(web0.answers, [taken(1, true)]);
  assert.deepEqual(kinds(web1), ["slotAwaited"]);
  const before = web0.requests.length;
  web0.seeker.report(1, { kind: "proven" });
  web0.seeker.release(1);
  await story.pass(0.1 * S);
  assert.equal(web0.requests.length - before, 2);
  assert.deepEqual(story.server.verdicts, PROVEN);
  assert.equal(story.holders[0], undefined);
  await story.pass(10 * S);
  assert.deepEqual(web1.answers.slice(1), [taken(1)]);
  assert.deepEqual(story.holders, [undefined, "web-1"]);
});

Deno.test("slot seeker: a verdict that cannot be written is told of once, until it can be", async () => {
  const story = new Story();
  const web0 = story.manager("web-0");
  web0.seeker.take(wish(1));
  await story.pass(1 * S);
  web0.store.change = () =>
    Promise.reject(new StoreUnreachable("no space left on device"));
  web0.seeker.report(1, { kind: "proven" });
  web0.seeker.release(1);
  await story.pass(60 * S);
  assert.deepEqual(web0.untold, ["no space left on device"]);
  Reflect.deleteProperty(web0.store, "change");
  await story.pass(60 * S);
  assert.deepEqual(story.server.verdicts, PROVEN);
  assert.equal(story.holders[0], undefined);
  assert.equal(web0.untold.length, 1);
});

Deno.test("slot seeker: one failure to tell a verdict is no news, because a busy store answers so", async () => {
  const story = new Story();
  const web0 = story.manager("web-0");
  web0.seeker.take(wish(1));
  await story.pass(1 * S);
  web0.fates.push(failed(new StoreUnreachable("answered 429", 1 * S)));
  web0.seeker.report(1, { kind: "proven" });
  web0.seeker.release(1);
  await story.pass(60 * S);
  assert.deepEqual(story.server.verdicts, PROVEN);
  assert.deepEqual(web0.untold, []);
});

Deno.test("slot seeker: at its end it does not say that it tries again", async () => {
  const story = new Story();
  const web0 = story.manager("web-0");
  web0.seeker.take(wish(1));
  await story.pass(1 * S);
  web0.always = UNREACHABLE;
  web0.seeker.report(1, { kind: "proven" });
  await story.pass(100);
  web0.always = REQUEST_LOST;
  await closed(story, web0);
  assert.deepEqual(web0.untold, []);
});

Deno.test("slot seeker: a wish that is given up while its write is lost is no reload that the fleet does not hear of", async () => {
  const story = new Story();
  const web0 = story.manager("web-0");
  web0.fates.push(CARRIED, ANSWER_LOST);
  web0.always = UNREACHABLE;
  web0.seeker.take(wish(1));
  await story.pass(1 * S);
  web0.seeker.release(1);
  await story.pass(60 * S);
  assert.deepEqual(web0.untold, []);
  web0.always = undefined;
  await story.pass(60 * S);
  assert.equal(story.holders[0], undefined);
});

Deno.test("slot seeker: refused content is told of once, and asked for slowly until an operator clears it", async () => {
  const verdicts = { ...NO_VERDICTS, refused: [refusal("good")] };
  const story = new Story({}, verdicts);
  const web0 = story.manager("web-0");
  web0.seeker.take(wish(1));
  await story.pass(600 * S);
  assert.deepEqual(web0.answers, [{
    kind: "slotRefused",
    ticket: 1,
    by: "web-9",
    why: "rolled back",
  }]);
  assert.ok(web0.requests.length < 20, `${web0.requests.length}`);
  assert.equal(web0.requests[1] - web0.requests[0], 30 * S + 20);
  story.server.verdicts = NO_VERDICTS;
  await story.pass(100 * S);
  assert.deepEqual(web0.answers.slice(1), [taken(1, true)]);
});

Deno.test("slot seeker: a failure in another slot refuses what was proven", async () => {
  const story = new Story({ limit: 2 }, PROVEN);
  const [web0, web1] = [story.manager("web-0"), story.manager("web-1")];
  web1.seeker.take(wish(7));
  await story.pass(1 * S);
  assert.deepEqual(story.holders, [undefined, "web-1"]);
  web1.seeker.report(7, { kind: "refused", why: "not ready" });
  web1.seeker.release(7);
  await story.pass(1 * S);
  assert.deepEqual(story.holders, [undefined, undefined]);
  assert.deepEqual(story.server.verdicts.proven, []);
  web0.seeker.take(wish(1));
  await story.pass(1 * S);
  const by = "web-1";
  const why = "not ready";
  assert.deepEqual(web0.answers, [{
    kind: "slotRefused",
    ticket: 1,
    by,
    why,
  }]);
});

Deno.test("slot seeker: a verdict is told after the release, too; without a canary none is", async () => {
  for (const canary of [true, false]) {
    const story = new Story({ canary });
    const web0 = story.manager("web-0");
    web0.seeker.take(wish(1));
    await story.pass(1 * S);
    assert.deepEqual(web0.answers, [taken(1, canary)]);
    web0.seeker.release(1);
    await story.pass(1 * S);
    web0.seeker.report(1, { kind: "proven" });
    web0.seeker.report(99, { kind: "refused", why: "of an unknown ticket" });
    await story.pass(1 * S);
    assert.deepEqual(story.server.verdicts, canary ? PROVEN : NO_VERDICTS);
  }
});

Deno.test("slot seeker: renews every 5 seconds for as long as it has the slot", async () => {
  const story = new Story({}, PROVEN);
  const web0 = story.manager("web-0");
  web0.seeker.take(wish(1));
  await story.pass(61 * S);
  assert.equal(web0.requests.length, 2 + 12);
  assert.deepEqual(kinds(web0), ["slotTaken"]);
});

Deno.test("slot seeker: tells that it has lost the slot when no renewal has succeeded for 15 seconds", async () => {
  const story = new Story({}, PROVEN);
  const web0 = story.manager("web-0");
  web0.seeker.take(wish(1));
  await story.pass(7 * S);
  // The renewal at 5.01 seconds was the last one to succeed.
  web0.always = UNREACHABLE;
  await story.pass(13.01 * S);
  assert.deepEqual(kinds(web0), ["slotTaken"]);
  await story.pass(0.02 * S);
  const detail = "no renewal has succeeded for 15s: connection refused";
  assert.deepEqual(web0.answers.slice(1), [
    { kind: "slotLost", ticket: 1, detail },
  ]);
  // Once, and renewals go on: nobody has taken it.
  await story.pass(60 * S);
  web0.always = undefined;
  await story.pass(10 * S);
  assert.equal(web0.answers.length, 2);
  const { beat } = story.server.slots[0];
  await story.pass(10 * S);
  assert.notEqual(story.server.slots[0].beat, beat);
});

Deno.test("slot seeker: renewals that hang end after 4 seconds, and are tried again in time", async () => {
  const story = new Story({}, PROVEN);
  const web0 = story.manager("web-0");
  web0.seeker.take(wish(1));
  await story.pass(1 * S);
  web0.fates.push(REQUEST_LOST, ANSWER_LOST);
  await story.pass(30 * S);
  assert.deepEqual(kinds(web0), ["slotTaken"]);
  assert.equal(web0.requests[3] - web0.requests[2], 4 * S);
});

Deno.test("slot seeker: a manager that was frozen hears that it has lost the slot before anything else", async () => {
  const story = new Story({}, PROVEN);
  const [web0, web1] = [story.manager("web-0"), story.manager("web-1")];
  web0.seeker.take(wish(1));
  await story.pass(1 * S);
  web0.system.freeze();
  web1.seeker.take(wish(1));
  await story.pass(40 * S);
  assert.deepEqual(kinds(web1), ["slotAwaited", "slotTaken"]);
  web0.system.thaw();
  assert.deepEqual(kinds(web0), ["slotTaken", "slotLost"]);
  // What is not ours is neither renewed nor given back.
  await story.pass(20 * S);
  web0.seeker.release(1);
  await story.pass(1 * S);
  assert.deepEqual(story.holders, ["web-1"]);
});

Deno.test("slot seeker: a manager that was frozen, and finds its reload over first, hears that it had lost the slot", async () => {
  const story = new Story({}, PROVEN);
  const web0 = story.manager("web-0");
  web0.seeker.take(wish(1));
  await story.pass(1 * S);
  web0.system.freeze();
  await story.pass(14.1 * S);
  web0.seeker.release(1);
  assert.deepEqual(kinds(web0), ["slotTaken", "slotLost"]);
  web0.system.thaw();
  await story.pass(60 * S);
  assert.equal(web0.answers.length, 2);
});

Deno.test("slot seeker: a slot that the store has given to another one is lost, and not asked for again", async () => {
  const story = new Story({}, PROVEN);
  const web0 = story.manager("web-0");
  web0.seeker.take(wish(1));
  await story.pass(1 * S);
  story.server.slots[0] = { holder: holder("web-1"), version: -1, beat: -1 };
  await story.pass(60 * S);
  const detail = "the slot is not ours any more";
  assert.deepEqual(web0.answers.slice(1), [
    { kind: "slotLost", ticket: 1, detail },
  ]);
  web0.seeker.release(1);
  await story.pass(60 * S);
  assert.equal(web0.requests.length, 3);
});

Deno.test("slot seeker: a slot is lost once, and never after its release", async () => {
  const story = new Story({}, PROVEN);
  const web0 = story.manager("web-0");
  web0.seeker.take(wish(1));
  await story.pass(1 * S);
  web0.always = UNREACHABLE;
  await story.pass(20 * S);
  web0.always = undefined;
  story.server.slots[0] = { holder: holder("web-1"), version: -1, beat: -1 };
  await story.pass(20 * S);
  assert.deepEqual(kinds(web0), ["slotTaken", "slotLost"]);

  const other = new Story({}, PROVEN);
  const web3 = other.manager("web-3");
  web3.seeker.take(wish(1));
  // The renewal is under way.
  await other.pass(5_025);
  other.server.slots[0] = { holder: holder("web-1"), version: -1, beat: -1 };
  web3.seeker.release(1);
  await other.pass(20 * S);
  assert.deepEqual(kinds(web3), ["slotTaken"]);
});

Deno.test("slot seeker: a failure that was followed by a renewal is no reason for a loss", async () => {
  const story = new Story({}, PROVEN);
  const web0 = story.manager("web-0");
  web0.seeker.take(wish(1));
  await story.pass(1 * S);
  web0.fates.push(UNREACHABLE);
  await story.pass(8 * S);
  web0.system.freeze();
  await story.pass(20 * S);
  web0.system.thaw();
  const detail = "no renewal has succeeded for 15s";
  assert.deepEqual(web0.answers.slice(1), [
    { kind: "slotLost", ticket: 1, detail },
  ]);
});

Deno.test("slot seeker: an answer that comes when the slot may be another one's already is no slot", async () => {
  const story = new Story({}, PROVEN);
  const web0 = story.manager("web-0");
  web0.fates.push(CARRIED, CARRIED);
  web0.seeker.take(wish(1));
  // The write is under way.
  await story.pass(25);
  web0.system.freeze();
  await story.pass(20 * S);
  web0.system.thaw();
  await turn();
  assert.deepEqual(web0.answers, []);
  await story.pass(1 * S);
  assert.deepEqual(web0.answers, [taken(1)]);
  // It was confirmed by a write of its own.
  assert.equal(web0.requests.length, 4);
});

Deno.test("slot seeker: a slot is ours although the answer to its write was lost", async () => {
  const story = new Story({}, PROVEN);
  const web0 = story.manager("web-0");
  web0.fates.push(CARRIED, ANSWER_LOST);
  web0.seeker.take(wish(1));
  await story.pass(10 * S);
  const detail = "no answer within 4s";
  assert.deepEqual(web0.answers, [
    { kind: "slotUnreachable", ticket: 1, detail },
    taken(1),
  ]);
});

Deno.test("slot seeker: a wish that is given up while its write is under way leaves no slot behind", async () => {
  for (const fate of [CARRIED, ANSWER_LOST, REQUEST_LOST]) {
    const story = new Story({}, PROVEN);
    const web0 = story.manager("web-0");
    web0.fates.push(CARRIED, fate);
    web0.seeker.take(wish(1));
    await story.pass(25);
    web0.seeker.release(1);
    await story.pass(10 * S);
    assert.deepEqual(web0.answers, []);
    assert.deepEqual(story.holders, [undefined]);
    assert.equal(web0.system.timers, 0);
  }
});

Deno.test("slot seeker: a store that cannot be reached is told of once for each reason, until it answers", async () => {
  const story = new Story({}, PROVEN);
  const web0 = story.manager("web-0");
  web0.always = UNREACHABLE;
  web0.seeker.take(wish(1));
  await story.pass(20 * S);
  const detail = "connection refused";
  const first = { kind: "slotUnreachable", ticket: 1, detail };
  assert.deepEqual(web0.answers, [first]);
  web0.always = failed(new TypeError("a\nbug"));
  await story.pass(10 * S);
  assert.deepEqual(web0.answers.slice(1), [
    { kind: "slotUnreachable", ticket: 1, detail: "a\\nbug" },
  ]);
  web0.always = undefined;
  await story.pass(10 * S);
  assert.deepEqual(web0.answers.slice(2), [taken(1)]);
});

Deno.test("slot seeker: who waits is told again whom it waits for after the store was away", async () => {
  const story = new Story({}, PROVEN);
  const [web0, web1] = [story.manager("web-0"), story.manager("web-1")];
  web0.seeker.take(wish(1));
  await story.pass(1 * S);
  web1.seeker.take(wish(1));
  await story.pass(5 * S);
  web1.fates.push(UNREACHABLE);
  await story.pass(10 * S);
  assert.deepEqual(kinds(web1), [
    "slotAwaited",
    "slotUnreachable",
    "slotAwaited",
  ]);
});

Deno.test("slot seeker: a pause that the store asks for is kept to, within 5 minutes", async () => {
  const askedFor = async (retryAfterMs: number) => {
    const story = new Story({}, PROVEN);
    const web0 = story.manager("web-0", () => 0);
    web0.fates.push(failed(new StoreUnreachable("busy", retryAfterMs)));
    web0.seeker.take(wish(1));
    await story.pass(1 * S);
    // Another wish is no reason to ask earlier.
    web0.seeker.take(wish(2));
    await story.pass(400 * S);
    assert.deepEqual(web0.answers.slice(1), [taken(2)]);
    return web0.requests[1] - web0.requests[0] - 10;
  };
  assert.equal(await askedFor(20 * S), 20 * S);
  assert.equal(await askedFor(86_400 * S), 300 * S);
});

Deno.test("slot seeker: after another one was faster it asks again in 2 seconds", async () => {
  const story = new Story({}, PROVEN);
  const [web0, web1] = [story.manager("web-0"), story.manager("web-1")];
  web0.seeker.take(wish(1));
  web1.seeker.take(wish(1));
  await story.pass(10 * S);
  assert.deepEqual(kinds(web0), ["slotTaken"]);
  assert.deepEqual(kinds(web1), ["slotAwaited"]);
  assert.equal(web1.requests[2] - web1.requests[1], 2 * S + 20);
});

Deno.test("slot seeker: whose write came too late has nothing to give back", async () => {
  const story = new Story({}, PROVEN);
  const [web0, web1] = [story.manager("web-0"), story.manager("web-1")];
  web0.seeker.take(wish(1));
  web1.seeker.take(wish(1));
  await story.pass(1 * S);
  web1.seeker.release(1);
  await story.pass(10 * S);
  assert.equal(web1.requests.length, 2);
});

Deno.test("slot seeker: a verdict whose write came too late is written again in half a second", async () => {
  const story = new Story({ limit: 2 }, PROVEN);
  const [web0, web1] = [story.manager("web-0"), story.manager("web-1")];
  web0.seeker.take(wish(1, { content: "newer" }));
  web1.seeker.take(wish(1));
  await story.pass(1 * S);
  web1.seeker.report(1, { kind: "refused", why: "not ready" });
  // It has read; the holder of slot 0 renews before it writes.
  await story.pass(15);
  story.server.renew(0, web0.store.identity.uid);
  await story.pass(1 * S);
  const [first, second] = web1.requests.slice(3);
  assert.equal(second - first, 0.5 * S + 20);
  assert.equal(story.server.verdicts.refused[0]?.by, "web-1");
  assert.deepEqual(story.holders, ["web-0", "web-1"]);
});

Deno.test("slot seeker: a verdict that comes while another one is written is told, too", async () => {
  const story = new Story();
  const web0 = story.manager("web-0");
  web0.seeker.take(wish(1));
  await story.pass(1 * S);
  web0.seeker.report(1, { kind: "proven" });
  await story.pass(25);
  web0.seeker.report(1, { kind: "refused", why: "not ready" });
  await story.pass(1 * S);
  assert.equal(story.server.verdicts.refused[0]?.why, "not ready");
});

Deno.test("slot seeker: of many verdicts that cannot be told the newest 16 are kept, and 4 tickets are known", async () => {
  const story = new Story();
  const web0 = story.manager("web-0");
  web0.always = UNREACHABLE;
  for (let ticket = 1; ticket <= 5; ticket++) {
    web0.seeker.take(wish(ticket, { content: `of ${ticket}` }));
    web0.seeker.release(ticket);
    await story.pass(1 * S);
  }
  web0.seeker.report(1, { kind: "refused", why: "nobody knows that ticket" });
  assert.equal(web0.system.timers, 0);
  for (const ticket of [2, 3]) {
    web0.seeker.report(ticket, { kind: "refused", why: "not ready" });
  }
  for (let n = 0; n < 15; n++) web0.seeker.report(5, { kind: "proven" });
  web0.always = undefined;
  await story.pass(60 * S);
  const { proven, refused } = story.server.verdicts;
  assert.deepEqual(proven, ["of 5"]);
  assert.deepEqual(refused.map(({ content }) => content), ["of 3"]);
});

Deno.test("slot seeker: a release and the next wish of the same turn are done in that order", async () => {
  const next = { content: "newer" };
  for (const isReleasedFirst of [true, false]) {
    const story = new Story({}, PROVEN);
    const web0 = story.manager("web-0");
    web0.seeker.take(wish(1));
    await story.pass(1 * S);
    if (isReleasedFirst) web0.seeker.release(1);
    web0.seeker.take(wish(2, next));
    if (!isReleasedFirst) web0.seeker.release(1);
    await story.pass(1 * S);
    assert.deepEqual(web0.answers, [taken(1), taken(2, true)]);
    assert.equal(story.server.slots[0].holder?.content, "newer");
  }
});

Deno.test("slot seeker: what is asked for in an answer is done", async () => {
  const story = new Story();
  const web0 = story.manager("web-0");
  web0.onAnswer = (answer) => {
    if (answer.kind !== "slotTaken" || answer.ticket > 1) return;
    web0.seeker.report(1, { kind: "refused", why: "rejected" });
    web0.seeker.release(1);
    web0.seeker.take(wish(2, { content: "newer" }));
  };
  web0.seeker.take(wish(1));
  await story.pass(5 * S);
  assert.deepEqual(web0.answers, [taken(1, true), taken(2, true)]);
  assert.equal(story.server.verdicts.refused[0]?.content, "good");
});

Deno.test("slot seeker: a verdict waits until the store can be reached, and nobody else tries meanwhile", async () => {
  const story = new Story();
  const web0 = story.manager("web-0");
  web0.seeker.take(wish(1));
  await story.pass(1 * S);
  web0.always = UNREACHABLE;
  web0.seeker.report(1, { kind: "refused", why: "rejected" });
  web0.seeker.release(1);
  // The next wish hears that the store is away.
  web0.seeker.take(wish(2, { content: "newer" }));
  await story.pass(60 * S);
  assert.deepEqual(kinds(web0), ["slotTaken", "slotUnreachable"]);
  web0.always = undefined;
  await story.pass(20 * S);
  assert.equal(story.server.verdicts.refused[0]?.by, "web-0");
  assert.deepEqual(kinds(web0).slice(2), ["slotTaken"]);
});

Deno.test("slot seeker: an operator's force proves what was refused", async () => {
  const verdicts = { ...NO_VERDICTS, refused: [refusal("good")] };
  const story = new Story({}, verdicts);
  const web0 = story.manager("web-0");
  web0.seeker.take(wish(1, { isForced: true }));
  await story.pass(1 * S);
  assert.deepEqual(web0.answers, [taken(1, true)]);
  web0.seeker.report(1, { kind: "proven" });
  await story.pass(1 * S);
  assert.deepEqual(story.server.verdicts, PROVEN);
  assert.deepEqual(story.holders, ["web-0"]);
});

Deno.test("slot seeker: no answer comes for a ticket that was released", async () => {
  const fates: readonly Fate[] = [CARRIED, UNREACHABLE, REQUEST_LOST];
  for (const fate of fates) {
    const story = new Story({}, PROVEN);
    const web0 = story.manager("web-0");
    web0.fates.push(fate);
    web0.seeker.take(wish(1));
    web0.seeker.release(1);
    await story.pass(60 * S);
    assert.deepEqual(web0.answers, []);
    assert.deepEqual(story.server.slots[0].version, 0);
  }
});

/** Ends the manager; returns how long that took. */
async function closed(story: Story, { seeker }: Manager): Promise<number> {
  const since = story.agenda.now;
  let took: number | undefined;
  seeker.close().then(() => took = story.agenda.now - since);
  await story.pass(5 * S);
  assert.ok(took !== undefined, "it does not end");
  return took;
}

Deno.test("slot seeker: at its end it tells what is untold and gives back what it has", async () => {
  const story = new Story();
  const web0 = story.manager("web-0");
  web0.seeker.take(wish(1));
  await story.pass(1 * S);
  web0.seeker.report(1, { kind: "proven" });
  assert.equal(await closed(story, web0), 40);
  assert.deepEqual(story.server.verdicts, PROVEN);
  assert.deepEqual(story.holders, [undefined]);
  assert.ok(web0.store.isClosed);
  web0.seeker.take(wish(2));
  await story.pass(60 * S);
  assert.deepEqual(web0.answers, [taken(1, true)]);
  assert.deepEqual(story.holders, [undefined]);
});

Deno.test("slot seeker: it ends within a second, also if the store does not answer", async () => {
  for (const fate of [REQUEST_LOST, UNREACHABLE]) {
    const story = new Story({}, PROVEN);
    const web0 = story.manager("web-0");
    web0.seeker.take(wish(1));
    await story.pass(1 * S);
    web0.always = fate;
    assert.ok(await closed(story, web0) <= 1 * S);
    assert.ok(web0.store.isClosed);
    assert.equal(web0.system.timers, 0);
  }
});

Deno.test("slot seeker: a call that hangs at the end is the last one", async () => {
  const story = new Story({}, PROVEN);
  const web0 = story.manager("web-0");
  web0.seeker.take(wish(1));
  await story.pass(5 * S);
  web0.always = REQUEST_LOST;
  // The renewal is under way.
  await story.pass(100);
  const { length } = web0.requests;
  assert.equal(await closed(story, web0), 1 * S);
  assert.equal(web0.requests.length, length);
});

Deno.test("slot seeker: without a slot it ends at once and asks nobody", async () => {
  const story = new Story({}, PROVEN);
  const web0 = story.manager("web-0");
  assert.equal(await closed(story, web0), 0);
  assert.deepEqual(web0.requests, []);
});

Deno.test("slot seeker: a slot is given back at the end whose write was under way", async () => {
  const story = new Story({}, PROVEN);
  const web0 = story.manager("web-0");
  web0.seeker.take(wish(1));
  await story.pass(25);
  assert.ok(await closed(story, web0) < 100);
  assert.deepEqual(story.holders, [undefined]);
});

Deno.test("slot seeker: tells what it has read of the fleet, with its own writes", async () => {
  const story = new Story({}, { ...PROVEN, refused: [refusal("bad")] });
  const web0 = story.manager("web-0");
  assert.equal(web0.seeker.status, undefined);
  web0.seeker.take(wish(1));
  await story.pass(1 * S);
  assert.deepEqual(web0.seeker.status, {
    readAtMs: web0.system.wallNow() - 1 * S + 40,
    slots: [{
      index: 0,
      holder: "web-0",
      content: "good",
      isTrial: false,
      isAbandoned: false,
    }],
    proven: ["good"],
    refused: [refusal("bad")],
  });
});

/** Resolves to why the operator gets no answer. */
const refusedFor = (answer: Promise<unknown>): Promise<string> =>
  answer.then(() => "it was answered", (error) => error.message);

Deno.test("slot seeker: an operator is told what is so now, also by a manager that asks for nothing", async () => {
  const story = new Story({}, PROVEN);
  const web0 = story.manager("web-0");
  const looked = web0.seeker.look();
  await story.pass(1 * S);
  assert.deepEqual((await looked).proven, ["good"]);
  assert.equal(web0.requests.length, 1);
  assert.equal(web0.system.timers, 0);
});

Deno.test("slot seeker: what an operator clears is tried again by one that waits for it", async () => {
  const verdicts = { ...NO_VERDICTS, refused: [refusal("good")] };
  const story = new Story({}, verdicts);
  const [web0, web1] = [story.manager("web-0"), story.manager("web-1")];
  web0.seeker.take(wish(1));
  await story.pass(60 * S);
  const cleared = web1.seeker.clear("good");
  await story.pass(1 * S);
  assert.deepEqual(await cleared, { kind: "cleared", contents: ["good"] });
  await story.pass(60 * S);
  assert.deepEqual(web0.answers.at(-1), taken(1, true));
});

Deno.test("slot seeker: to clear is tried again where a manager has written at the same time", async () => {
  const verdicts = { ...NO_VERDICTS, refused: [refusal("bad")] };
  const story = new Story({}, verdicts);
  const [web0, web1] = [story.manager("web-0"), story.manager("web-1")];
  const cleared = web0.seeker.clear(undefined);
  // Its write arrives between the reading and the write of the other one.
  const faster: Fate = { kind: "carried", thereMs: 5, backMs: 10 };
  web1.fates.push(CARRIED, faster);
  web1.seeker.take(wish(1));
  await story.pass(1 * S);
  assert.deepEqual(await cleared, { kind: "cleared", contents: ["bad"] });
  assert.equal(web0.requests.length, 4);
  assert.deepEqual(story.holders, ["web-1"]);
});

Deno.test("slot seeker: operators who ask cost no slot, and nobody waits behind a renewal that hangs", async () => {
  const story = new Story({}, PROVEN);
  const web0 = story.manager("web-0");
  web0.seeker.take(wish(1));
  await story.pass(4 * S);
  web0.fates.push(REQUEST_LOST, CARRIED, REQUEST_LOST, REQUEST_LOST);
  const looks = [0, 1, 2, 3].map(() => refusedFor(web0.seeker.look()));
  await story.pass(60 * S);
  assert.deepEqual(await Promise.all(looks), [
    "no answer within 4s",
    "no answer within 4s",
    "no answer within 4s",
    "it was answered",
  ]);
  assert.deepEqual(kinds(web0), ["slotTaken"]);
  web0.always = REQUEST_LOST;
  await story.pass(10 * S);
  const looked = refusedFor(web0.seeker.look());
  await story.pass(9 * S);
  assert.equal(await Promise.race([looked, "nothing"]), "no answer within 4s");
});

Deno.test("slot seeker: a pause that the store asks for keeps no operator waiting", async () => {
  const story = new Story({}, PROVEN);
  const web0 = story.manager("web-0");
  web0.fates.push(failed(new StoreUnreachable("busy", 200 * S)));
  web0.seeker.take(wish(1));
  await story.pass(10 * S);
  const looked = web0.seeker.look();
  await story.pass(1 * S);
  assert.equal((await looked).slots.length, 1);
});

Deno.test("slot seeker: who asks a store that cannot be reached is told why, and the manager is not", async () => {
  const story = new Story({}, PROVEN);
  const web0 = story.manager("web-0");
  web0.always = UNREACHABLE;
  const faults = [web0.seeker.look(), web0.seeker.clear(undefined)]
    .map(refusedFor);
  await story.pass(1 * S);
  assert.deepEqual(await Promise.all(faults), [
    "connection refused",
    "connection refused",
  ]);
  assert.deepEqual(web0.answers, []);
  assert.equal(web0.seeker.fault, undefined);
});

Deno.test("slot seeker: an operator's question ends with the manager", async () => {
  const story = new Story({}, PROVEN);
  const web0 = story.manager("web-0");
  web0.always = REQUEST_LOST;
  const looks = [web0.seeker.look(), web0.seeker.look()].map(refusedFor);
  await story.pass(1 * S);
  await closed(story, web0);
  assert.deepEqual(await Promise.all(looks), [
    "this manager ends",
    "this manager ends",
  ]);
  assert.equal(await refusedFor(web0.seeker.look()), "this manager ends");
});

Deno.test("slot seeker: has a fault for as long as the store cannot be asked and has to be", async () => {
  const story = new Story({}, PROVEN);
  const web0 = story.manager("web-0");
  web0.fates.push(UNREACHABLE);
  web0.seeker.take(wish(1));
  assert.equal(web0.seeker.fault, undefined);
  await story.pass(1 * S);
  assert.equal(web0.seeker.fault, "connection refused");
  await story.pass(10 * S);
  assert.deepEqual(kinds(web0), ["slotUnreachable", "slotTaken"]);
  assert.equal(web0.seeker.fault, undefined);
  web0.always = UNREACHABLE;
  await story.pass(10 * S);
  assert.equal(web0.seeker.fault, "connection refused");
  web0.always = undefined;
  web0.seeker.release(1);
  await story.pass(10 * S);
  assert.equal(web0.seeker.fault, undefined);
  web0.always = UNREACHABLE;
  web0.seeker.take(wish(2));
  await story.pass(1 * S);
  web0.seeker.release(2);
  assert.equal(web0.seeker.fault, undefined, "there is nothing to ask");
});

Deno.test("slot seeker: what cannot be shown to the others is no fault of the fleet", async () => {
  const story = new Story({}, PROVEN);
  const [web0, web1] = [story.manager("web-0"), story.manager("web-1")];
  let shown = 0;
  const board: MemberBoard = {
    spacingMs: 0,
    members: () => Promise.reject(new StoreUnreachable("no space left")),
    show: () => {
      shown++;
      return Promise.reject(new StoreUnreachable("no space left"));
    },
  };
  Object.assign(web1.store, { board });
  web0.seeker.take(wish(1));
  await story.pass(1 * S);
  web1.seeker.take(wish(1));
  web1.seeker.show({ runs: "good", next: undefined });
  await story.pass(60 * S);
  assert.ok(shown > 2, `shown ${shown} times`);
  assert.deepEqual(kinds(web1), ["slotAwaited"]);
  assert.equal(web1.seeker.fault, undefined);
  const looking = web1.seeker.look();
  await story.pass(1 * S);
  const { members, slots } = await looking;
  assert.deepEqual(members, { kind: "unread", fault: "no space left" });
  assert.equal(slots[0].holder, "web-0");
});

/** A board that takes each show at once, or with its fate; and what it has got. */
function boardOf(manager: Manager) {
  const it = {
    shown: [] as (string | undefined)[],
    /** Who is listed besides. */
    others: [] as MemberReading[],
    isPartial: false,
    /** What we have shown last, unless it was removed. */
    own: [] as MemberReading[],
    fate: (_signal: AbortSignal): Promise<void> => Promise.resolve(),
  };
  const board: MemberBoard = {
    spacingMs: 0,
    members: () =>
      Promise.resolve({
        members: [...it.own, ...it.others],
        isPartial: it.isPartial,
      }),
    show: async (member, signal) => {
      it.shown.push(member.runs);
      await it.fate(signal);
      it.own = [{ name: manager.name, ...member }];
    },
  };
  Object.assign(manager.store, { board });
  return it;
}

Deno.test("slot seeker: a show that hangs takes no time of the end, which gives the slot back", async () => {
  const story = new Story({}, PROVEN);
  const web0 = story.manager("web-0");
  const board = boardOf(web0);
  web0.seeker.take(wish(1));
  await story.pass(1 * S);
  const signals: AbortSignal[] = [];
  board.fate = (signal) => {
    signals.push(signal);
    return new Promise(() => {});
  };
  web0.seeker.show({ runs: "good", next: undefined });
  await story.pass(100);
  assert.equal(signals.length, 1);
  const closing = web0.seeker.close();
  await story.pass(100);
  await closing;
  assert.ok(signals[0].aborted);
  const web1 = story.manager("web-1");
  web1.seeker.take(wish(1));
  await story.pass(1 * S);
  assert.deepEqual(kinds(web1), ["slotTaken"]);
});

Deno.test("slot seeker: what somebody has removed is shown again for who looks, and why it cannot be", async () => {
  const story = new Story({}, PROVEN);
  const web0 = story.manager("web-0");
  const board = boardOf(web0);
  const look = async () => {
    const looking = web0.seeker.look();
    await story.pass(1 * S);
    return await looking;
  };
  const other = { name: "web-1", runs: "good", next: undefined };
  const own = { name: "web-0", runs: "good", next: undefined };
  board.others = [other];
  const read = (...members: MemberReading[]) => ({
    kind: "read",
    members,
    isPartial: board.isPartial,
  });
  assert.deepEqual((await look()).members, read(other), "nothing was shown");
  web0.seeker.show({ runs: "good", next: undefined });
  await story.pass(1 * S);
  board.own = [];
  assert.deepEqual((await look()).members, read(own, other));
  board.own = [];
  board.fate = () => Promise.reject(new StoreUnreachable("forbidden"));
  const { members, notShown } = await look();
  assert.deepEqual([members, notShown], [read(other), "forbidden"]);
  board.fate = () => Promise.resolve();
  assert.equal((await look()).notShown, undefined);
  const { length } = board.shown;
  board.own = [];
  board.isPartial = true;
  assert.deepEqual((await look()).members, read(other));
  assert.equal(board.shown.length, length, "we may be among the rest");
});

Deno.test("slot seeker: a store that asks for a pause is shown nothing in it, but for who looks", async () => {
  const story = new Story({}, PROVEN);
  const [web0, web1] = [story.manager("web-0"), story.manager("web-1")];
  const board = boardOf(web1);
  web0.seeker.take(wish(1));
  await story.pass(1 * S);
  web1.always = failed(new StoreUnreachable("busy", 30 * S));
  web1.seeker.take(wish(1));
  await story.pass(1 * S);
  web1.always = undefined;
  web1.seeker.show({ runs: "good", next: undefined });
  await story.pass(20 * S);
  assert.deepEqual(board.shown, []);
  await story.pass(20 * S);
  assert.deepEqual(board.shown, ["good"]);
  board.fate = () => Promise.reject(new StoreUnreachable("busy", 3_600 * S));
  web1.seeker.show({ runs: "better", next: undefined });
  await story.pass(1 * S);
  board.fate = () => Promise.resolve();
  const looking = web1.seeker.look();
  await story.pass(1 * S);
  await looking;
  assert.deepEqual(board.shown, ["good", "better", "better"]);
});
