/**
 * What each option and each subcommand means, in whole sentences and in Markdown:
 * for docs/reference.md and the manual page. What `--help` says, the names and the
 * defaults are in src/cli; these texts are no part of the executable.
 */
import type { OptionName } from "../src/cli/options.ts";
import type { SubcommandName } from "../src/cli/first_word.ts";

export interface Meaning {
  /** A cell of the reference's table. */
  readonly text: string;
  /** What the manual page adds; the reference has it in the text below its table. */
  readonly more?: string;
}

export const MEANINGS: Readonly<Record<OptionName, Meaning>> = {
  "settings": {
    text:
      "A file in YAML or JSON that gives values for the options below; their names are its keys, and `args` is a list of the program's arguments. Options and variables take precedence over it. See [settings file](#settings-file).",
  },
  "command": {
    text:
      "The program to run. With this option, every positional argument is an argument of the program.",
  },
  "workdir": {
    text:
      "The directory in which the child, checks, hooks, actions and probes run, with `PWD` set to it. Without this option, it is the manager's own working directory.",
  },
  "oom-score-adj": {
    text:
      "The `oom_score_adj` that the child begins with: a number from -1000 to 1000, `inherit`, or `auto` for a value that makes the OOM killer prefer the child. See [memory limits](#memory-limits).",
  },
  "restart": {
    text:
      "What to do when the program ends by itself. `never`: end with the program's exit code. `on-failure`: start it again unless it ended with 0; `on-failure:5`: five times in all. `always`: start it again.",
  },
  "backoff": {
    text:
      "The pause before the program is started again after it ended by itself. The pause begins with FIRST and doubles each time up to MAX, with a random 10 % more or less. After a run of one minute it begins with FIRST again.",
    more:
      "A change during the pause ends it when the content has been unchanged for the quiet window and its turn has come; content that changed before the pause is used after it.",
  },
  "max-restarts": {
    text:
      "At most N starts after the program ended by itself within WINDOW (`5/10m`), or N in all (`5`). After that, end with the program's exit code. Not together with `--restart on-failure:N`, which is such a number.",
  },
  "before-start": {
    text:
      "A command that runs before every start of the child, after `--wait-for` and the check, and must end with 0 (a migration, the removal of a stale lock). With `--strategy overlap` it runs while the old child still runs. See [hooks](#hooks).",
    more:
      "Its failure is a failed start: new content is given up for the last good one, in an overlap it is rejected, and otherwise `--restart` and `--max-restarts` decide as for a crash; with `--restart never` the manager ends with 1. A request to stop sends SIGTERM to its process group at once, and SIGKILL a second later.",
  },
  "before-start-timeout": {
    text:
      "How long `--before-start` may take. After that it is ended and counts as failed.",
  },
  "after-exit": {
    text:
      "A command that runs after every end of a child and its process group. `FLUSH_MANAGER_EXIT_CODE`, `FLUSH_MANAGER_EXIT_SIGNAL` and `FLUSH_MANAGER_EXIT_REASON` say how and why that has ended. Its own failure is a line in the log. See [hooks](#hooks).",
  },
  "after-exit-timeout": {
    text:
      "How long `--after-exit` may take; after that it is killed. When the manager was asked to stop, it has what is left of `--stop-timeout`, and is not run if that is nothing.",
  },
  "config": {
    text:
      'A file or directory to watch, or a pattern for files in a directory (`conf.d/*.yaml`). `PATH=ACTION` gives this path an action of its own. Repeatable. `""` watches nothing. See [patterns](#patterns).',
    more:
      "The last part of a path may be a pattern; a path that exists is taken as it is written. The files that match are followed as they come and go, and {config} is their directory. A path that does not exist yet is watched until it appears; the default path is not watched where it does not exist. Of one path that is given twice, the last action counts.",
  },
  "ignore": {
    text:
      "A pattern for what does not count below a watched directory, added to a default list of what editors and interpreters leave there. Repeatable; the empty value takes back all patterns before it, the default list included. See [patterns](#patterns).",
    more:
      "A pattern without a slash is for the name of any entry, one with a slash at its end for directories alone, and one with a slash elsewhere for the path in the watched directory. A directory that is ignored is not read, and what is ignored is not in a saved copy.",
  },
  "compare": {
    text:
      "What counts as a change. `content`: different content. `metadata`: a different mtime or inode.",
  },
  "debounce": {
    text:
      "The quiet window: how long no watched path may change before a change is confirmed. `auto`: no quiet window for a file that was replaced as a whole, and 500ms for a file that was written in place.",
    more:
      "Before a start, content that changed while no program was running must also be unchanged for one quiet window.",
  },
  "debounce-max": {
    text:
      "The longest time that further writes can delay a change. A file over 1 MiB that is still growing can delay it up to 12 times as long. A longer `--debounce` takes precedence.",
  },
  "poll-interval": {
    text:
      "How often the watched paths are read again without a file system event.",
  },
  "verify-interval": {
    text:
      "How often files are read again whose metadata have not changed; `0` is never. Of each path up to 16 MiB and 2,000 files are read in an interval: what is more takes several.",
  },
  "on-change": {
    text:
      "How a change is put into effect: `restart`, `signal:HUP`, `exec:COMMAND`, `http:POST:URL` (also GET and PUT) or `none`. `--config PATH=ACTION` sets it for one path.",
    more:
      "`signal:` sends the signal to the process group when the child is ready. `exec:` runs a program, 0 is success. `http:` (GET, POST or PUT) makes a request, up to five times until the answer is a 2xx; options of one request follow its URL, each behind a blank: `timeout=`, `retries=`, `status=`, `header-file=`, `tls=insecure` and `ca=FILE`. `none` only reports the change. When several paths change at once, their actions run one after the other, each once, in the order of `--config`; a restart among them is taken alone. A failure ends them, and all of them are repeated when the candidate is tried again.",
  },
  "http-timeout": {
    text:
      "How long one attempt of an `http:` action may take. `timeout=` behind a URL sets it for one.",
  },
  "http-retries": {
    text:
      "How many further attempts an `http:` action has, after 1, 2, 4, 8, 8 ... seconds. `retries=` behind a URL sets it for one.",
  },
  "http-status": {
    text:
      "Which status of the answer is success for an `http:` action: one, a range or a class (`204`, `200-204`, `2xx`). Redirects are never followed. `status=` behind a URL sets it for one.",
  },
  "http-header-file": {
    text:
      "A file with headers for `http:` actions, a line `Name: value` for each, for tokens. It is read at each attempt; its values are never logged. `header-file=` behind a URL names one for that request alone.",
    more:
      "Empty lines, and lines that begin with `#`, are left out. `Host`, `Connection`, `Content-Length` and `Transfer-Encoding` are the request's own. A header of the file wins over a password in the URL. Mode and owner of the file do not matter.",
  },
  "check-command": {
    text:
      "A command that must end with 0 before a candidate is used, also before the first start. `{config}` stands for the path.",
    more:
      "If the command ends with another code, the child keeps running, and the content is not tried again until a watched path changes. If it takes too long, is killed or cannot be started, see `--retry-rejected`.",
  },
  "check-timeout": {
    text:
      "How long the check may take. After that it is killed and counts as failed.",
  },
  "check-at-start": {
    text:
      "What to do when the check before the first start fails. `fail`: end with 1. `warn`: log a WARN and start the child.",
  },
  "snapshot-dir": {
    text:
      "Save a copy of each candidate in DIR, run the child on the copy (`{config}`), and return to the last good content when the child fails on a new one.",
    more:
      "DIR and its missing parents are made with mode 0700, also later; copies are for our user alone, to be read only, and are verified before each use. DIR belongs to one manager at a time, and must not be inside a watched path or contain one.",
  },
  "retry-rejected": {
    text:
      "When a candidate is tried again that circumstances rejected. `FIRST..MAX`: the wait begins with FIRST and doubles with each failure in a row up to MAX. `never`: not until it changes. A candidate that its check refused is never tried again.",
  },
  "strategy": {
    text:
      "`stop-start`: stop the old child, then start the next one. `overlap`: start the next child, and stop the old one when the next one is ready. Overlap needs `--ready`.",
  },
  "drain-delay": {
    text:
      "The time between the decision to stop the child and the stop signal. flush-manager announces it only in the log.",
    more: "A second SIGTERM ends the delay.",
  },
  "min-interval": { text: "The minimum time between two reloads." },
  "splay": {
    text:
      "Delay each reload by a fixed fraction of this duration, derived from the host name, so that replicas do not reload at the same time.",
  },
  "fleet": {
    text:
      "Take turns with the other managers of this group before a reload that the child hears of. The turns are Leases of Kubernetes in the pod's namespace, or files of `--fleet-dir`.",
    more:
      "The first start and starts after a crash never wait. See [docs/fleet.md](fleet.md).",
  },
  "fleet-dir": {
    text:
      "Take turns by files in this directory, which all managers of the group share on one host, instead of Leases.",
  },
  "fleet-limit": {
    text:
      "How many managers of the group may reload at the same time. All of them need the same number.",
  },
  "fleet-canary": {
    text:
      "`on`: one manager proves new content before any other uses it: checked, ready, and alive for `--fleet-soak`. Content that fails there is rejected by all others unseen. Without this option: `on` with `--snapshot-dir`, else `off`.",
  },
  "fleet-soak": {
    text:
      "How long the child of the first manager must run on new content before the others may use it.",
  },
  "fleet-settle": {
    text:
      "How long any other manager keeps its turn after its child is ready, as `minReadySeconds` does in a rollout: who sends requests, as a Service by the kubelet's probes, finds out later that the child is ready. Make it at least as long as that takes.",
  },
  "fleet-unreachable": {
    text:
      "What to do when the fleet cannot be asked. `proceed`: reload without a turn after `--fleet-timeout`. `hold`: wait for as long as that takes.",
  },
  "kubernetes-events": {
    text:
      "Tell of reloads by Events of the pod: ConfigReloaded, ConfigRejected, ConfigRolledBack, ReloadFailed and ReloadHeld.",
    more:
      "The service account needs `create` and `patch` on `events.events.k8s.io`. No reload waits for an Event.",
  },
  "kubernetes-condition": {
    text:
      "Set the condition `flush-manager.dev/ConfigCurrent` of the pod when a reload has ended: False after one that was rejected, rolled back or failed.",
    more:
      "The service account needs `patch` on `pods/status`. As a readiness gate it takes a pod that runs well on its last configuration out of its Service, so use it for `kubectl wait` and dashboards.",
  },
  "kubernetes-members": {
    text:
      "Show the other managers of the fleet what this one does, so that `flush-manager fleet` lists them all: what each runs on, and which content it waits with, tries, reloads or rejects.",
    more:
      "It is kept in a Lease for each pod, which ends with the pod. The service account needs `patch`, `create` and `list` on `leases.coordination.k8s.io`, for all of the namespace. With `--fleet-dir` the managers are listed without it.",
  },
  "fleet-timeout": {
    text:
      "How long `--fleet-unreachable=proceed` waits for a fleet that cannot be asked.",
  },
  "ready": {
    text:
      "The sign that a child is ready: `exec:COMMAND`, `tcp:HOST:PORT`, `http:URL`, `file:PATH`, `log:REGEX` or `notify`.",
    more:
      "`exec:` ends with 0, `tcp:` accepts a connection, `http:` answers 2xx, `file:` appears or changes after the start, `log:` matches a line of its output, which goes through pipes then, and `notify` is READY=1 sent to the socket that NOTIFY_SOCKET names (sd_notify(3)). An attempt may take five seconds.",
  },
  "ready-interval": { text: "The pause between two probes." },
  "ready-timeout": {
    text:
      "How long a child may take to become ready. Without `--ready`: how long it must run to count as ready.",
  },
  "ready-threshold": {
    text:
      "The number of consecutive successful probes that is needed (1 to 100). It does not apply to `log` and `notify`, which report once.",
  },
  "live": {
    text:
      "How to know that a child that is ready still works: `exec:COMMAND`, `tcp:HOST:PORT`, `http:URL`, `file:PATH` or `notify`. See [a program that hangs](#a-program-that-hangs).",
    more:
      "`exec:` ends with 0, `tcp:` accepts a connection, `http:` answers 2xx, `file:` exists, and `notify` is WATCHDOG=1 sent to the socket that NOTIFY_SOCKET names, at least as often as WATCHDOG_USEC says (sd_watchdog_enabled(3)). A child is asked while it runs and is ready, and not while it is being replaced or stopped, or told of a change.",
  },
  "live-interval": {
    text:
      "The time from one probe to the next, and from the moment when the child is ready to the first one. With `notify` it is also WATCHDOG_USEC. At least `--live-timeout`.",
  },
  "live-timeout": {
    text:
      "How long an answer may take. With `notify`: how long WATCHDOG=1 may be late.",
  },
  "live-threshold": {
    text:
      "After this many failed probes in a row (1 to 100) the child counts as hanging.",
  },
  "live-action": {
    text:
      "What to do about a child that hangs. `restart`: stop it and start it again after the pause of `--backoff`, also with `--restart never`; `--max-restarts` counts it. `signal:ABRT`: the same, with this signal in place of `--stop-signal`. `exit`: stop it and end with 124.",
    more:
      "The child gets SIGKILL when it has not ended within `--stop-timeout`. A child that hangs on new content is stopped for the last good content, if there is one (`--snapshot-dir`). When `--max-restarts` is used up, flush-manager ends with 124.",
  },
  "listen": {
    text:
      "Open a listening socket for the child at `tcp:HOST:PORT`, `tcp::PORT` (all addresses) or `unix:PATH`; `tcp:` may be left out (`:8080`). The child gets the descriptor's number as `{listen0}`. `,backlog=N` and, for a Unix socket, `,mode=0660` may follow. Repeatable.",
    more:
      "HOST is an IP address (IPv6 in brackets) or localhost. Only the child inherits the socket, which is open until the manager ends; further ones are `{listen1}` and so on.",
  },
  "env": {
    text:
      "An environment variable for the child. Placeholders are filled in. Repeatable.",
  },
  "env-file": {
    text:
      "A file of variables in dotenv syntax, read at each start and watched. Repeatable.",
    more:
      "A change restarts the child. A bad line rejects the content, like a check that fails.",
  },
  "env-dir": {
    text:
      "A directory with one file for each variable (a mounted ConfigMap or Secret), read at each start and watched. Repeatable.",
    more: "Read and watched like `--env-file`.",
  },
  "wait-for": {
    text:
      "Before each start, wait for `tcp:HOST:PORT`, `http:URL`, `file:PATH` or `exec:COMMAND`. Repeatable.",
  },
  "wait-for-scope": {
    text:
      "Which starts wait. `every`: also a restart, and a start after the program ended by itself. `first`: the first start alone.",
    more:
      "The child that runs is stopped for new content only when all is there.",
  },
  "wait-timeout": {
    text:
      "How long to wait for all of them. After that, end with 1; a candidate that waits while the child runs is rejected and tried again (`--retry-rejected`).",
  },
  "stop-signal": {
    text: "The signal that asks the child's process group to stop.",
  },
  "stop-timeout": {
    text: "How long the process group may take to stop before it gets SIGKILL.",
  },
  "kill-mode": {
    text:
      "Who gets the stop signal and SIGKILL. `group`: the whole process group, both. `main`: the main process alone, both; the rest of its group is left alone. `mixed`: the main process gets the stop signal, the whole group SIGKILL. See [kill modes](#kill-modes). `control-group` and `process`, as systemd has them, are `group` and `main`.",
  },
  "rewrite-signal": {
    text:
      "Forward B when A arrives. `A:0` drops A. Repeatable. If A is TERM or INT, B is the signal that stops the child. A cannot be CHLD, ILL, FPE, SEGV, KILL or STOP, and TERM cannot be dropped.",
  },
  "reload-signal": {
    text:
      "This signal (HUP, USR1 or USR2) asks for a reload, as `flush-manager reload` does: the child is restarted on the configuration of now, changed or not. It is not forwarded. See [reload signal](#reload-signal).",
  },
  "subreaper": {
    text: "Reap orphaned descendants although flush-manager is not PID 1.",
  },
  "control": {
    text:
      'Where operators, probes and Prometheus reach flush-manager: `unix:PATH`, `tcp:HOST:PORT`, `tcp::PORT` (all addresses) or `auto`, which is `unix:/run/flush-manager/control.sock` where that directory exists and can be written to. For a Unix socket `,mode=0600` (the default) and `,group=GID` may follow. Repeatable. `""` or `off` switches it off. An address that is not a loopback needs `--control-token-file`.',
  },
  "control-token-file": {
    text:
      "A file with the token that clients of a TCP address must show (`Authorization: Bearer TOKEN`), except for `/`, `/livez`, `/readyz` and `/metrics`. Without it, a TCP address answers only these. Read again when it changes.",
  },
  "control-tls-cert": {
    text:
      "The certificate (PEM) of the TCP addresses, which then speak TLS. Needs `--control-tls-key`. Read again when it changes.",
  },
  "control-tls-key": { text: "The private key (PEM) of that certificate." },
  "control-host": {
    text:
      "A host name by which clients may reach a TCP address, besides `localhost` and IP addresses. A request for another name is refused. Repeatable.",
  },
  "health-check": {
    text:
      "A dependency that is looked at and told of in `/health`: a name of up to 32 letters, digits, `_` and `-`, none of flush-manager's own checks, and a probe as in `--wait-for` (`redis=tcp:localhost:6379`). Repeatable.",
  },
  "health-interval": {
    text: "The pause between two looks at a dependency of `--health-check`.",
  },
  "health-timeout": { text: "How long such a look may take." },
  "log-level": {
    text:
      "The least severe records to log: `trace`, `debug`, `info`, `warn` (or `warning`) or `error`, in any case. `trace` also tells which event leads from which state to which.",
  },
  "log-format": { text: "`text`, or `json` for one object a line." },
  traces: {
    text:
      "`otlp`: send a trace for each reload, as OTLP over HTTP in JSON, to the collector that the `OTEL_*` variables name. `none`: send nothing, whatever these variables say. See [traces](#traces).",
  },
};

