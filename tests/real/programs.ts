/**
 * Declares tests that need real programs of the system: without them they are
 * ignored and the reason is printed, unless a skip counts as a failure
 * (REQUIRE_REAL=1). Must not know what is tested.
 */
import { asInit, type World } from "../e2e/namespaces.ts";
import { Bench } from "./bench.ts";

/** Debian's packages of the programs that are used here. */
const PACKAGES = {
  nginx: "nginx-light",
  "redis-server": "redis-server",
  haproxy: "haproxy",
  python3: "python3",
  prometheus: "prometheus",
  promtool: "prometheus",
  wrk: "wrk",
  chromium: "chromium",
  ip: "iproute2",
  nsenter: "util-linux",
} as const;

export type Program = keyof typeof PACKAGES;

const REQUIRED = Deno.env.get("REQUIRE_REAL") === "1";

/** Daemons live in sbin, which the PATH of a user without rights may lack. */
const DIRECTORIES = [
  ...(Deno.env.get("PATH") ?? "").split(":"),
  "/usr/sbin",
  "/sbin",
];

/** Where a program is; undefined when it is not installed. */
function find(program: Program): string | undefined {
  return DIRECTORIES.map((directory) => `${directory}/${program}`).find(
    (path) => {
      try {
        const { isFile, mode } = Deno.statSync(path);
        return isFile && ((mode ?? 0) & 0o111) !== 0;
      } catch {
        return false;
      }
    },
  );
}

/** Where an installed program is. */
export function pathOf(program: Program): string {
  const path = find(program);
  if (path === undefined) throw new Error(`Cannot find ${program}`);
  return path;
}

/** As PID 1: whatever a program leaves behind ends with it. */
export const WORLD = asInit();

/**
 * As PID 1 with a network of its own: its settings, its counters and its ports
 * are nobody else's, and the load takes no port away from others.
 */
export const NETWORK = network("ip link set lo up");

/**
 * The same, where the kernel gives the connections that a closed socket has not
 * accepted to another socket of its SO_REUSEPORT group (Linux 5.14); on one
 * processor, because with two it can still lose one.
 */
export const MIGRATING_NETWORK = network(
  `ip link set lo up
  echo 1 > /proc/sys/net/ipv4/tcp_migrate_req
  taskset -pc "$(taskset -pc $$ | sed 's/.*: //; s/[-,].*//')" $$ >/dev/null`,
);

/** `script` is run in the new network, as a trial too. */
function network(script: string): World {
  if (WORLD.missing !== undefined) return WORLD;
  const shell = ["sh", "-ec", `${script}\nexec "$@"`, "sh"];
  const through = ["unshare", "--net", "--", ...WORLD.through, ...shell];
  const [command, ...args] = through;
  const { success, stderr } = new Deno.Command(command, {
    args: [...args, "true"],
    stdin: "null",
  }).outputSync();
  if (success) return { through };
  const why = new TextDecoder().decode(stderr).trim();
  return { through, missing: `a network of its own: ${why}` };
}

/** Declares a test of these programs in that world. */
export function realTest(
  name: string,
  { needs, world = WORLD }: { needs: readonly Program[]; world?: World },
  fn: (bench: Bench) => Promise<void>,
): void {
  const missing = reasonAgainst(needs, world);
  if (missing !== undefined && !REQUIRED) {
    console.error(`SKIPPED ${name}: ${missing}`);
  }
  Deno.test({
    name,
    ignore: missing !== undefined && !REQUIRED,
    fn: async () => {
      if (missing !== undefined) throw new Error(`Cannot run: ${missing}`);
      await using bench = await Bench.create(world);
      await bench.explained(() => fn(bench));
    },
  });
}

function reasonAgainst(
  needs: readonly Program[],
  world: World,
): string | undefined {
  const absent = needs.find((program) => find(program) === undefined);
  if (absent !== undefined) {
    return `there is no ${absent} (Debian: ${PACKAGES[absent]})`;
  }
  if (Deno.uid() !== 0) return "namespaces and nginx's workers need root";
  return world.missing;
}
