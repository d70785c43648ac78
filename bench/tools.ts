/**
 * The programs that are compared: what they can do, how each is told to do it,
 * and where they come from. Must not measure anything.
 */
import { message, must, onPath, run } from "../scripts/shell.ts";

/** What is measured of a tool. */
export type Skill = "init" | "watch" | "restart";

/** One supervisor to start. */
export interface Job {
  /** The program to supervise, and its arguments. */
  readonly child: readonly string[];
  /** A file of this job's own, for a configuration of the tool. */
  readonly scratch: string;
  /** What to watch; nothing when absent. */
  readonly watch?: {
    /** A file, a key of a ConfigMap volume, or a directory. */
    readonly path: string;
    /** The directory the path is in, or the path itself. */
    readonly directory: string;
    /** The files behind the path, for a tool that needs them one by one. */
    readonly files: readonly string[];
  };
  /** Quiet window of tools that have one. */
  readonly debounceMs: number;
}

/** How to start it. */
export interface Launch {
  readonly argv: readonly string[];
  /** What it reads from its standard input. */
  readonly stdin?: string;
}

/** A program that starts a child. */
export interface Tool {
  readonly name: string;
  readonly skills: readonly Skill[];
  readonly launch: (job: Job) => Launch;
  /** The command that makes it restart its child, where that is how it is done. */
  readonly restart?: (job: Job) => readonly string[];
}

/** A tool as far as it is there. */
export interface Candidate {
  readonly name: string;
  readonly version: string;
  /** Undefined when it is not installed. */
  readonly tool: Tool | undefined;
}

/** The names that everything is held against. */
export const OURS = "flush-manager";
export const FLOOR = "floor";

/** The usual script: one process per event, the child killed, waited for and started. */
const LOOP = `
watched=$1 key=$2; shift 2
"$@" & pid=$!
while read -r name; do
  case $key:$name in :*|*:..data|"$name:$name") ;; *) continue ;; esac
  kill "$pid"; wait "$pid"; "$@" & pid=$!
done < <(exec inotifywait -q -m -e close_write,moved_to --format %f "$watched")
wait`;

/** flush-manager and the floor, from their executables. */
export function ownTools(manager: string, floor: string): Tool[] {
  return [{
    name: OURS,
    skills: ["init", "watch", "restart"],
    launch: ({ child, watch, debounceMs }) => ({
      argv: [
        manager,
        `--config=${watch?.path ?? ""}`,
        `--debounce=${debounceMs}ms`,
        "--",
        ...child,
      ],
    }),
  }, {
    name: FLOOR,
    skills: ["init"],
    launch: ({ child }) => ({ argv: [floor, ...child] }),
  }];
}

function init(name: string, ...options: string[]): Tool {
  return {
    name,
    skills: ["init"],
    launch: ({ child }) => ({ argv: [name, ...options, ...child] }),
  };
}

const entr: Tool = {
  name: "entr",
  skills: ["watch", "restart"],
  launch: ({ child, watch }) => ({
    argv: ["entr", "-n", "-r", ...child],
    stdin: (watch?.files ?? [child[0]]).join("\n") + "\n",
  }),
};

