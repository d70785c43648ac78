/** `--check-command`: a new configuration is approved before the child is touched. */
import { deepEqual, equal, ok } from "node:assert/strict";
import { type Bench, needing, row, Stalled } from "./bench.ts";
import { INIT, superviseAsInit } from "./init.ts";
import { isAlive } from "./processes.ts";
import {
  change,
  gone,
  linesOf,
  loggedAtMs,
  NO_CHANGE_MS,
  POLLS,
  QUICK,
  records,
  refuses,
  runsOn,
  script,
  verified,
} from "./reloads.ts";
import { until } from "./until.ts";

/** Approves what does not hold "bad", and keeps a line for each content that it has seen. */
function checker(bench: Bench): { check: string; seen: () => string[] } {
  const list = bench.path("checked");
  const path = script(
    bench,
    "check",
    `cat "$1" >> ${list}; echo >> ${list}
     grep -q bad "$1" || exit 0
     echo "unknown directive"; echo "in line 7" >&2; exit 3`,
  );
  return {
    check: `--check-command=${path} {config}`,
    seen: () => linesOf(list),
  };
}

/** A manager with that check on "first", the child ready. */
async function checked(bench: Bench, ...options: readonly string[]) {
  const { check, seen } = checker(bench);
  const running = await bench.onFile({
    options: [QUICK, POLLS, check, ...options],
  });
  return { ...running, seen };
}

const REJECTED = "New configuration rejected: ";

/** A check that notes its own process and that of a helper, and hangs on "slow". */
const hanging = (bench: Bench) =>
  `--check-command=${
    script(
      bench,
      "check",
      `grep -q slow "$1" || exit 0
       sleep 1000 & echo "$! $$" > ${bench.path("pids")}; wait`,
    )
  } {config}`;

/** The processes of the check that hangs. */
const hangingPids = (bench: Bench): Promise<number[]> =>
  until("the check's processes", () => {
    const [line] = linesOf(bench.path("pids"));
    return line?.split(" ").map(Number);
  });

Deno.test(
  row(
    "1 check: what it approves is taken, and the first start is checked too",
    async (bench) => {
      const { file, manager, seen } = await checked(bench);
      deepEqual(seen(), ["first"]);
      change(file, "second");
      await runsOn(manager, "second", 2);
      deepEqual(seen(), ["first", "second"]);
      equal(manager.log.count("New configuration accepted"), 2);
      equal(manager.log.count(/ (WARN|ERROR): /), 0);
    },
  ),
);

Deno.test(
  row(
    "1 check: what it rejects leaves the child alone, is explained and not tried again",
    async (bench) => {
      const { file, manager, seen } = await checked(bench);
      change(file, "bad");
      await manager.log.wait(
        /WARN: .*New configuration rejected: the check ended with exit status 3; the child keeps its last configuration until it changes again$/,
      );
      await manager.log.wait(/WARN: .*Check output: unknown directive$/);
      await manager.log.wait(/WARN: .*Check output: in line 7$/);
      await manager.nothingHappens(NO_CHANGE_MS);
      // The same content written once more, and a touch.
      change(file, "bad");
      await manager.nothingHappens(NO_CHANGE_MS);
      deepEqual(seen(), ["first", "bad"]);
      equal(manager.log.count(REJECTED), 1);
      ok(isAlive(manager.childPid));
    },
  ),
);

Deno.test(
  row(
    "1 check: good, bad, good again does nothing; bad again is rejected again; other good is taken",
    async (bench) => {
      const { file, manager, seen } = await checked(bench);
      await verified(manager, file);
      change(file, "bad");
      await manager.log.wait(REJECTED);
      change(file, "first");
      await manager.log.wait("File content is the running child's again");
      await manager.nothingHappens(NO_CHANGE_MS);
      change(file, "bad");
      await manager.log.wait(REJECTED, { nth: 2 });
      change(file, "worse: bad");
      await manager.log.wait(REJECTED, { nth: 3 });
      manager.expectStarts(1);
      change(file, "second");
      await runsOn(manager, "second", 2);
      deepEqual(seen(), ["first", "bad", "bad", "worse: bad", "second"]);
    },
  ),
);

Deno.test(
  row(
    "1 check: one that hangs is killed with its group, and counts as a rejection",
    async (bench) => {
      const { file, manager } = await bench.onFile({
        options: [
          QUICK,
          hanging(bench),
          "--check-timeout=3s",
          "--log-format=json",
        ],
      });
      change(file, "slow");
      await manager.log.wait(
        `${REJECTED}the check took longer than 3s; the child keeps`,
      );
      const hadMs = loggedAtMs(manager, REJECTED) -
        loggedAtMs(manager, "File change detected");
      ok(hadMs >= 2_990, `The check had ${hadMs} ms`);
      if (linesOf(bench.path("pids")).length === 0) {
        throw new Stalled("The check had not begun by then");
      }
      const pids = await hangingPids(bench);
      await Promise.all(pids.map(gone));
      manager.expectStarts(1);
      change(file, "second");
      await runsOn(manager, "second", 2);
    },
  ),
);

Deno.test(
  row(
    "1 check: content that changes meanwhile ends the check, and is checked itself",
    async (bench) => {
      const { file, manager } = await bench.onFile({
        options: [QUICK, hanging(bench)],
      });
      change(file, "slow");
      const pids = await hangingPids(bench);
      change(file, "second");
      await Promise.all(pids.map(gone));
      await runsOn(manager, "second", 2);
      equal(manager.log.count(/ (WARN|ERROR): /), 0);
      equal(manager.log.count("accepted"), 2);
    },
  ),
);

