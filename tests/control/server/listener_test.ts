/** The file of a control socket. */
import assert from "node:assert/strict";
import { alone, tempDirectory } from "../../host/temp.ts";

Deno.test("a control socket has the mode and the group that are asked for, whatever the umask", async () => {
  await using directory = await tempDirectory();
  const path = `${directory.path}/control.sock`;
  const opened = async (...args: string[]) =>
    JSON.parse(await alone("control_socket.ts", { args: [path, ...args] }));
  const own = Deno.gid() ?? 0;
  const names = ["control.sock"];
  const umask = "77";
  assert.deepEqual(await opened("600"), {
    mode: "600",
    gid: own,
    names,
    umask,
  });
  assert.deepEqual(await opened("666"), {
    mode: "666",
    gid: own,
    names,
    umask,
  });
  // Root may give it to any group, others only to their own.
  const group = Deno.uid() === 0 ? 4242 : own;
  assert.deepEqual(await opened("660", String(group)), {
    mode: "660",
    gid: group,
    names,
    umask,
  });
});

Deno.test({
  name: "a group that the user does not belong to is an error in a line",
  // Root belongs to all.
  ignore: Deno.uid() === 0,
  fn: async () => {
    await using directory = await tempDirectory();
    const args = [`${directory.path}/control.sock`, "660", "0"];
    await assert.rejects(
      alone("control_socket.ts", { args }),
      /cannot be given to the group 0 [^\n]*choose a group/,
    );
    assert.deepEqual([...Deno.readDirSync(directory.path)], []);
  },
});

Deno.test("a client that has gone raises no signal, which the child would get", async () => {
  await using directory = await tempDirectory();
  const args = [`${directory.path}/control.sock`];
  assert.equal(await alone("control_sigpipe.ts", { args }), "0\n");
});
