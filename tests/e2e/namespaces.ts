/**
 * Ways to start the manager in a world of its own, by util-linux's `unshare` and `setpriv`:
 * as PID 1, as a user without rights, with mounts or limits that no one else
 * sees. Each says why it cannot be had here, if it can't. Must not know what
 * is tested.
 */

/** How to get into the world, or why not. */
export interface World {
  readonly through: readonly string[];
  readonly missing?: string;
}

const IS_ROOT = Deno.uid() === 0;
/** Without root's rights a user namespace gives them, for its inside. */
const AS_ROOT: readonly string[] = IS_ROOT ? [] : ["--user", "--map-root-user"];
/** Nobody's usual number. */
const ORDINARY = "65534";

const PID_NAMESPACE: readonly string[] = [
  ...AS_ROOT,
  "--pid",
  "--fork",
  "--kill-child",
  "--mount-proc",
];

/** PID 1 of a PID namespace, with a /proc of its own; dies with its parent. */
export const asInit = (): World => world(PID_NAMESPACE);

/** The same, with mounts of its own; `script` makes them. */
export const asInitWith = (script: string): World =>
  withScript(PID_NAMESPACE, script);

/** A user that is not root and has no capability; files stay the tester's. */
export const asOrdinaryUser = (): World =>
  IS_ROOT
    ? world(["--user", `--map-user=${ORDINARY}`, `--map-group=${ORDINARY}`])
    : { through: [] };

/** With mounts of its own; `script` makes them, as root. */
export const withMounts = (script: string): World =>
  withScript([...AS_ROOT, "--mount"], script);

/** As the root of a user namespace, whose limits `script` sets. */
export const withLimits = (script: string): World =>
  withScript(["--user", "--map-root-user"], script);

/** As root with these supplementary groups, as a Kubernetes fsGroup gives. */
export function withGroups(groups: readonly number[]): World {
  const through = ["setpriv", `--groups=${groups.join(",")}`, "--"];
  if (!IS_ROOT) return { through, missing: "setting groups needs root" };
  return probed(through);
}

/** As root that may not look into processes of other users, as in a container by default. */
export function withoutPtrace(): World {
  const through = ["setpriv", "--bounding-set=-sys_ptrace", "--"];
  if (!IS_ROOT) return { through, missing: "giving up a right needs root" };
  return probed(through);
}

/** Runs a shell script first; the manager takes the place of the shell. */
function withScript(options: readonly string[], script: string): World {
  const { through, missing } = world(options);
  const shell = ["sh", "-ec", `${script}\nexec "$@"`, "sh"];
  return { through: [...through, ...shell], missing };
}

function world(options: readonly string[]): World {
  return probed(["unshare", ...options, "--"]);
}

/** Tries it with the program that does nothing. */
function probed(through: readonly string[]): World {
  const [command, ...args] = through;
  try {
    const { success, stderr } = new Deno.Command(command, {
      args: [...args, "true"],
      stdin: "null",
    }).outputSync();
    if (success) return { through };
    const why = new TextDecoder().decode(stderr).trim();
    return { through, missing: `${through.join(" ")}: ${why}` };
  } catch {
    return { through, missing: `there is no ${command} (Debian: util-linux)` };
  }
}
