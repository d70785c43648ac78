/** `--snapshot-dir`: what is used is what was verified, whoever damages it or changes it meanwhile. */
import { deepEqual, equal, match, ok } from "node:assert/strict";
import { type Bench, needing, row, Stalled } from "./bench.ts";
import type { Manager } from "./harness.ts";
import { change, POLLS, QUICK, runsOn, script } from "./reloads.ts";
import { until } from "./until.ts";
import { serve } from "../fixtures/server.ts";

/** Prints its content at the start and on USR1; what `body` says comes in between. */
const program = (bench: Bench, body = "") =>
  script(
    bench,
    "program",
    `trap 'echo "again: $(cat "$1")"' USR1
     content=$(cat "$1")
     echo "config: $content"
     echo "where: $1"
     ${body}
     echo "ready pid=$$"
     while :; do sleep 0.05; done`,
  );

/** Changes every file that is saved, as a program of our user can. */
const DAMAGE = (directory: string, content: string) =>
  `chmod -R u+w ${directory}
   find ${directory} -type f | while read -r one; do echo ${content} > "$one"; done`;

const ONCE = (bench: Bench, body: string) =>
  `[ -e ${bench.path("done")} ] || { touch ${bench.path("done")}; ${body}
   exit 3; }`;

const REVIVED = ["--restart=always", "--backoff=10ms..10ms"];

interface Saving {
  readonly file: string;
  readonly directory: string;
  readonly manager: Manager;
}

/** A manager with copies of "first". */
function saving(
  bench: Bench,
  body: (directory: string) => string,
  ...options: readonly string[]
): Saving {
  const file = bench.write("app.conf", "first");
  const directory = bench.path("copies");
  const manager = bench.run([
    `--config=${file}`,
    `--snapshot-dir=${directory}`,
    QUICK,
    POLLS,
    ...options,
    "--",
    program(bench, body(directory)),
    "{config}",
  ]);
  return { file, directory, manager };
}

const contents = (manager: Manager, what = "config: ") =>
  manager.out.matches(what).map(({ text }) => text.slice(what.length));

/** The saved contents in DIR, wherever they are in it. */
const saved = (directory: string): string[] =>
  [...Deno.readDirSync(directory)].flatMap(({ name, isDirectory }) =>
    !isDirectory
      ? []
      : /^[0-9a-f]{64}$/.test(name)
      ? [name]
      : saved(`${directory}/${name}`)
  );

Deno.test(
  row(
    "2 saved copies: a child that damages its own configuration and ends is started on what was saved",
    async (bench) => {
      const { manager } = saving(
        bench,
        (directory) => ONCE(bench, DAMAGE(directory, "damaged")),
        ...REVIVED,
      );
      await manager.out.wait("config: ", { nth: 2 });
      deepEqual(contents(manager), ["first", "first"]);
      await manager.log.wait(
        /WARN: .*was damaged: .*; saving the configuration again$/,
      );
      equal(manager.log.count("was damaged"), 1);
      equal(await manager.stop(), 0);
    },
  ),
);

Deno.test(
  row(
    "2 saved copies: what an interpreter leaves beside what it reads damages no copy",
    async (bench) => {
      // As Python does for root, who may write where nobody else may.
      const check = script(
        bench,
        "check",
        `mkdir "$(dirname "$1")/__pycache__"
         echo code > "$(dirname "$1")/__pycache__/app.cpython-311.pyc"`,
      );
      const { file, manager } = saving(
        bench,
        () => `echo more > "$(dirname "$1")/app.pyc"`,
        `--check-command=${check} {config}`,
      );
      await manager.out.wait("config: first");
      change(file, "second");
      await runsOn(manager, "second", 2);
      change(file, "first");
      await runsOn(manager, "first", 3);
      equal(manager.log.count("was damaged"), 0);
      equal(await manager.stop(), 0);
    },
  ),
);

Deno.test(
  row(
    "2 saved copies: what damages a copy between its reading and the start is noticed",
    async (bench) => {
      const [up, done] = [bench.path("up"), bench.path("done")];
      // Asked before the start, so that a yes without the child is no sign.
      const probe = script(
        bench,
        "probe",
        `[ -e ${up} ] && exit 0
         [ -e ${done} ] || { touch ${done}; ${
          DAMAGE(bench.path("copies"), "damaged")
        }; }
         exit 1`,
      );
      const { manager } = saving(
        bench,
        () => `touch ${up}`,
        `--ready=exec:${probe}`,
        "--ready-interval=50ms",
      );
      await manager.log.wait("is ready after");
      deepEqual(contents(manager), ["first"]);
      equal(manager.log.count("was damaged"), 1);
      equal(await manager.stop(), 0);
    },
  ),
);

