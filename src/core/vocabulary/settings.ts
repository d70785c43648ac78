/** What the operator asked for, after parsing. Plain data; no defaults here. */
import type { Signal } from "./signals.ts";

/** What puts a changed configuration into effect. */
export type Action =
  /** Only say that it changed. */
  | { readonly kind: "none" }
  /** To the child's process group. */
  | { readonly kind: "signal"; readonly signal: Signal }
  /** A status that is expected is success; anything else is tried again a few times. */
  | {
    readonly kind: "http";
    readonly method: string;
    readonly url: string;
    readonly tls?: TlsRules;
    /** Where this request has other rules than all of them. */
    readonly own?: Partial<HttpRules>;
  }
  /** Exit code 0 is success. */
  | { readonly kind: "exec"; readonly argv: Argv }
  | { readonly kind: "restart" };

/** How the certificate of a server is taken, other than by the roots that the runtime knows. */
export type TlsRules =
  /** It is not verified. */
  | { readonly kind: "insecure" }
  /** The certificates in this file (PEM) may have issued it, too. */
  | { readonly kind: "ca"; readonly file: string };

/** How the request of an action is made, and which answer is success. */
export interface HttpRules {
  /** For each attempt. */
  readonly timeoutMs: number;
  /** Further attempts after the first one. */
  readonly retries: number;
  /** The first and the last status that is success; redirects are never followed. */
  readonly status: readonly [first: number, last: number];
  /** A file of headers, which may be secret: it is read again for each attempt. */
  readonly headerFile: string | undefined;
}

/** An action that leaves the child running. */
export type Gentle = Exclude<Action, { kind: "restart" }>;

/** A program and its arguments. */
export type Argv = readonly [string, ...string[]];

/** A path to watch; `named` tells whether the operator wrote it or it is the built-in default. */
export interface WatchedPath {
  readonly path: string;
  /** Of a directory, which names in it count; undefined is all of them. */
  readonly pattern?: string | undefined;
  readonly named: boolean;
  /** What a change of this path asks for; undefined is `--on-change`. */
  readonly action?: Action | undefined;
}

/** A question about the system that is asked until the answer is yes. */
export type Probe =
  /** Does the program exit with 0? */
  | { readonly kind: "exec"; readonly argv: Argv }
  /** Does somebody accept connections? */
  | { readonly kind: "tcp"; readonly host: string; readonly port: number }
  /** Is the answer to GET a 2xx? */
  | {
    readonly kind: "http";
    readonly url: string;
    readonly tls?: TlsRules;
  }
  /** Does the path exist? */
  | { readonly kind: "file"; readonly path: string }
  /** `tcp:` or `http:` with `{env:NAME}` in it: one of the two when that is filled in. */
  | { readonly kind: "template"; readonly text: string };

/** A probe that can be asked: the values of its variables are in it. */
export type FilledProbe = Exclude<Probe, { kind: "template" }>;

/** How a child tells that it is ready. */
export type ReadySign =
  | Probe
  /** A line of its stdout or stderr matches. */
  | { readonly kind: "log"; readonly pattern: RegExp }
  /** It sends READY=1 to $NOTIFY_SOCKET (sd_notify(3)). */
  | { readonly kind: "notify" };

/** Where the manager listens on behalf of the child. */
export type ListenAddress =
  | {
    readonly kind: "tcp";
    /** An IP address; IPv6 without brackets. */
    readonly host: string;
    readonly port: number;
    readonly backlog: number;
  }
  | {
    readonly kind: "unix";
    readonly path: string;
    /** Permission bits of the socket; undefined leaves them to the umask. */
    readonly mode: number | undefined;
    readonly backlog: number;
  };

/** Where operators reach the manager. */
export type ControlAddress =
  /** At the usual path, where its directory exists and can be written to. */
  | { readonly kind: "auto" }
  | ControlSocketAddress;

/** The same without `auto`. */
export type ControlSocketAddress =
  | {
    readonly kind: "unix";
    readonly path: string;
    /** Permission bits of the socket. */
    readonly mode: number;
    /** The number of the group that the file gets; undefined leaves it to the directory and the process. */
    readonly group: number | undefined;
  }
  | {
    readonly kind: "tcp";
    /** An IP address; IPv6 without brackets. */
    readonly host: string;
    readonly port: number;
  };

/** The names of flush-manager's own checks in `/health`. */
export const OWN_CHECKS = [
  "child",
  "config",
  "watcher",
  "control",
  "reaper",
  "dependencies",
  "log",
  "snapshots",
] as const;

