import assert from "node:assert/strict";
import {
  NO_VERDICTS,
  type Verdicts,
  VERDICTS_MAX,
} from "../../../src/fleet/slots/slot_store.ts";
import {
  type Report,
  withoutRefusals,
  withReport,
  withVanished,
} from "../../../src/fleet/slots/verdicts.ts";
import { holder, refusal } from "../views.ts";

const AT = "2026-11-29T09:00:00.000Z";
const of = (verdicts: Partial<Verdicts>) => ({ ...NO_VERDICTS, ...verdicts });

const proof = (content: string, other: Partial<Report> = {}): Report => ({
  content,
  verdict: { kind: "proven" },
  isForced: false,
  by: "web-0",
  at: AT,
  ...other,
});
const failure = (content: string, why = "rejected by its check"): Report =>
  proof(content, { verdict: { kind: "refused", why } });
const trial = (name: string, content: string) =>
  holder(name, { content, isTrial: true });

Deno.test("verdicts: a proof is added in front, once", () => {
  const before = of({ proven: ["b", "a"] });
  const after = withReport(before, proof("c"));
  assert.deepEqual(after, of({ proven: ["c", "b", "a"] }));
  assert.equal(withReport(after, proof("b")), after);
});

Deno.test("verdicts: a refusal takes its content from the proven ones", () => {
  const before = of({ proven: ["b", "a"], refused: [refusal("x")] });
  assert.deepEqual(
    withReport(before, failure("b")),
    of({
      proven: ["a"],
      refused: [
        { content: "b", by: "web-0", why: "rejected by its check", at: AT },
        refusal("x"),
      ],
    }),
  );
});

Deno.test("verdicts: why content is refused is one short line", () => {
  const { refused } = withReport(
    NO_VERDICTS,
    failure("a", `line 1\n${"x".repeat(1_000)}`),
  );
  assert.match(refused[0].why, /^line 1\\nx{189}\.\.\.$/);
});

Deno.test("verdicts: of two refusals of a content the first one stays", () => {
  const before = of({ refused: [refusal("a")] });
  assert.equal(withReport(before, failure("a")), before);
});

Deno.test("verdicts: a proof lifts a refusal only if an operator has forced it", () => {
  const before = of({ refused: [refusal("a")] });
  assert.equal(withReport(before, proof("a")), before);
  assert.deepEqual(
    withReport(before, proof("a", { isForced: true })),
    of({ proven: ["a"] }),
  );
});

Deno.test("verdicts: at most 16 of each are kept, the newest", () => {
  let verdicts: Verdicts = NO_VERDICTS;
  for (let n = 0; n < VERDICTS_MAX + 3; n++) {
    verdicts = withReport(verdicts, proof(`p${n}`));
    verdicts = withReport(verdicts, failure(`r${n}`));
    verdicts = withVanished(verdicts, trial("web-0", `v${n}`), AT);
  }
  const newest = (letter: string) =>
    Array.from(
      { length: VERDICTS_MAX },
      (_, n) => `${letter}${VERDICTS_MAX + 2 - n}`,
    );
  assert.deepEqual(verdicts.proven, newest("p"));
  assert.deepEqual(
    verdicts.refused.map(({ content }) => content),
    newest("r"),
  );
  assert.deepEqual(Object.keys(verdicts.abandoned), newest("v"));
});

Deno.test("verdicts: content is refused when the second holder has vanished while it tried it", () => {
  const once = withVanished(NO_VERDICTS, trial("web-0", "a"), AT);
  assert.deepEqual(once, of({ abandoned: { a: 1 } }));
  const why = "2 managers vanished while they tried it";
  const refused = [{ content: "a", by: "web-1", why, at: AT }];
  const twice = withVanished(once, trial("web-1", "a"), AT);
  assert.deepEqual(twice, of({ refused, abandoned: { a: 2 } }));
  // The next one to vanish changes nothing.
  assert.equal(withVanished(twice, trial("web-2", "a"), AT), twice);
});

Deno.test("verdicts: who vanishes with content that is proven says nothing about it", () => {
  const before = of({ proven: ["a"] });
  assert.equal(withVanished(before, trial("web-0", "a"), AT), before);
  assert.equal(withVanished(NO_VERDICTS, holder("web-0"), AT), NO_VERDICTS);
});

Deno.test("verdicts: a manager that is back proves what was refused because it had vanished", () => {
  const once = withVanished(NO_VERDICTS, trial("web-0", "a"), AT);
  const twice = withVanished(once, trial("web-1", "a"), AT);
  for (const before of [once, twice]) {
    assert.deepEqual(withReport(before, proof("a")), of({ proven: ["a"] }));
  }
});

Deno.test("verdicts: a manager that has seen the content fail confirms such a refusal", () => {
  const once = withVanished(NO_VERDICTS, trial("web-0", "a"), AT);
  const twice = withVanished(once, trial("web-1", "a"), AT);
  const after = withReport(twice, failure("a", "rolled back"));
  const refused = [{ content: "a", by: "web-0", why: "rolled back", at: AT }];
  assert.deepEqual(after, of({ refused }));
  assert.equal(withReport(after, proof("a")), after);
});

Deno.test("verdicts: an operator clears one content by the beginning of its name, or all", () => {
  const before = of({
    proven: ["c1"],
    refused: [refusal("a1"), refusal("a2")],
    abandoned: { a2: 2, b1: 1 },
  });
  assert.deepEqual(
    withoutRefusals(before, "a2"),
    of({ proven: ["c1"], refused: [refusal("a1")], abandoned: { b1: 1 } }),
  );
  assert.deepEqual(withoutRefusals(before, ""), of({ proven: ["c1"] }));
  assert.equal(withoutRefusals(before, "c1"), before);
});
