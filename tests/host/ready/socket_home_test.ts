/** Directories of notify sockets: those of killed managers go, all else stays. */
import assert from "node:assert/strict";
import { NotifySockets } from "../../../src/host/ready/notify_socket.ts";
import {
  removeStaleHomes,
  SocketHome,
} from "../../../src/host/ready/socket_home.ts";
import "../loaded_libc.ts";
import { exists, run, tempDirectory } from "../temp.ts";

/** Python, bound to datagram sockets at these paths; `then` is what it does next. */
const bind = (then: string, ...paths: string[]) =>
  new Deno.Command("python3", {
    args: [
      "-c",
      `import socket,sys,time
kept = []
for path in sys.argv[1:]:
  one = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
  one.bind(path)
  kept.append(one)
print("bound", flush=True)
${then}`,
      ...paths,
    ],
    stdout: "piped",
  });

/** A directory with such a name; those of managers have this mode. */
async function home(
  temp: string,
  name: string,
  mode = 0o711,
): Promise<string> {
  const path = `${temp}/flush-manager-${name}`;
  await Deno.mkdir(path);
  await Deno.chmod(path, mode);
  return path;
}

Deno.test("what killed managers have left goes, also with several sockets", async () => {
  await using temp = await tempDirectory();
  const one = await home(temp.path, "one");
  const two = await home(temp.path, "two");
  await bind("", `${one}/notify`, `${two}/1`, `${two}/2`).output();
  removeStaleHomes(temp.path);
  assert.ok(!exists(one) && !exists(two));
});

Deno.test("what a manager hears on stays", async () => {
  await using temp = await tempDirectory();
  const live = await home(temp.path, "live");
  const mixed = await home(temp.path, "mixed");
  await bind("", `${mixed}/1`).output();
  await using child = bind("time.sleep(1000)", `${live}/notify`, `${mixed}/2`)
    .spawn();
  const reader = child.stdout.getReader();
  await reader.read();
  removeStaleHomes(temp.path);
  assert.ok(exists(`${live}/notify`));
  assert.ok(exists(`${mixed}/1`) && exists(`${mixed}/2`));
  child.kill("SIGKILL");
  await reader.cancel();
});

Deno.test("an empty directory goes, unless the manager that made it is there", async () => {
  await using temp = await tempDirectory();
  const left = await home(temp.path, "left");
  const kept = SocketHome.make(temp.path);
  removeStaleHomes(temp.path);
  assert.ok(!exists(left));
  assert.ok(kept.isThere());
  kept.close();
  assert.ok(!exists(kept.path));
});

Deno.test("a manager that was killed between two children has left an empty directory", async () => {
  await using temp = await tempDirectory();
  const script = `${temp.path}/manager.ts`;
  const module = new URL(
    "../../../src/host/ready/socket_home.ts",
    import.meta.url,
  );
  await Deno.writeTextFile(
    script,
    `import { SocketHome } from "${module}";
    SocketHome.make("${temp.path}");
    Deno.kill(Deno.pid, "SIGKILL");`,
  );
  await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--quiet", "--no-lock", script],
  }).output();
  const homes = () =>
    [...Deno.readDirSync(temp.path)].filter((one) => one.isDirectory);
  assert.equal(homes().length, 1);
  const sockets = new NotifySockets(temp.path);
  assert.equal(homes().length, 1);
  sockets.close();
  assert.equal(homes().length, 0);
});

Deno.test("what is no directory of sockets stays, whatever it is called", async () => {
  await using temp = await tempDirectory();
  // Somebody else's, who has not filled it yet.
  const empty = await home(temp.path, "empty", 0o755);
  // Somebody else's, whose program has ended and left its socket.
  const dead = await home(temp.path, "dead", 0o700);
  await bind("", `${dead}/app.sock`).output();
  const other = await home(temp.path, "other");
  await bind("", `${other}/notify`).output();
  await Deno.writeTextFile(`${other}/notes`, "");
  const target = await home(temp.path, "x");
  await Deno.rename(target, `${temp.path}/target`);
  await bind("", `${temp.path}/target/notify`).output();
  await Deno.symlink("target", `${temp.path}/flush-manager-link`);
  await run("mkfifo", `${temp.path}/flush-manager-fifo`);
  removeStaleHomes(temp.path);
  removeStaleHomes(`${temp.path}/missing`);
  const kept = [
    empty,
    `${dead}/app.sock`,
    `${other}/notify`,
    `${temp.path}/target/notify`,
  ];
  for (const path of kept) assert.ok(exists(path), path);
  assert.ok(exists(`${temp.path}/flush-manager-fifo`));
});

Deno.test(
  "another user's directory stays",
  { ignore: Deno.uid() !== 0 },
  async () => {
    await using temp = await tempDirectory();
    const theirs = await home(temp.path, "theirs");
    await bind("", `${theirs}/notify`).output();
    await Deno.chown(theirs, 12_345, 12_345);
    removeStaleHomes(temp.path);
    assert.ok(exists(`${theirs}/notify`));
  },
);
