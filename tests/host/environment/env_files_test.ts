/** Variables from files and directories: what is read, what is refused, and that no message holds a secret. */
import assert from "node:assert/strict";
import fc from "fast-check";
import {
  EnvironmentError,
  FILE_MAX_BYTES,
  readEnvironment,
  VARIABLE_MAX_BYTES,
} from "../../../src/host/environment/env_files.ts";
import { run, tempDirectory } from "../temp.ts";

/** The variables of a file with this text. */
async function readFile(
  content: string | Uint8Array,
): Promise<Record<string, string>> {
  await using directory = await tempDirectory();
  const path = `${directory.path}/env`;
  if (typeof content === "string") await Deno.writeTextFile(path, content);
  else await Deno.writeFile(path, content);
  return readEnvironment([{ kind: "file", path }]);
}

/** What the refusal says after the path. */
function refusalOf(kind: "file" | "directory", path: string): string {
  try {
    readEnvironment([{ kind, path }]);
  } catch (error) {
    assert.ok(error instanceof EnvironmentError, String(error));
    assert.doesNotMatch(error.message, /\n/);
    const start = `Cannot read environment ${kind} ${path}`;
    assert.ok(error.message.startsWith(start), error.message);
    return error.message.slice(start.length);
  }
  return assert.fail("it was accepted");
}

async function refusalOfContent(content: string | Uint8Array): Promise<string> {
  await using directory = await tempDirectory();
  const path = `${directory.path}/env`;
  if (typeof content === "string") await Deno.writeTextFile(path, content);
  else await Deno.writeFile(path, content);
  return refusalOf("file", path);
}

Deno.test("a file is read in dotenv's syntax", async () => {
  const table: [content: string, variables: Record<string, string>][] = [
    ["", {}],
    ["\n\n# only a comment\n   # another\n", {}],
    ["A=1", { A: "1" }],
    ["A=1\nB=2\n", { A: "1", B: "2" }],
    ["A=1\nA=2\n", { A: "2" }],
    ["export A=1\n  export\tB = 2 \n", { A: "1", B: "2" }],
    ["export=1", { export: "1" }],
    ["a.b-c_D9=x", { "a.b-c_D9": "x" }],
    ["EMPTY=\nQUOTED=''", { EMPTY: "", QUOTED: "" }],
    ["A=b=c", { A: "b=c" }],
    ["PASSWORD=s3cret#9x", { PASSWORD: "s3cret#9x" }],
    ["URL=http://h/#/a#b # c", { URL: "http://h/#/a#b" }],
    ["A=#x\nB= #x\nC =\t# x\nD=#", { A: "#x", B: "", C: "", D: "#" }],
    ["A=x\t# c\nB=x#\n", { A: "x", B: "x#" }],
    ["A= \t x y \t \nB=\u00a0x\u00a0", { A: "x y", B: "\u00a0x\u00a0" }],
    ["A=a\\\nB=a\\nb", { A: "a\\", B: "a\\nb" }],
    ['A=a"b"c\nB=a\'b', { A: 'a"b"c', B: "a'b" }],
    ['A="a\\"b\\\\c\\$d\\`e\\tf" # c', { A: 'a"b\\c$d`e\\tf' }],
    ['A="{\\"a\\":1}"\nB="\\\\"', { A: '{"a":1}', B: "\\" }],
    ['A="\\\\n"', { A: "\\n" }],
    ["A=it's", { A: "it's" }],
    ["A=x # comment\nB='x # no comment' # comment", {
      A: "x",
      B: "x # no comment",
    }],
    ["A=$HOME ${B}\nB=\"$A\"\nC='$(id)'", {
      A: "$HOME ${B}",
      B: "$A",
      C: "$(id)",
    }],
    ["A=\"one\\ntwo\"\nB='one\\ntwo'", { A: "one\ntwo", B: "one\\ntwo" }],
    ['A="one\n# two\nB=3"\nC=4', { A: "one\n# two\nB=3", C: "4" }],
    ["A='one\ntwo' # end\nB=`it's\n\"so\"`", {
      A: "one\ntwo",
      B: 'it\'s\n"so"',
    }],
    ["DIR='C:\\dir\\'\nB='x'", { DIR: "C:\\dir\\", B: "x" }],
    ["A=1\r\nB='x\r\ny'\r\nC=3\r\n", { A: "1", B: "x\ny", C: "3" }],
    ["\ufeffA=1\n", { A: "1" }],
    ["A=\u00e4\u20ac\u{1f600}", { A: "\u00e4\u20ac\u{1f600}" }],
  ];
  for (const [content, variables] of table) {
    assert.deepEqual(await readFile(content), variables, content);
  }
});