export const SUBCOMMAND_MEANINGS: Readonly<Record<SubcommandName, string>> = {
  "status":
    "Show what runs on which content, what waits and why, and the last reloads. `--debug` adds what a failed check has printed.",
  "health":
    "Show the checks of `/health`. With `--ready`, show whether the child is ready (`/readyz`); with `--live`, whether flush-manager itself can go on (`/livez`).",
  "reload":
    "Put the content of the paths into effect, even if it has not changed. `--wait` waits for the end. `--force` also tries content again that was rejected.",
  "hold":
    "Put no change into effect until `resume`, or for a duration (`30m`, at most `720h`). A reason has at most 200 characters.",
  "resume": "End a hold.",
  "stop-child":
    "Stop the program and keep flush-manager running, as for a backup. `--wait` waits until nothing of the program is left.",
  "start-child": "Start the program again.",
  "fleet":
    "Show what this manager does in its fleet, who has which slot, with `--fleet-dir` what each manager runs on and does, and which contents are proven or refused, as it is now. `fleet clear` takes back what the fleet has refused, all of it or one CONTENT (12 or more characters of its name): one manager tries it again.",
  "events":
    "Print a line for each change of state, phase of a reload and log line, until it is interrupted. A connection that breaks is made again from the last line on.",
  "log-level": "Log from this level on, until flush-manager ends.",
  "top":
    "Show the status and what the child uses, live. `q` or Ctrl-C leaves it.",
  check:
    "With `--running`, which must stand directly behind it: what `check` says of the settings that the running manager has, by the manager itself (`GET /check`).",
  diagnose:
    "Collect what helps to find a fault into one archive. `-o FILE` is the same as `--archive FILE`.",
};
