/** Control groups with a limit, where a test may make one (cgroups(7), version 1 or 2). Must not test anything. */
import { until } from "./until.ts";

const ROOT = "/sys/fs/cgroup";

/** A controller, and its limit's file in version 1 and 2. */
interface Controller {
  readonly name: string;
  readonly limits: readonly [string, string];
}

const PIDS: Controller = { name: "pids", limits: ["pids.max", "pids.max"] };
const MEMORY: Controller = {
  name: "memory",
  limits: ["memory.limit_in_bytes", "memory.max"],
};

/** Where cgroups with this limit can be made, or why they cannot. */
export interface Limiting {
  readonly missing?: string;
  readonly root: string;
  readonly file: string;
}

export const LIMITED_PIDS = limiting(PIDS);
export const LIMITED_MEMORY = limiting(MEMORY);

function limiting({ name, limits: [first, second] }: Controller): Limiting {
  const found = [
    { root: `${ROOT}/${name}`, file: first },
    { root: ROOT, file: second },
  ].find(({ root, file }) => canMake(root, file));
  const missing = `needs root and a ${name} cgroup that can be written to`;
  return found ?? { root: "", file: "", missing };
}

function canMake(root: string, file: string): boolean {
  const path = `${root}/flush-manager-e2e-${crypto.randomUUID()}`;
  try {
    Deno.mkdirSync(path);
    try {
      return Deno.statSync(`${path}/${file}`).isFile;
    } finally {
      Deno.removeSync(path);
    }
  } catch {
    return false;
  }
}

/** A cgroup of its own with this limit; what is started `through` it is in it. */
export class LimitedCgroup implements AsyncDisposable {
  readonly #path: string;
  readonly through: readonly string[];

  constructor({ root, file }: Limiting, max: number) {
    this.#path = `${root}/flush-manager-e2e-${crypto.randomUUID()}`;
    Deno.mkdirSync(this.#path);
    Deno.writeTextFileSync(`${this.#path}/${file}`, String(max));
    const enter = `echo $$ >${this.#path}/cgroup.procs; exec "$@"`;
    this.through = ["sh", "-c", enter, "sh"];
  }

  /** Kills what is left in it, and removes it. */
  async [Symbol.asyncDispose](): Promise<void> {
    await until("the end of all in a cgroup", () => {
      const left = Deno.readTextFileSync(`${this.#path}/cgroup.procs`)
        .split("\n").filter((line) => line !== "");
      left.forEach((pid) => kill(Number(pid)));
      return left.length === 0 || undefined;
    });
    Deno.removeSync(this.#path);
  }
}

function kill(pid: number): void {
  try {
    Deno.kill(pid, "SIGKILL");
  } catch {
    // It has ended.
  }
}