const SECRET = "hunter2";

Deno.test("a bad line is refused by its number, and none of its text is shown", async () => {
  const notAnAssignment = "is neither blank, a comment nor NAME=value";
  const badName =
    "has no variable's name before =; a name has letters, digits, _, . and -, and begins with a letter or _";
  const badQuote =
    "has a quote that is not closed, or more after the closing one";
  const table: [content: string, line: number, why: string][] = [
    [SECRET, 1, notAnAssignment],
    [`A=1\n\n# c\n${SECRET}\nB=2`, 4, notAnAssignment],
    [`A=1\r\n\r\n${SECRET}\r\n`, 3, notAnAssignment],
    [`A='1\n2\n3'\n${SECRET}`, 4, notAnAssignment],
    [`A="1\r\n2"\r\n\r\n${SECRET}`, 4, notAnAssignment],
    [`A: ${SECRET}`, 1, notAnAssignment],
    [`export ${SECRET}`, 1, notAnAssignment],
    [`A=\n'${SECRET}'`, 2, notAnAssignment],
    [`=${SECRET}`, 1, badName],
    [`1${SECRET}=x`, 1, badName],
    [`A B=${SECRET}`, 1, badName],
    [`A\n${SECRET}`, 1, notAnAssignment],
    [`\u00e4=${SECRET}`, 1, badName],
    [`KEY=a\nMII${SECRET}+/==`, 2, badName],
    [`A=1\nB="${SECRET}`, 2, badQuote],
    [`A=1\nB='${SECRET}\nC=3\n`, 2, badQuote],
    [`B=\`${SECRET}`, 1, badQuote],
    [`A='${SECRET}'x`, 1, badQuote],
    [`A='${SECRET}' 'b'`, 1, badQuote],
    [`A='${SECRET}'#9x`, 1, badQuote],
    [`A=1\nB="${SECRET}"#`, 2, badQuote],
    [`A="${SECRET}\\"`, 1, badQuote],
    [`A=1\nB=${SECRET}\0`, 2, "has a NUL character"],
    [`A=1\nB='x\n${SECRET}\0'`, 2, "begins a value with a NUL character"],
  ];
  for (const [content, line, why] of table) {
    const refusal = await refusalOfContent(content);
    assert.equal(refusal, `: line ${line} ${why}`, content);
    assert.ok(!refusal.includes(SECRET));
  }
});

Deno.test("a file that is no text, too large, not a file or not there is refused", async () => {
  assert.equal(
    await refusalOfContent(new Uint8Array([65, 61, 0xff, 0xfe])),
    ": it is not UTF-8 text",
  );
  const large = `A=${"x".repeat(FILE_MAX_BYTES)}`;
  assert.equal(await refusalOfContent(large), ": it is larger than 1MiB");
  await using directory = await tempDirectory();
  const { path } = directory;
  assert.equal(refusalOf("file", `${path}/none`), ": it does not exist");
  assert.equal(refusalOf("file", path), ": it is not a regular file");
  await run("mkfifo", `${path}/fifo`);
  assert.equal(
    refusalOf("file", `${path}/fifo`),
    ": it is not a regular file",
  );
  assert.equal(refusalOf("file", "/dev/zero"), ": it is not a regular file");
  await Deno.writeTextFile(`${path}/file`, "A=1");
  assert.equal(
    refusalOf("file", `${path}/file/env`),
    ": a part of the path is not a directory",
  );
});

Deno.test("a file as large as is allowed is read, quoted or not", async () => {
  for (const quote of ["", "'", '"']) {
    const lines = Array.from({ length: 16 }, (_, index) => {
      const frame = `${quote}${quote}\n`.length + "A00=".length;
      const value = "x".repeat(FILE_MAX_BYTES / 16 - frame);
      return `A${10 + index}=${quote}${value}${quote}\n`;
    });
    const content = lines.join("");
    assert.equal(content.length, FILE_MAX_BYTES);
    const variables = Object.values(await readFile(content));
    assert.equal(variables.length, 16);
    assert.equal(new Set(variables).size, 1);
  }
});

