/**
 * What the usage text says of each option; options.ts has how it is read. Apart
 * from that, because no start waits for a text. Pure.
 */
import type { OptionName } from "./options.ts";

/** One option in the usage text. */
export interface OptionHelp {
  readonly group: string;
  /** What the value is called; a switch has none. */
  readonly metavar: string | undefined;
  readonly text: string;
}

const CHILD = "Child";
const CONFIG = "Configuration";
const RELOAD = "Safe reload";
const READY = "Readiness";
const NETWORK = "Sockets, environment, dependencies";
const SIGNALS = "Signals and shutdown";
const LOG = "Log";

const help = (
  group: string,
  metavar: string | undefined,
  text: string,
): OptionHelp => ({ group, metavar, text });

/** In the order of the usage text. */
export const HELP: Readonly<Record<OptionName, OptionHelp>> = {
  command: help(
    CHILD,
    "CMD",
    "the program to run; then every positional is an argument of it",
  ),
  workdir: help(CHILD, "DIR", "start the child in this directory"),
  restart: help(
    CHILD,
    "WHEN",
    "start it again when it ends by itself; never: end with its code",
  ),
  backoff: help(
    CHILD,
    "FIRST..MAX",
    "pause before such a restart, doubled each time",
  ),
  "max-restarts": help(
    CHILD,
    "N/WINDOW",
    "such restarts within WINDOW (5/10m), then end with its code",
  ),
  config: help(
    CONFIG,
    "PATH",
    'a file or directory to watch (=ACTION for it); "" watches nothing',
  ),
  compare: help(
    CONFIG,
    "HOW",
    "a change is other content, or another mtime or inode (metadata)",
  ),
  debounce: help(
    CONFIG,
    "DURATION",
    "quiet time before a change counts; auto: none if replaced as a whole",
  ),
  "debounce-max": help(
    CONFIG,
    "DURATION",
    "longest time that further writes hold a change back",
  ),
  "poll-interval": help(
    CONFIG,
    "DURATION",
    "how often to look without having been told to",
  ),
  "on-change": help(
    RELOAD,
    "ACTION",
    "restart, signal:HUP, exec:COMMAND, http:POST:URL or none",
  ),
  "check-command": help(
    RELOAD,
    "COMMAND",
    "must exit with 0 before a new configuration is used; {config} is it",
  ),
  "check-timeout": help(RELOAD, "DURATION", "how long it may take"),
  "check-at-start": help(
    RELOAD,
    "WHAT",
    "a failure before the first start: fail (exit 1), or warn and start",
  ),
  "snapshot-dir": help(
    RELOAD,
    "DIR",
    "run on copies kept here, and go back to the last good one",
  ),
  strategy: help(
    RELOAD,
    "HOW",
    "stop-start, or overlap: the next child is ready before the old stops",
  ),
  "drain-delay": help(
    RELOAD,
    "DURATION",
    "time between the decision to stop the child and the stop signal",
  ),
  "min-interval": help(RELOAD, "DURATION", "minimum time between two reloads"),
  splay: help(
    RELOAD,
    "DURATION",
    "delay each reload by a fixed part of this, derived from the host name",
  ),
  ready: help(
    READY,
    "SIGN",
    "exec:COMMAND, tcp:HOST:PORT, http:URL, file:PATH, log:REGEX or notify",
  ),
  "ready-interval": help(READY, "DURATION", "pause between two probes"),
  "ready-timeout": help(
    READY,
    "DURATION",
    "time to become ready; without --ready, to run and count as good",
  ),
  "ready-threshold": help(
    READY,
    "N",
    "consecutive successful probes needed (1 to 100)",
  ),
  listen: help(
    NETWORK,
    "ADDRESS",
    "tcp:HOST:PORT or unix:PATH, kept open across restarts as {listen0} ...",
  ),
  env: help(
    NETWORK,
    "NAME=VALUE",
    "a variable for the child; {config}, {listen0} and {run} are filled in",
  ),
  "env-file": help(NETWORK, "PATH", "variables in dotenv syntax, watched"),
  "env-dir": help(
    NETWORK,
    "DIR",
    "a variable for each file in it (a mounted Secret), watched",
  ),
  "wait-for": help(
    NETWORK,
    "PROBE",
    "tcp:HOST:PORT, http:URL, file:PATH or exec:COMMAND, before it starts",
  ),
  "wait-timeout": help(
    NETWORK,
    "DURATION",
    "how long it may take until all of them are there",
  ),
  "stop-signal": help(
    SIGNALS,
    "SIGNAL",
    "what asks the child's process group to stop",
  ),
  "stop-timeout": help(
    SIGNALS,
    "DURATION",
    "how long the group may take before SIGKILL",
  ),
  "rewrite-signal": help(
    SIGNALS,
    "A:B",
    "forward B when A arrives, 0 drops A; repeatable",
  ),
  subreaper: help(
    SIGNALS,
    undefined,
    "reap orphaned descendants although not PID 1",
  ),
  "log-level": help(LOG, "LEVEL", "debug, info or error"),
  "log-format": help(LOG, "FORMAT", "text, or json (one object a line)"),
};