Deno.test(
  row(
    "2 saved copies: a good copy that a bad child has damaged is not rolled back to",
    async (bench) => {
      const { file, manager } = saving(
        bench,
        (directory) =>
          `case $content in bad) ${DAMAGE(directory, "damaged")}
           exit 7 ;; esac`,
        "--ready=log:^ready",
        "--ready-timeout=1h",
      );
      await manager.log.wait("is ready after");
      change(file, "bad");
      await manager.log.wait("Rolling back");
      await manager.log.wait(/WARN: .*was damaged: .*; saving the configu/);
      // Nothing else is left than what the paths hold.
      equal(await manager.exitCode(), 7);
      deepEqual(contents(manager), ["first", "bad", "bad"]);
      equal(manager.log.count("on the last good configuration"), 0);
    },
  ),
);

Deno.test(
  row(
    "2 saved copies: an action is not done with a copy that its check has changed",
    async (bench) => {
      const check = script(
        bench,
        "check",
        `grep -q first "$1" || { chmod u+w "$1"; echo damaged > "$1"; }`,
      );
      const { file, manager } = saving(
        bench,
        () => "",
        "--on-change=signal:USR1",
        "--ready=log:^ready",
        `--check-command=${check} {config}`,
      );
      await manager.log.wait("is ready after");
      change(file, "second");
      await manager.log.wait(/WARN: .*was damaged: .*; trying again in 30s$/);
      equal(manager.out.count("again: "), 0);
      equal(await manager.stop(), 0);
    },
  ),
);

Deno.test(
  row(
    "2 saved copies: copies that an earlier manager's child has damaged are not used by the next manager",
    async (bench) => {
      const first = saving(bench, () => "");
      await first.manager.ready();
      await first.manager.stop();
      for (const digest of saved(first.directory)) {
        // The bytes are right, and somebody can still change them.
        for (const place of [first.directory, `${first.directory}/copies`]) {
          try {
            Deno.chmodSync(`${place}/${digest}/app.conf`, 0o666);
          } catch {
            // It is in the other one.
          }
        }
      }
      const { directory, manager } = saving(bench, () => "");
      await manager.ready();
      const { mode } = Deno.statSync(`${directory}/current/app.conf`);
      equal((mode ?? 0) & 0o022, 0);
      equal(await manager.stop(), 0);
    },
  ),
);

const AS_ROOT = Deno.uid() === 0 ? {} : { missing: "another user needs root" };
const OTHER = 12_345;

/** Another user takes away what is in a directory that all may write to, and puts in its own under the same names. */
async function plant(bench: Bench, directory: string): Promise<void> {
  const paths: string[] = [];
  const collect = (below: string) => {
    for (const { name, isDirectory, isSymlink } of Deno.readDirSync(below)) {
      const path = `${below}/${name}`;
      if (isDirectory) collect(path);
      else if (isSymlink) collect(Deno.realPathSync(path));
      else paths.push(path);
      if (isSymlink) paths.push(`${path}/app.conf`);
    }
  };
  collect(directory);
  const lines = paths.map((path) =>
    `mkdir -p ${path.slice(0, -"/app.conf".length)} && echo planted > ${path}`
  );
  const attack = script(
    bench,
    "attack",
    // Within one directory it needs no right of its own to move another one.
    `cd ${directory}; for one in *; do mv $one $one.away || exit; done
${lines.join("\n")}`,
  );
  const { success, stderr } = await new Deno.Command("setpriv", {
    args: [`--reuid=${OTHER}`, `--regid=${OTHER}`, "--clear-groups", attack],
  }).output();
  ok(success, new TextDecoder().decode(stderr));
}

Deno.test(
  row(
    "2 saved copies: what another user has planted in a directory for all is not run, which is said once",
    needing(AS_ROOT, async (bench) => {
      const directory = bench.mkdir("copies");
      Deno.chmodSync(directory, 0o777);
      const { manager } = saving(bench, () => "", ...REVIVED);
      await manager.ready();
      await plant(bench, directory);
      await manager.killChild("SIGKILL");
      await manager.log.wait(
        /WARN: .*belongs to user 12345; saving the configuration again$/,
      );
      await runsOn(manager, "first", 2);
      equal(
        manager.log.count(`Snapshot directory ${directory} has mode 0777`),
        1,
      );
      equal(await manager.stop(), 0);
    }),
  ),
);

