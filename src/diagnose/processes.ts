/**
 * What /proc tells of the manager and its children. Not their command line and
 * not their environment. The manager is found by its executable, so it may be
 * hung.
 */
import { readKernelFile } from "../host/descriptor/small_file.ts";
import { linkedPath, linkTarget, namesIn } from "../host/process/proc.ts";
import { controlGroupOf } from "./control_group.ts";
import type { Collector } from "./collector.ts";
import type { Contents } from "./contents.ts";

const FILES = [
  "status",
  "limits",
  "cgroup",
  "mountinfo",
  "wchan",
  "oom_score",
  "oom_score_adj",
];
const FILE_BYTES = 1024 * 1024;
/** Elsewhere than in a container there may be many. */
const PROCESSES_MAX = 32;

interface Found {
  readonly pid: number;
  readonly parent: number;
  readonly isManager: boolean;
}

/** The processes that run our executable, but for us. */
export const managersHere = (): number[] =>
  processes().filter(({ pid, isManager }) => isManager && pid !== Deno.pid)
    .map(({ pid }) => pid);

/**
 * The words behind the program's name, to know its settings by: they are not
 * told. Undefined for a process that has ended and was not waited for yet: its
 * command line is empty, without even the program's name.
 */
export function argumentsOf(pid: number): string[] | undefined {
  const text = readKernelFile(`/proc/${pid}/cmdline`, FILE_BYTES);
  return text === undefined || text === ""
    ? undefined
    : text.split("\0").slice(1, -1);
}

/** The working directory, where relative paths of its options begin; undefined where we may not see it. */
export const directoryOf = (pid: number): string | undefined =>
  linkedPath(`/proc/${pid}/cwd`);

/** `knownPid` is the manager's, where it is known; else all that may be it are told of. */
export const processCollector = (knownPid: number | undefined): Collector => ({
  what: "processes",
  files: {
    "processes/": "what /proc tells of the manager and its children",
    "cgroups/": "limits and use of their control groups",
  },
  collect: (contents) => {
    const all = managersHere();
    const managers = knownPid !== undefined && all.includes(knownPid)
      ? [knownPid]
      : all;
    if (managers.length === 0) {
      contents.fault("processes", "no process of a manager is seen here");
    }
    const children = processes().filter(({ pid, parent }) =>
      managers.includes(parent) && pid !== Deno.pid
    ).map(({ pid }) => pid);
    const named = [
      ...managers.map((pid) => ({ name: `manager-${pid}`, pid })),
      ...children.map((pid) => ({ name: `child-${pid}`, pid })),
    ];
    for (const { name, pid } of named.slice(0, PROCESSES_MAX)) {
      tell(name, pid, contents);
    }
    if (named.length > PROCESSES_MAX) {
      contents.fault("processes", `more than ${PROCESSES_MAX} of them`);
    }
    tell("diagnose", Deno.pid, contents);
  },
});

function tell(name: string, pid: number, contents: Contents): void {
  for (const file of FILES) {
    const text = readKernelFile(`/proc/${pid}/${file}`, FILE_BYTES);
    if (text === undefined) {
      contents.fault(`processes/${name}/${file}`, "it cannot be read");
    } else contents.append(`processes/${name}/${file}`, text);
  }
  const descriptors = namesIn(`/proc/${pid}/fd`);
  contents.append(
    `processes/${name}/descriptors`,
    descriptors === undefined
      ? "they cannot be counted\n"
      : `${descriptors.filter((fd) => !fd.startsWith(".")).length} are open\n`,
  );
  const group = controlGroupOf(pid);
  if (group !== "") contents.append(`cgroups/${name}.txt`, group);
}

function processes(): Found[] {
  const ours = identityOf(Deno.pid);
  return (namesIn("/proc") ?? []).flatMap((name) => {
    const pid = Number(name);
    const identity = Number.isInteger(pid) ? identityOf(pid) : undefined;
    if (identity === undefined || ours === undefined) return [];
    const isManager = identity.executable === undefined
      ? identity.name === ours.name
      : identity.executable === ours.executable;
    return [{ pid, parent: identity.parent, isManager }];
  });
}

interface Identity {
  readonly parent: number;
  readonly name: string | undefined;
  /** The beginning of its path; undefined where we may not see it. */
  readonly executable: string | undefined;
}

function identityOf(pid: number): Identity | undefined {
  const status = readKernelFile(`/proc/${pid}/status`, FILE_BYTES);
  // One that has ended is only waited for.
  if (status === undefined || /^State:\t[ZX]/m.test(status)) return undefined;
  return {
    parent: Number(/^PPid:\t(\d+)/m.exec(status)?.[1]),
    name: /^Name:\t(.*)/m.exec(status)?.[1],
    executable: linkTarget(`/proc/${pid}/exe`),
  };
}
