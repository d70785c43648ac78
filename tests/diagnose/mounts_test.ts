/** Which mount a path is on. */
import { equal } from "node:assert/strict";
import { mountOf, mountsIn } from "../../src/diagnose/mounts.ts";

const MOUNTS = mountsIn(
  [
    "21 1 8:1 / / rw,relatime - ext4 /dev/sda1 rw",
    "30 21 0:40 / /etc/config rw - tmpfs tmpfs rw",
    "31 21 0:41 / /with\\040space ro - tmpfs other ro",
    "32 30 0:42 / /etc/config rw - tmpfs later rw",
    "",
  ].join("\n"),
);

const onto = (path: string) => mountOf(path, MOUNTS)?.line.split(" ")[0];

Deno.test("the longest mount point counts, and the later of two", () => {
  equal(onto("/etc/config/app.conf"), "32");
  equal(onto("/etc/config"), "32");
  equal(onto("/etc/configuration"), "21");
  equal(onto("/"), "21");
  equal(onto("/with space/x"), "31");
  equal(mountOf("/x", []), undefined);
});
