/** What the parser of watcher scripts reads, and where it finds fault. */
import { deepEqual, equal, throws } from "node:assert/strict";
import { arity, HEADERS, STEPS } from "./language.ts";
import { parseScript, ScriptError } from "./parser.ts";
import { splitWords } from "./words.ts";

const GOOD = `# One write
args --config {dir}/c

write c A
start
write c "B\\n"  # in place
expect restarts 1
`;

Deno.test("a script is a title, headers and steps with their places", () => {
  const { title, headers, steps } = parseScript("x.txt", GOOD);
  equal(title, "One write");
  deepEqual(headers.get("args"), ["--config", "{dir}/c"]);
  deepEqual(steps.map(({ verb }) => verb), [
    "write",
    "start",
    "write",
    "expect restarts",
  ]);
  deepEqual(steps[2].operands, ["c", "B\n"]);
  equal(steps[2].place, "x.txt:6");
});

Deno.test("words are split as in a shell", () => {
  deepEqual(splitWords(`a  "b c" 'd "e' f"g"h ""`), [
    "a",
    "b c",
    'd "e',
    "fgh",
    "",
  ]);
  deepEqual(splitWords("  # nothing"), []);
  deepEqual(splitWords("a#b"), ["a#b"]);
});

const FAULTS: Readonly<Record<string, [string, string]>> = {
  "an unknown verb": [GOOD + "jump c", "x.txt:8: jump is none of args, child"],
  "too few operands": [
    GOOD + "write c",
    "x.txt:8: 1 operands, but the form is: write PATH TEXT",
  ],
  "too many operands": [GOOD + "wait restart now", "x.txt:8: 1 operands"],
  "an open quote": [GOOD + 'write c "B', "x.txt:8: the quote at column 9"],
  "an unknown escape": [GOOD + 'write c "\\q"', "x.txt:8: \\q is no escape"],
  "a time without a unit": [GOOD + "quiet 3", "x.txt:8: 3 is not a duration"],
  "a mode that is none": [
    GOOD + "chmod 9 c",
    "x.txt:8: 9 is not an octal mode",
  ],
  "a late header": [GOOD + "args --x", "x.txt:8: args belongs above all steps"],
  "no title": [GOOD.slice(2), "x.txt:1: One is none of"],
  "no expectation": [
    GOOD.replace(/expect.*/, ""),
    "x.txt: there is no expect restarts line",
  ],
  "an early wait": [
    GOOD.replace("write c A", "wait restart"),
    "x.txt:4: wait restart comes after start",
  ],
};

for (const [name, [text, complaint]] of Object.entries(FAULTS)) {
  Deno.test(`the parser names the line of ${name}`, () => {
    throws(
      () => parseScript("x.txt", text),
      (error) =>
        error instanceof ScriptError && error.message.startsWith(complaint),
    );
  });
}

Deno.test("README.md shows every form of the language", () => {
  const readme = Deno.readTextFileSync(new URL("README.md", import.meta.url));
  for (const [name, form] of Object.entries({ ...HEADERS, ...STEPS })) {
    const { min, max } = arity(form);
    equal(min <= max, true, name);
    const usage = `${name} ${form.operands}`.trim();
    equal(readme.includes(`| \`${usage}\``), true, `README.md lacks ${usage}`);
  }
});