/** A dependency whose health is told. */
export interface HealthCheck {
  /** None of OWN_CHECKS. */
  readonly name: string;
  readonly probe: Probe;
}

/** What operators and monitoring can ask, and who may. */
export interface ControlSettings {
  /** Empty: nobody is answered. */
  readonly addresses: readonly ControlAddress[];
  /** A file with the token that TCP clients must show. */
  readonly tokenFile: string | undefined;
  /** Files in PEM; undefined speaks HTTP without TLS. */
  readonly certificate:
    | { readonly cert: string; readonly key: string }
    | undefined;
  /** Names under which TCP clients may reach the manager, besides the loopback's and IP addresses; in lower case. */
  readonly hosts: readonly string[];
  readonly healthChecks: readonly HealthCheck[];
  readonly healthIntervalMs: number;
  readonly healthTimeoutMs: number;
}

/** How two states of a path are compared: by content, or by mtime and inode as the original did. */
export type Compare = "content" | "metadata";

/** Severity of a log record, least severe first. */
export type LogLevel = "trace" | "debug" | "info" | "warn" | "error";

/** Waits between attempts: the first one, doubled after each failure up to the longest. */
export interface Backoff {
  readonly firstMs: number;
  readonly maxMs: number;
}

/** What to do when the child ends by itself. */
export interface CrashPolicy {
  /** `never` ends the manager with the child's code. */
  readonly restart: "never" | "on-failure" | "always";
  readonly backoffFirstMs: number;
  readonly backoffMaxMs: number;
  /** More restarts than this within the window end the manager; an endless one counts all of them. Undefined sets no limit. */
  readonly max:
    | { readonly count: number; readonly windowMs: number }
    | undefined;
}

/** What a new configuration must pass before it touches the child. */
export interface VettingRules {
  /** Exit code 0 approves; undefined asks nobody. */
  readonly command: Argv | undefined;
  readonly timeoutMs: number;
  /** What a failure before the very first start leads to. */
  readonly atStart: "fail" | "warn";
}

/** A program that is run before or after the life of each child, and how long it may take. */
export interface Hook {
  readonly command: Argv;
  readonly timeoutMs: number;
}

/** The same as it is asked for; without a command nothing is run. */
export interface HookRules {
  readonly command: Argv | undefined;
  readonly timeoutMs: number;
}

/** When a child counts as ready. */
export interface ReadinessRules {
  /** Undefined: when it has run for the timeout. */
  readonly sign: ReadySign | undefined;
  /** Between two questions. */
  readonly intervalMs: number;
  /** How long it may take. */
  readonly timeoutMs: number;
  /** Answers in a row that it takes. */
  readonly threshold: number;
}

/** By what it is known that a child still works. */
export type LiveSign =
  | Probe
  /** It sends WATCHDOG=1 to $NOTIFY_SOCKET again and again (sd_watchdog_enabled(3)). */
  | { readonly kind: "notify" };

/** What becomes of a child that does not answer any more. */
export type LiveAction =
  /** It is stopped, and the next one is started. */
  | { readonly kind: "restart" }
  /** The same, with this signal in place of the stop signal. */
  | { readonly kind: "signal"; readonly signal: Signal }
  /** It is stopped, and the manager ends. */
  | { readonly kind: "exit" };

/** Whether a child that is ready still works. */
export interface LivenessRules {
  readonly sign: LiveSign;
  /** From one question to the next. */
  readonly intervalMs: number;
  /** How long an answer may take. */
  readonly timeoutMs: number;
  /** Questions in a row without an answer that it takes. */
  readonly threshold: number;
  readonly action: LiveAction;
}

/** A file of variables, or a directory with a file for each. */
export interface EnvironmentSource {
  readonly kind: "file" | "directory";
  readonly path: string;
}

/**
 * Whom the end of a child concerns (systemd's KillMode): its process group, its
 * main process alone, or, with `mixed`, the main process for the stop signal and
 * the group for SIGKILL.
 */
export type KillMode = "group" | "main" | "mixed";

/**
 * The oom_score_adj with which a child begins: this one, ours, or as much above
 * ours as makes the OOM killer prefer the child to us.
 */
export type OomScoreAdj = number | "inherit" | "auto";

/** What a manager does while its fleet cannot be reached: after a time it reloads without a slot, or it waits for as long as that takes. */
export type WhenUnreachable = "proceed" | "hold";