Deno.test(
  row("1 check: TERM during a check ends it with the child", async (bench) => {
    const { file, manager } = await bench.onFile({
      options: [QUICK, hanging(bench)],
    });
    change(file, "slow");
    const pids = await hangingPids(bench);
    equal(await manager.stop(), 0);
    await Promise.all(pids.map(gone));
  }),
);

Deno.test(
  row(
    "1 check: TERM during the check before the first start ends with 0",
    async (
      bench,
    ) => {
      const file = bench.write("app.conf", "slow");
      const manager = bench.supervise({
        config: [file],
        options: [hanging(bench)],
      });
      const pids = await hangingPids(bench);
      equal(await manager.stop(), 0);
      await Promise.all(pids.map(gone));
      manager.expectStarts(0);
    },
  ),
);

Deno.test(
  row(
    "1 check: at start a failure is exit 1 with the check's words, and no child",
    async (bench) => {
      const file = bench.write("app.conf", "bad");
      const { check } = checker(bench);
      const manager = bench.supervise({ config: [file], options: [check] });
      const errors = await refuses(
        manager,
        1,
        "Cannot start child process: configuration rejected: the check ended with exit status 3",
      );
      equal(errors.length, 3);
      ok(errors[1].endsWith("Check output: unknown directive"));
      ok(errors[2].endsWith("Check output: in line 7"));
    },
  ),
);

Deno.test(
  row(
    "1 check: --check-at-start=warn says so and starts on it",
    async (bench) => {
      const file = bench.write("app.conf", "bad");
      const { check, seen } = checker(bench);
      const manager = bench.supervise({
        config: [file],
        options: [QUICK, POLLS, check, "--check-at-start=warn"],
      });
      await manager.out.wait("config: bad");
      await manager.ready();
      await manager.log.wait(
        /WARN: .*Configuration rejected: the check ended with exit status 3; starting on it all the same$/,
      );
      await manager.log.wait("Check output: unknown directive");
      await manager.nothingHappens(NO_CHANGE_MS);
      deepEqual(seen(), ["bad"]);
      change(file, "good");
      await runsOn(manager, "good", 2);
    },
  ),
);

Deno.test(
  row(
    "1 check: a program that is not there is exit 1 at start",
    async (bench) => {
      const file = bench.write("app.conf", "first");
      const manager = bench.supervise({
        config: [file],
        options: ["--check-command=/no/such/check {config}"],
      });
      const errors = await refuses(
        manager,
        1,
        "configuration rejected: the check could not be started: ",
      );
      equal(errors.length, 1);
    },
  ),
);

Deno.test(
  row("1 check: a program that is gone later is a rejection", async (bench) => {
    const { file, manager } = await checked(bench);
    Deno.removeSync(bench.path("check"));
    change(file, "second");
    await manager.log.wait(`${REJECTED}the check could not be started: `);
    await manager.nothingHappens(NO_CHANGE_MS);
    equal(manager.log.count(REJECTED), 1);
  }),
);

Deno.test(
  row("1 check: a JSON array is taken word by word, {config} filled in", async (
    bench,
  ) => {
    const words = bench.path("words");
    const { file } = await bench.onFile({
      options: [
        `--check-command=${
          JSON.stringify([
            "sh",
            "-c",
            `printf '%s\\n' "$@" > ${words}`,
            "sh",
            "a  b'c",
            "$HOME",
            "x={config}={other}",
          ])
        }`,
      ],
    });
    deepEqual(linesOf(words), ["a  b'c", "$HOME", `x=${file}={other}`]);
  }),
);

Deno.test(
  row(
    "1 check: it has the variables that the child would have, and no stdin",
    async (bench) => {
      const said = bench.path("said");
      const check = script(
        bench,
        "check",
        `echo "$COLOUR $(cat | wc -c)" > ${said}`,
      );
      await bench.onFile({
        options: [`--check-command=${check}`, "--env=COLOUR=red {config}"],
      });
      deepEqual(linesOf(said), [`red ${bench.path("app.conf")} 0`]);
    },
  ),
);

Deno.test(
  row(
    "1 check: after a crash a bad configuration is started all the same, and said so",
    async (bench) => {
      const { file, manager, seen } = await checked(
        bench,
        "--restart=always",
        "--backoff=10ms..20ms",
      );
      change(file, "bad");
      await manager.log.wait(REJECTED);
      await manager.killChild("SIGKILL");
      await runsOn(manager, "bad", 2);
      await manager.log.wait("starting on it all the same");
      deepEqual(seen(), ["first", "bad", "bad"]);
    },
  ),
);

Deno.test(
  row(
    "1 check: as PID 1, where orphans are reaped, its exit code is its own",
    needing(
      INIT,
      async (bench) => {
        const { check, seen } = checker(bench);
        const file = bench.write("app.conf", "first");
        const manager = await superviseAsInit(bench, {
          config: [file],
          options: [QUICK, check],
        });
        await manager.ready();
        for (let nth = 1; nth <= 5; nth++) {
          change(file, `bad ${nth}`);
          await manager.log.wait(
            `${REJECTED}the check ended with exit status 3`,
            {
              nth,
            },
          );
        }
        change(file, "second");
        await runsOn(manager, "second", 2);
        equal(seen().length, 7);
      },
    ),
  ),
);

Deno.test(row("1 check: its lines in a JSON log", async (bench) => {
  const { file, manager } = await checked(bench, "--log-format=json");
  change(file, "bad");
  await manager.log.wait("in line 7");
  const [rejected] = records(manager, "New configuration rejected");
  equal(rejected.level, "warn");
  equal(rejected.detail, "the check ended with exit status 3");
  deepEqual(
    records(manager, "Check output").map(({ line }) => line),
    ["unknown directive", "in line 7"],
  );
}));
