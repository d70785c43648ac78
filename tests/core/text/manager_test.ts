/** Holds the contract's lines about the manager and its child, verbatim: operators search for these. */
import assert from "node:assert/strict";
import * as messages from "../../../src/core/text/manager.ts";
import type { Message } from "../../../src/core/vocabulary/message.ts";

const exit1 = { kind: "code", code: 1 } as const;
const killed = { kind: "signal", number: 9 } as const;

const CONTRACT: readonly (readonly [Message, string, string])[] = [
  [messages.starting("1.0.0"), "info", "=== Flush Manager v1.0.0 starting ==="],
  [messages.ownPid(1), "info", "PID: 1"],
  [
    messages.configuration("C", ["F"], ["a", "b"]),
    "info",
    "Configuration: command=C, config_file=F, args=[a b]",
  ],
  [
    messages.stateChanged("running", "stopping", "observed"),
    "trace",
    "State running -> stopping on observed",
  ],
  [
    messages.variableUnknown("FLUSH_MANAGER_SPLAI", "FLUSH_MANAGER_SPLAY"),
    "warn",
    "Environment variable FLUSH_MANAGER_SPLAI is unknown and has no effect; did you mean FLUSH_MANAGER_SPLAY?",
  ],
  [
    messages.restartsExhausted(5, 600_000),
    "error",
    "Cannot restart child process again: it has used up 5 restarts in 10m0s",
  ],
  [
    messages.restartsExhausted(5, Infinity),
    "error",
    "Cannot restart child process again: it has used up 5 restarts",
  ],
  [
    messages.startAwaitsRetiring(7),
    "info",
    "Next child process waits for the end of the old one (PID: 7); no child is running until then",
  ],
  [
    messages.stalled(8_000.4),
    "info",
    "flush-manager did not run for 8s (stopped, frozen or starved): time limits are extended by as much",
  ],
  [
    messages.initializing("C"),
    "info",
    "Initializing manager with command: C",
  ],
  [
    messages.configRestart(),
    "info",
    "Config file change detected, restarting child process...",
  ],
  [
    messages.childStarting("C", ["a", "b"]),
    "info",
    "Starting child process: C [a b]",
  ],
  [messages.childStarted(7), "info", "Child process started with PID: 7"],
  [
    messages.groupKilled(7),
    "info",
    "Sending SIGKILL to the rest of the child's process group (PGID: 7), as --kill-mode mixed asks",
  ],
  [
    messages.groupLeft(7),
    "info",
    "Leaving the rest of the child's process group (PGID: 7) alone, as --kill-mode main asks",
  ],
  [
    messages.reapingUnavailable(38),
    "warn",
    "Cannot reap orphans: waitid was refused (os error 38); they stay as zombies",
  ],
  [
    messages.serviceTold(),
    "debug",
    "Told the service manager that the child is ready (READY=1)",
  ],
  [
    messages.serviceUntold("/run/x: os error 2"),
    "warn",
    "Cannot tell the service manager anything: /run/x: os error 2",
  ],
  [
    messages.watchdogFed(5_000),
    "debug",
    "Telling the service manager's watchdog every 5s that flush-manager runs (WATCHDOG=1)",
  ],
  [
    messages.socketsInherited(2),
    "info",
    "The child inherits the sockets of LISTEN_FDS=2, from descriptor 3 on; its arguments must tell it so, because LISTEN_PID named flush-manager",
  ],
  [
    messages.oomScoreKept("os error 30"),
    "debug",
    "Cannot set oom_score_adj for the child: os error 30; it inherits the one of flush-manager",
  ],
  [messages.childRestarting(), "info", "Restarting child process..."],
  [
    messages.childStopping(7, 10_000),
    "info",
    "Stopping child process (PID: 7) with timeout: 10s",
  ],
  [
    messages.stopSignalSent(7, "SIGTERM"),
    "debug",
    "Sent SIGTERM to process (PID: 7), waiting for graceful shutdown...",
  ],
  [
    messages.childStopped(7),
    "info",
    "Child process (PID: 7) stopped gracefully",
  ],
  [
    messages.childRestarted(),
    "info",
    "Child process restarted successfully after config change",
  ],
  [
    messages.stopTimedOut(7),
    "warn",
    "Timeout waiting for graceful shutdown, sending SIGKILL to process (PID: 7)",
  ],
  [
    messages.restartExit(),
    "debug",
    "Process exited due to restart request",
  ],
  [messages.childExitedNormally(), "info", "Child process exited normally"],
  [
    messages.childExitedAbnormally(exit1),
    "info",
    "Child process exited abnormally: exit status 1",
  ],
  [
    messages.childExitedAbnormally(killed),
    "info",
    "Child process exited abnormally: signal: killed",
  ],
  [
    messages.childExitedWithError(exit1),
    "error",
    "Child process exited with error: exit status 1",
  ],
  [messages.shuttingDown(), "info", "Shutting down manager..."],
  [
    messages.stopRequested("SIGTERM"),
    "info",
    "Received signal: SIGTERM, shutting down gracefully...",
  ],
  [messages.shutdownComplete(), "info", "Manager shutdown complete"],
];

for (const [message, level, text] of CONTRACT) {
  Deno.test(`contract line: ${text}`, () => {
    assert.equal(message.text, text);
    assert.equal(message.level, level);
  });
}