/** What is told of reloads on the pod itself. */
export interface PodReportRules {
  /** As Events of the pod (events.k8s.io). */
  readonly events: boolean;
  /** As the condition `flush-manager.dev/ConfigCurrent` of its status. */
  readonly condition: boolean;
}

/** How the managers of one service take turns. */
export interface FleetRules {
  /** The name that they share: a DNS label, because Leases and files are named after it. */
  readonly group: string;
  /** Where the managers of one host meet; undefined: in Leases of the pod's namespace. */
  readonly directory: string | undefined;
  /** Whether each shows the others what it does by a Lease of its pod; in a directory they always show it. */
  readonly memberLeases: boolean;
  /** How many of them reload at the same time; at least 1. */
  readonly limit: number;
  /** Whether new content is proven by one of them before any other one uses it. */
  readonly canary: boolean;
  /** For how long the first one has to run on it. */
  readonly soakMs: number;
  /** For how long any other one keeps its slot once its child is ready: who sends it requests finds that out later. */
  readonly settleMs: number;
  readonly whenUnreachable: WhenUnreachable;
  /** After this `proceed` does. */
  readonly unreachableTimeoutMs: number;
}

/** The whole configuration of one manager. */
export interface Settings {
  readonly command: string;
  readonly args: readonly string[];
  /** Working directory of the child; undefined is the manager's own. */
  readonly workdir: string | undefined;
  readonly oomScoreAdj: OomScoreAdj;
  /** In the order given; empty when there is nothing to watch. */
  readonly configs: readonly WatchedPath[];
  readonly compare: Compare;
  /** Patterns of what does not count below a watched directory. */
  readonly ignore: readonly string[];
  readonly debounceMs: number;
  /** `--debounce auto`: files that are replaced as a whole need no quiet window. */
  readonly trustReplacement: boolean;
  /** No change waits longer than this, however restless the writer. */
  readonly debounceMaxMs: number;
  readonly pollIntervalMs: number;
  /** How often files are read again although nothing tells of a change; 0 is never. */
  readonly verifyIntervalMs: number;
  readonly stopSignal: Signal;
  readonly stopTimeoutMs: number;
  readonly killMode: KillMode;
  /** A received signal to the one that stands for it; undefined drops it. */
  readonly rewrites: ReadonlyMap<Signal, Signal | undefined>;
  /** The received signal that asks for a reload and is not forwarded; undefined is none. */
  readonly reloadSignal: Signal | undefined;
  readonly subreaper: boolean;
  readonly crash: CrashPolicy;
  /** Runs before every start of a child, which needs its exit code 0. */
  readonly beforeStart: HookRules;
  /** Runs when a child and its group have ended. */
  readonly afterExit: HookRules;
  readonly check: VettingRules;
  /** Where the content that children run on is kept; undefined keeps none. */
  readonly snapshotDir: string | undefined;
  /** When content is tried again that failed for a reason that may pass; undefined is never. */
  readonly retryRejected: Backoff | undefined;
  readonly onChange: Action;
  /** Of all `http:` actions. */
  readonly http: HttpRules;
  readonly ready: ReadinessRules;
  /** Undefined asks nobody. */
  readonly live: LivenessRules | undefined;
  /** Whether the next child is started before the old one is stopped. */
  readonly strategy: "stop-start" | "overlap";
  /** Between the decision to stop the child and the stop signal. */
  readonly drainDelayMs: number;
  readonly listen: readonly ListenAddress[];
  /** Variables for the child, by name, with placeholders. */
  readonly env: ReadonlyMap<string, string>;
  /** Later ones win. */
  readonly environmentSources: readonly EnvironmentSource[];
  readonly waitFor: readonly Probe[];
  readonly waitTimeoutMs: number;
  /** Which starts wait for what `waitFor` names. */
  readonly waitForScope: "first" | "every";
  /** Replicas spread their reloads over this long. */
  readonly splayMs: number;
  /** Between two reloads. */
  readonly minIntervalMs: number;
  /** Undefined: this manager reloads without regard to others. */
  readonly fleet: FleetRules | undefined;
  readonly podReports: PodReportRules;
  readonly control: ControlSettings;
  /** Changes are held back, as only the settings file can say, until it says otherwise or an operator resumes. */
  readonly hold: { readonly reason: string | undefined } | undefined;
  readonly logLevel: LogLevel;
  readonly logFormat: "text" | "json";
  readonly traces: "none" | "otlp";
}
