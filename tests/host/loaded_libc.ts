/** Loads libc's calls once for the whole process: the resource sanitizer counts them per test. */
import { statxCalls } from "../../src/host/mount.ts";
import { errnoCalls } from "../../src/host/errno.ts";
import { socketCalls } from "../../src/host/listen.ts";
import { datagramCalls } from "../../src/host/notify_socket.ts";
import { pipeCalls } from "../../src/host/pipe.ts";
import {
  fileActionCalls,
  spawnCalls,
  stdioCalls,
  terminalActionCalls,
} from "../../src/host/posix_spawn.ts";
import { killCalls } from "../../src/host/presence.ts";
import { waitCalls } from "../../src/host/processes.ts";
import { pollCalls } from "../../src/host/readable.ts";
import { descriptorCalls } from "../../src/host/sharing.ts";
import { maskCalls } from "../../src/host/signal_mask.ts";

for (
  const load of [
    datagramCalls,
    descriptorCalls,
    errnoCalls,
    fileActionCalls,
    killCalls,
    maskCalls,
    pipeCalls,
    pollCalls,
    socketCalls,
    spawnCalls,
    statxCalls,
    stdioCalls,
    terminalActionCalls,
    waitCalls,
  ]
) load();