Deno.test("a variable is as long as a program can be given one, and not longer", async () => {
  const why = "is too long; NAME=value must be shorter than 128KiB";
  await using directory = await tempDirectory();
  const { path } = directory;
  for (const [letter, bytes] of [["x", 1], ["\u20ac", 3]] as const) {
    const room = VARIABLE_MAX_BYTES - "AB=".length;
    const value = "y".repeat(room % bytes) +
      letter.repeat(Math.floor(room / bytes));
    const { AB } = await readFile(`AB=${value}`);
    assert.equal(AB, value);
    const start = (AB: string) =>
      new Deno.Command("true", { env: { AB } }).outputSync();
    assert.ok(start(value).success);
    assert.throws(() => start(`${value}z`), /Argument list too long/);
    for (const quote of ["", "'", '"']) {
      assert.equal(
        await refusalOfContent(`A=1\nAB=${quote}${value}z${quote}\n`),
        `: line 2 begins a value that ${why}`,
      );
      const all = "x".repeat(FILE_MAX_BYTES - 10);
      assert.equal(
        await refusalOfContent(`AB=${quote}${all}${quote}`),
        `: line 1 begins a value that ${why}`,
      );
    }
    await Deno.writeTextFile(`${path}/AB`, `${value}\n`);
    assert.deepEqual(readEnvironment([{ kind: "directory", path }]), { AB });
    await Deno.writeTextFile(`${path}/AB`, `${value}z`);
    assert.throws(() => readEnvironment([{ kind: "directory", path }]), {
      message: `Cannot read environment file ${path}/AB: its value ${why}`,
    });
  }
});

Deno.test("whatever a file holds, its variables have names or it is refused", () => {
  const piece = fc.constantFrom(
    ..."A B_1 = ' \" ` \\ # \n \r\n x $A export : \t \u2028 \u00a0".split(" "),
    " ",
  );
  const path = Deno.makeTempFileSync({ prefix: "flush-manager-test-" });
  try {
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 25 }), (pieces) => {
        const content = pieces.join("");
        Deno.writeTextFileSync(path, content);
        try {
          const read = readEnvironment([{ kind: "file", path }]);
          for (const [name, value] of Object.entries(read)) {
            assert.match(name, /^[A-Za-z_][\w.-]*$/);
            assert.equal(typeof value, "string");
          }
        } catch (error) {
          if (!(error instanceof EnvironmentError)) throw error;
        }
      }),
      { numRuns: 2000 },
    );
  } finally {
    Deno.removeSync(path);
  }
});