const inotifyLoop: Tool = {
  name: "inotifywait loop",
  skills: ["watch", "restart"],
  launch: ({ child, watch, scratch }) => {
    const directory = watch?.directory ?? scratch.replace(/\/[^/]*$/, "");
    const key = watch === undefined || watch.path === directory
      ? ""
      : watch.path.replace(/.*\//, "");
    return { argv: ["bash", "-c", LOOP, "loop", directory, key, ...child] };
  },
};

const supervisor: Tool = {
  name: "supervisor",
  skills: ["init", "restart"],
  launch: ({ child, scratch }) => {
    Deno.writeTextFileSync(
      scratch,
      `[supervisord]
nodaemon=true
logfile=/dev/null
logfile_maxbytes=0
pidfile=${scratch}.pid
[unix_http_server]
file=${scratch}.sock
[supervisorctl]
serverurl=unix://${scratch}.sock
[rpcinterface:supervisor]
supervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface
[program:child]
command=${child.join(" ")}
startsecs=0
`,
    );
    return { argv: ["supervisord", "-c", scratch] };
  },
  restart: ({ scratch }) => [
    "supervisorctl",
    "-c",
    scratch,
    "restart",
    "child",
  ],
};

const nodemon = (program: string): Tool => ({
  name: "nodemon",
  skills: ["watch", "restart"],
  launch: ({ child, watch, scratch, debounceMs }) => ({
    argv: [
      "node",
      program,
      ..."--quiet --no-stdin --signal SIGTERM --ext * --delay".split(" "),
      `${Math.max(1, debounceMs)}ms`,
      "--watch",
      watch?.path ?? scratch,
      "--exec",
      child.join(" "),
    ],
  }),
});

/** Debian's packages, and the arguments that print a version. */
const PACKAGED: readonly {
  readonly tool: Tool;
  readonly command: string;
  readonly package: string;
  readonly version: readonly string[];
}[] = [
  {
    tool: init("tini", "--"),
    command: "tini",
    package: "tini",
    version: ["--version"],
  },
  {
    tool: init("dumb-init", "--"),
    command: "dumb-init",
    package: "dumb-init",
    version: ["--version"],
  },
  {
    tool: init("catatonit", "--"),
    command: "catatonit",
    package: "catatonit",
    version: ["--version"],
  },
  { tool: entr, command: "entr", package: "entr", version: [] },
  {
    tool: inotifyLoop,
    command: "inotifywait",
    package: "inotify-tools",
    version: ["--help"],
  },
  {
    tool: supervisor,
    command: "supervisord",
    package: "supervisor",
    version: ["--version"],
  },
];

/** Looks for every peer; `modules` is a directory for those from npm. */
export async function findPeers(modules: string): Promise<Candidate[]> {
  const found: Candidate[] = [];
  for (const { tool, command, version } of PACKAGED) {
    const there = await onPath(command) &&
      (tool !== inotifyLoop || await onPath("bash"));
    found.push({
      name: tool.name,
      version: there ? await versionOf(command, version) : "",
      tool: there ? tool : undefined,
    });
  }
  const program = `${modules}/node_modules/nodemon`;
  const manifest = await Deno.readTextFile(`${program}/package.json`)
    .catch(() => undefined);
  const there = manifest !== undefined && await onPath("node");
  found.push({
    name: "nodemon",
    version: there ? String(JSON.parse(manifest).version) : "",
    tool: there ? nodemon(`${program}/bin/nodemon.js`) : undefined,
  });
  return found;
}

/** Installs what is missing; a failure is only reported. */
export async function installPeers(modules: string): Promise<void> {
  const packages = PACKAGED.map((one) => one.package);
  const env = { DEBIAN_FRONTEND: "noninteractive" };
  const options = ["install", "--yes", "--quiet", "--no-install-recommends"];
  const attempt = async (what: string, argv: readonly string[]) => {
    const [command, ...args] = argv;
    await must(what, command, args, { env }).catch((error) =>
      console.error(`bench: ${message(error)}`)
    );
  };
  await attempt("update the package lists", ["apt-get", "update", "--quiet"]);
  await attempt("install the peers", ["apt-get", ...options, ...packages]);
  if (!await onPath("npm")) return;
  await Deno.mkdir(modules, { recursive: true });
  const npm = "npm install --silent --no-audit --no-fund --prefix".split(" ");
  await attempt("install nodemon", [...npm, modules, "nodemon@3"]);
}

async function versionOf(
  command: string,
  args: readonly string[],
): Promise<string> {
  const { stdout, stderr } = await run(command, args);
  return /\d+(\.\d+)+/.exec(stdout + stderr)?.[0] ?? "";
}
