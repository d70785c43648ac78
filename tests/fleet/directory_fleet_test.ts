/** Managers of one fleet that share a directory: never more than so many reload. */
import assert from "node:assert/strict";
import { DirectoryStore } from "../../src/fleet/directory/directory_store.ts";
import { SYSTEM } from "../../src/fleet/seeker/seeker_system.ts";
import { SlotSeeker } from "../../src/fleet/seeker/slot_seeker.ts";
import { HANG_MS } from "../fixtures/limits.ts";
import "../host/loaded_libc.ts";
import { tempDirectory, until } from "../host/temp.ts";
import { RULES } from "./seeker_story.ts";
import { nameOf } from "./views.ts";

const LIMIT = 2;
const MANAGERS = 8;
/** How much faster than ours the clock of the fleet is. */
const SPEED = 100;
const RELOAD_MS = 20;

Deno.test("directory fleet: all managers get a slot in turn, after one of them has proven the content", async () => {
  await using temp = await tempDirectory();
  const reloading = new Set<number>();
  const done: number[] = [];
  const seekers = Array.from({ length: MANAGERS }, (_, n) => {
    const seeker: SlotSeeker = new SlotSeeker({
      rules: { ...RULES, limit: LIMIT },
      store: new DirectoryStore({
        directory: temp.path,
        group: "web",
        limit: LIMIT,
        name: `web-${n}`,
        onDamaged: (path) => assert.fail(path),
      }),
      system: {
        ...SYSTEM,
        now: () => SPEED * SYSTEM.now(),
        after: (ms, act) => SYSTEM.after(ms / SPEED, act),
        // A machine that is slow does not answer faster.
        limit: (_ms, act) => SYSTEM.after(HANG_MS, act),
      },
      answer: (answer) => {
        if (answer.kind !== "slotTaken") return;
        reloading.add(n);
        assert.ok(reloading.size <= LIMIT, `${[...reloading]} reload`);
        assert.equal(answer.isTrial, done.length === 0);
        setTimeout(() => {
          reloading.delete(n);
          done.push(n);
          if (answer.isTrial) seeker.report(1, { kind: "proven" });
          seeker.release(1);
        }, RELOAD_MS);
      },
    });
    return seeker;
  });
  for (const seeker of seekers) {
    seeker.take({ ticket: 1, content: nameOf("a"), isForced: false });
  }
  await until("all have reloaded", () => done.length === MANAGERS);
  await Promise.all(seekers.map((seeker) => seeker.close()));
  assert.equal(new Set(done).size, MANAGERS);
});