Deno.test("single-quoted values of any text arrive as they are", () => {
  const value = fc.string({ unit: "grapheme" }).filter((text) =>
    !/['\\\r\0]/.test(text)
  );
  const path = Deno.makeTempFileSync({ prefix: "flush-manager-test-" });
  try {
    fc.assert(fc.property(fc.array(value, { maxLength: 4 }), (values) => {
      const lines = values.map((value, at) => `V${at}='${value}'\n`);
      Deno.writeTextFileSync(path, lines.join(""));
      const read = readEnvironment([{ kind: "file", path }]);
      assert.deepEqual(Object.values(read), values);
    }));
  } finally {
    Deno.removeSync(path);
  }
});

/** A mount as kubelet makes it: links through `..data` into a directory of the generation. */
async function mount(path: string, files: Record<string, string>) {
  const generation = `${path}/..2024_01_01_00_00_00.1`;
  await Deno.mkdir(generation);
  await Deno.symlink("..2024_01_01_00_00_00.1", `${path}/..data`);
  for (const [name, content] of Object.entries(files)) {
    await Deno.writeTextFile(`${generation}/${name}`, content);
    await Deno.symlink(`..data/${name}`, `${path}/${name}`);
  }
}

Deno.test("a directory gives a variable for each file, without one final newline", async () => {
  await using directory = await tempDirectory();
  const { path } = directory;
  await mount(path, {
    PLAIN: "value",
    NEWLINE: "value\n",
    CRLF: "value\r\n",
    TWO: "value\n\n",
    LINES: " a\nb='$c' # d\n",
    EMPTY: "",
    "app.name-x": "dotted",
    BOM: "\ufeffx",
  });
  await Deno.mkdir(`${path}/not a variable`);
  await Deno.symlink("nowhere", `${path}/removed key`);
  await run("mkfifo", `${path}/fifo`);
  assert.deepEqual(readEnvironment([{ kind: "directory", path }]), {
    PLAIN: "value",
    NEWLINE: "value",
    CRLF: "value",
    TWO: "value\n",
    LINES: " a\nb='$c' # d",
    EMPTY: "",
    "app.name-x": "dotted",
    BOM: "\ufeffx",
  });
});

Deno.test("a file in a directory that cannot be a variable is refused by its name", async () => {
  const badName =
    "its name is not a variable's; a name has letters, digits, _, . and -, and begins with a letter or _";
  const table: [name: string, content: string | Uint8Array, why: string][] = [
    ["1st", SECRET, badName],
    [".hidden", SECRET, badName],
    ["a b", SECRET, badName],
    ["NUL", `${SECRET}\0`, "it has a NUL character"],
    ["BYTES", new Uint8Array([0xff]), "it is not UTF-8 text"],
    ["LARGE", SECRET.repeat(FILE_MAX_BYTES / 4), "it is larger than 1MiB"],
  ];
  for (const [name, content, why] of table) {
    await using directory = await tempDirectory();
    const { path } = directory;
    const file = `${path}/${name}`;
    await Deno.writeFile(
      file,
      typeof content === "string" ? new TextEncoder().encode(content) : content,
    );
    assert.throws(() => readEnvironment([{ kind: "directory", path }]), {
      message: `Cannot read environment file ${file}: ${why}`,
    });
  }
  await using directory = await tempDirectory();
  const { path } = directory;
  await Deno.writeTextFile(`${path}/a\nb`, SECRET);
  assert.throws(() => readEnvironment([{ kind: "directory", path }]), {
    message: `Cannot read environment file ${path}/a\\nb: ${badName}`,
  });
});

Deno.test("a directory that is none is refused", async () => {
  await using directory = await tempDirectory();
  const { path } = directory;
  assert.equal(refusalOf("directory", `${path}/none`), ": it does not exist");
  await Deno.writeTextFile(`${path}/file`, "");
  assert.equal(
    refusalOf("directory", `${path}/file`),
    ": a part of the path is not a directory",
  );
});

Deno.test("a file that may not be read is refused", async () => {
  await using directory = await tempDirectory();
  const path = `${directory.path}/env`;
  await Deno.writeTextFile(path, `A=${SECRET}`, { mode: 0o000 });
  const module = new URL(
    "../../../src/host/environment/env_files.ts",
    import.meta.url,
  );
  const script = `
    import { readEnvironment } from "${module}";
    try {
      readEnvironment([{ kind: "file", path: "${path}" }]);
    } catch (error) {
      console.log(error.message);
    }`;
  // Root reads everything unless it has no capabilities.
  const drop = ["setpriv", "--bounding-set=-all", "--inh-caps=-all"];
  const [command, ...args] = [
    ...(Deno.uid() === 0 ? drop : []),
    ...[Deno.execPath(), "eval", "--no-lock", script],
  ];
  const { stdout } = await new Deno.Command(command, { args }).output();
  assert.equal(
    new TextDecoder().decode(stdout),
    `Cannot read environment file ${path}: permission denied\n`,
  );
});

Deno.test("later sources win, also over names that objects have", async () => {
  await using directory = await tempDirectory();
  const { path } = directory;
  await Deno.mkdir(`${path}/d`);
  await Deno.writeTextFile(`${path}/d/A`, "directory");
  await Deno.writeTextFile(`${path}/d/B`, "directory");
  await Deno.writeTextFile(`${path}/d/__proto__`, "own");
  await Deno.writeTextFile(`${path}/first`, "A=first\nC=first");
  await Deno.writeTextFile(`${path}/last`, "B=last\ntoString=x");
  const read = readEnvironment([
    { kind: "file", path: `${path}/first` },
    { kind: "directory", path: `${path}/d` },
    { kind: "file", path: `${path}/last` },
  ]);
  assert.deepEqual(Object.entries(read).sort(), [
    ["A", "directory"],
    ["B", "last"],
    ["C", "first"],
    ["__proto__", "own"],
    ["toString", "x"],
  ]);
  assert.deepEqual(readEnvironment([]), {});
});
