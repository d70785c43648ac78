/**
 * Starts the manager as PID 1 of a PID namespace, with or without a C library
 * that it can load. Must not test anything.
 */
import { LIBC_PATHS } from "../../src/host/libc/paths.ts";
import type { Bench, Supervision } from "./bench.ts";
import type { Manager } from "./harness.ts";
import { asInit, asInitWith, type World } from "./namespaces.ts";
import { childrenOf } from "./processes.ts";
import { until } from "./until.ts";

export const INIT = asInit();

/** Supervises the test program as PID 1; `world` is how it gets there. */
export async function superviseAsInit(
  bench: Bench,
  supervision: Supervision,
  world: World = INIT,
): Promise<Manager> {
  const { through = [] } = supervision;
  const manager = bench.supervise({
    ...supervision,
    through: [...world.through, ...through],
  });
  await manager.waitForLog(/PID: 1\b/);
  // Below unshare, which waits for it and ends with its code.
  const init = await until(
    "PID 1",
    () => childrenOf(manager.pid)[0],
  );
  manager.pid = init.pid;
  return manager;
}

/** As PID 1, where no path that the manager knows holds a C library. */
export const INIT_WITHOUT_LIBC = asInitWith(hideLibc(""));

/**
 * As PID 1, where only Fedora's path holds a C library. The test's own system
 * must have it elsewhere, and a /lib64 to hide.
 */
export const INIT_WITH_LIBC_ELSEWHERE: World =
  exists("/lib64") && !exists("/lib64/libc.so.6")
    ? asInitWith(hideLibc(`
        cp -rL /lib64/. "$E2E_LIBC/lib64"
        cp "$E2E_LIBC/libc.so.6" "$E2E_LIBC/lib64"
        mount --bind "$E2E_LIBC/lib64" /lib64`))
    : { through: [], missing: "needs a /lib64 without libc.so.6 (Debian's)" };

/**
 * The executable needs the C library itself, and so does `mount`: a copy stays
 * for the dynamic loader, in a directory that the manager does not know.
 */
function hideLibc(afterwards: string): string {
  const hide = LIBC_PATHS.map((path) =>
    `[ ! -e ${path} ] || mount --bind "$E2E_LIBC/empty" ${path}`
  );
  return [...hide, afterwards].join("\n");
}

/** Where the C library is for a manager that must not find it: a part of its environment. */
export function libcAside(bench: Bench): Record<string, string> {
  const path = LIBC_PATHS.find(exists);
  if (path === undefined) throw new Error("Cannot find the C library");
  const aside = bench.mkdir("libc");
  bench.mkdir("libc/lib64");
  bench.write("libc/empty", "");
  Deno.copyFileSync(path, `${aside}/libc.so.6`);
  return { E2E_LIBC: aside, LD_LIBRARY_PATH: aside };
}

function exists(path: string): boolean {
  try {
    Deno.statSync(path);
    return true;
  } catch {
    return false;
  }
}
