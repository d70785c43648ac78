/** Loads libc's calls once for the whole process: the resource sanitizer counts them per test. */
import { listingCalls } from "../../src/host/files/directory_listing.ts";
import { truncateCalls } from "../../src/host/files/directory.ts";
import { statxCalls } from "../../src/host/files/mount.ts";
import { inodeCalls } from "../../src/host/files/inode.ts";
import { errnoCalls, errnoTextCalls } from "../../src/host/libc/errno.ts";
import { lockCalls } from "../../src/host/socket/path_lock.ts";
import { socketCalls } from "../../src/host/socket/stream_socket.ts";
import { cutCalls } from "../../src/host/socket/cut.ts";
import { sendRoomCalls } from "../../src/host/socket/send_room.ts";
import { addressCalls } from "../../src/host/socket/tcp_table.ts";
import { receiveCalls } from "../../src/host/ready/credentials.ts";
import { datagramCalls } from "../../src/host/ready/notify_socket.ts";
import {
  monotonicCalls,
  serviceCalls,
} from "../../src/host/ready/service_manager.ts";
import { staleCalls } from "../../src/host/ready/socket_home.ts";
import { pipeCalls, pipeMakingCalls } from "../../src/host/descriptor/pipe.ts";
import {
  fileActionCalls,
  spawnCalls,
  stdioCalls,
  terminalActionCalls,
} from "../../src/host/process/posix_spawn.ts";
import { killCalls } from "../../src/host/process/group_presence.ts";
import { procCalls } from "../../src/host/process/proc.ts";
import { usageCalls } from "../../src/host/process/usage.ts";
import { waitCalls } from "../../src/host/process/processes.ts";
import { openCalls } from "../../src/host/descriptor/small_file.ts";
import { outputCalls } from "../../src/host/descriptor/output.ts";
import { pollCalls } from "../../src/host/descriptor/input_wait.ts";
import { limitCalls } from "../../src/host/descriptor/descriptor_limit.ts";
import { descriptorCalls } from "../../src/host/descriptor/inheritance.ts";
import { maskCalls } from "../../src/host/signal/mask.ts";

for (
  const load of [
    addressCalls,
    cutCalls,
    datagramCalls,
    serviceCalls,
    descriptorCalls,
    inodeCalls,
    errnoCalls,
    errnoTextCalls,
    fileActionCalls,
    killCalls,
    limitCalls,
    listingCalls,
    lockCalls,
    maskCalls,
    monotonicCalls,
    openCalls,
    outputCalls,
    pipeCalls,
    pipeMakingCalls,
    pollCalls,
    procCalls,
    receiveCalls,
    sendRoomCalls,
    socketCalls,
    spawnCalls,
    staleCalls,
    statxCalls,
    stdioCalls,
    terminalActionCalls,
    truncateCalls,
    usageCalls,
    waitCalls,
  ]
) load();
