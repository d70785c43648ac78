/** `install`: the copy, what it replaces, and what is refused. The executable's own is in tests/e2e. */
import { deepEqual, equal } from "node:assert/strict";
import { install } from "../../src/install/install.ts";

function scratch() {
  const directory = Deno.makeTempDirSync();
  const program = `${directory}/program`;
  Deno.writeTextFileSync(program, "the program", { mode: 0o700 });
  return {
    directory,
    program,
    [Symbol.dispose]: () => Deno.removeSync(directory, { recursive: true }),
  };
}

const names = (directory: string) =>
  [...Deno.readDirSync(directory)].map(({ name }) => name).sort();

Deno.test("install() makes a copy that everybody can run", () => {
  using at = scratch();
  const target = `${at.directory}/tools`;
  Deno.mkdirSync(target);
  deepEqual(install(at.program, `${target}/`), {
    path: `${target}/flush-manager`,
  });
  equal(Deno.readTextFileSync(`${target}/flush-manager`), "the program");
  const { mode } = Deno.statSync(`${target}/flush-manager`);
  equal((mode ?? 0) & 0o777, 0o755);
  deepEqual(names(target), ["flush-manager"]);
});

Deno.test("install() replaces what is there, and not what it links to", () => {
  using at = scratch();
  const target = `${at.directory}/tools`;
  Deno.mkdirSync(target);
  Deno.writeTextFileSync(`${at.directory}/other`, "other");
  Deno.symlinkSync("../other", `${target}/flush-manager`);
  install(at.program, target);
  equal(Deno.readTextFileSync(`${at.directory}/other`), "other");
  equal(Deno.readTextFileSync(`${target}/flush-manager`), "the program");
});

Deno.test("install() refuses what is no directory, or not there", () => {
  using at = scratch();
  deepEqual(install(at.program, at.program), {
    refusal: `Cannot install into ${at.program}: it is no directory`,
  });
  deepEqual(install(at.program, `${at.directory}/absent`), {
    refusal:
      `Cannot install into ${at.directory}/absent: it does not exist; mount a volume there or create it`,
  });
  deepEqual(install(undefined, at.directory), {
    refusal:
      `Cannot install into ${at.directory}: this is no executable; make one with scripts/dev compile`,
  });
});

Deno.test("install() says why a directory cannot be written", () => {
  using at = scratch();
  // Nobody can make a file there, root neither.
  deepEqual(install(at.program, "/proc"), {
    refusal: "Cannot install into /proc: No such file or directory",
  });
});

Deno.test("install() leaves nothing behind where it fails", () => {
  using at = scratch();
  const target = `${at.directory}/tools`;
  Deno.mkdirSync(`${target}/flush-manager/in`, { recursive: true });
  deepEqual(install(at.program, target), {
    refusal: `Cannot install into ${target}: Is a directory`,
  });
  deepEqual(names(target), ["flush-manager"]);
});
