/** The names of events: every line has one, it is well formed, and the reference lists it. */
import assert from "node:assert/strict";
import { logCalls, textSources } from "../../../scripts/log_calls.ts";
import { eventsPage } from "../../../scripts/log_events.ts";

const source = await textSources();
const calls = logCalls(source);

Deno.test("docs/reference.md lists every event: scripts/dev manual writes it", async () => {
  const path = new URL("../../../docs/reference.md", import.meta.url);
  const page = await Deno.readTextFile(path);
  assert.equal(page, eventsPage(page, calls));
});

Deno.test("a page without the mark is refused", () => {
  assert.throws(() => eventsPage("# no marks\n", calls), /it has no .*manual/);
});

Deno.test("every line names its event, in snake_case", () => {
  const code = source.replace(/^\s*(?:\/\/|\/?\*).*$/gm, "");
  const all = code.match(/(?<![.\w])(?:trace|debug|info|warn|error)\(/g) ?? [];
  assert.equal(calls.length, all.length);
  for (const { event } of calls) {
    assert.match(event, /^[a-z]+(?:_[a-z]+)*$/);
  }
});

Deno.test("an event is told of by one function", () => {
  const owners = new Map<string, string>();
  const parts = source.split(/^export (?:const|function) /m).slice(1);
  for (const part of parts) {
    const [owner] = /^\w+/.exec(part) ?? [""];
    for (const { event } of logCalls(part)) {
      const known = owners.get(event) ?? owner;
      owners.set(event, known);
      // The output of a check or a hook is told of at the level of its refusal.
      const isOutput = event === "check_output" || event === "hook_output";
      if (!isOutput) assert.equal(known, owner, event);
    }
  }
});

Deno.test("every module of src/core/text is read", async () => {
  const directory = new URL("../../../src/core/text/", import.meta.url);
  for await (const { name } of Deno.readDir(directory)) {
    const text = await Deno.readTextFile(new URL(name, directory));
    assert.ok(source.includes(text), name);
  }
});