Deno.test(
  row(
    "2 saved copies: a directory or a link of another user is refused in one line",
    needing(AS_ROOT, async (bench) => {
      const theirs = bench.mkdir("theirs");
      Deno.chownSync(theirs, OTHER, OTHER);
      Deno.symlinkSync(bench.mkdir("ours"), bench.path("link"));
      await new Deno.Command("chown", {
        args: ["-h", `${OTHER}`, bench.path("link")],
      }).output();
      const file = bench.write("app.conf", "first");
      for (
        const [name, why] of [
          ["theirs", "it belongs to user 12345; use a directory of your own"],
          ["link", "it is a link of user 12345; use a directory of your own"],
        ]
      ) {
        const manager = bench.supervise({
          config: [file],
          options: [`--snapshot-dir=${bench.path(name)}`],
        });
        equal(await manager.exitCode(), 1);
        const errors = manager.log.matches("ERROR: ").map(({ text }) => text);
        equal(errors.length, 1);
        match(
          errors[0],
          new RegExp(`Cannot use snapshot directory .*: ${why}$`),
        );
        manager.expectStarts(0);
        const check = bench.run([
          "check",
          `--config=${file}`,
          `--snapshot-dir=${bench.path(name)}`,
          "--",
          bench.child,
        ]);
        equal(await check.exitCode(), 1);
        ok(check.out.count(why) + check.log.count(why) === 1);
      }
    }),
  ),
);

const OVERLAP = [
  "--strategy=overlap",
  "--ready=log:^ready",
  "--ready-timeout=1h",
];

Deno.test(
  row(
    "5 saved copies: during an overlap the old child finds what it has, and so does everybody else",
    async (bench) => {
      const go = bench.path("go");
      const { file, directory, manager } = saving(
        bench,
        () =>
          `[ "$content" = first ] || while [ ! -e ${go} ]; do sleep 0.02; done`,
        ...OVERLAP,
      );
      await manager.log.wait("is ready after");
      const old = manager.childPid;
      change(file, "second");
      await manager.out.wait("config: second");
      const current = () =>
        Deno.readTextFileSync(`${directory}/current/app.conf`);
      equal(current(), "first");
      Deno.kill(old, "SIGUSR1");
      await manager.out.wait("again: ");
      deepEqual(contents(manager, "again: "), ["first"]);
      bench.write("go", "");
      await manager.log.wait("is ready after", { nth: 2 });
      await until("the new content", () => current() === "second" || undefined);
      const [first, second] = contents(manager, "where: ");
      ok(first !== second);
      equal(await manager.stop(), 0);
    },
  ),
);

Deno.test(
  row(
    "3 saved copies: between the attempts of a request that fails the child finds what it has",
    async (bench) => {
      let answers = 0;
      const server = serve({
        port: 0,
        hostname: "127.0.0.1",
        onListen: () => {},
      }, () => {
        answers++;
        return new Response("", { status: 500 });
      });
      try {
        const { file, directory, manager } = saving(
          bench,
          () => "",
          `--on-change=http:POST:http://127.0.0.1:${server.addr.port}/`,
          "--ready=log:^ready",
        );
        await manager.log.wait("is ready after");
        change(file, "second");
        await manager.log.wait("Cannot apply the new configuration yet");
        await manager.killChild("SIGUSR1");
        await manager.out.wait("again: ");
        if (answers > 1) throw new Stalled("The pause was over");
        deepEqual(contents(manager, "again: "), ["first"]);
        equal(Deno.readTextFileSync(`${directory}/current/app.conf`), "first");
        equal(await manager.stop(), 0);
      } finally {
        await server.end();
      }
    },
  ),
);

Deno.test(
  row(
    "3 saved copies: a program that fails has seen the candidate, and all others find what the child has",
    async (bench) => {
      const { file, directory, manager } = saving(
        bench,
        () => "",
        `--on-change=exec:${
          script(
            bench,
            "reload",
            `cat "$1" > ${bench.path("seen")}
             cat ${bench.path("copies/current/app.conf")} > ${
              bench.path("current")
            }
             exit 5`,
          )
        } {config}`,
        "--ready=log:^ready",
      );
      await manager.log.wait("is ready after");
      change(file, "second");
      await manager.log.wait(
        "Cannot apply the new configuration: exit status 5",
      );
      equal(Deno.readTextFileSync(bench.path("seen")), "second");
      equal(Deno.readTextFileSync(bench.path("current")), "first");
      await manager.killChild("SIGUSR1");
      await manager.out.wait("again: ");
      deepEqual(contents(manager, "again: "), ["first"]);
      equal(Deno.readTextFileSync(`${directory}/current/app.conf`), "first");
      equal(await manager.stop(), 0);
    },
  ),
);

// More than a few soon after another, and the quiet window grows.
const CHANGES = 5;
const COPIES_MAX = 4;

Deno.test(
  row(
    "2 saved copies: there are four at most, however often the content changes before a child has proven itself",
    async (bench) => {
      const { file, directory, manager } = saving(
        bench,
        () => "",
        "--ready-timeout=1h",
      );
      await manager.ready();
      let most = 0;
      for (let at = 0; at < CHANGES; at++) {
        change(file, `content ${at}`);
        // Each child has to speak before the next change may stop it.
        await runsOn(manager, `content ${at}`, at + 2);
        most = Math.max(most, saved(directory).length);
      }
      ok(most <= COPIES_MAX, `${most} copies`);
      equal(await manager.stop(), 0);
    },
  ),
);
