/** The codes that the manager ends with by itself (design: "Exit codes"). Pure. */

/** The manager was told to stop and did. */
export const EXIT_OK = 0;
/** `check` found a fault. */
export const EXIT_CHECK_FAILED = 1;
/** The command line or environment cannot be used; nothing was started. */
export const EXIT_USAGE = 2;
/** A bug of ours (sysexits.h EX_SOFTWARE). */
export const EXIT_BUG = 70;
/** The command is there but cannot be executed (POSIX shell rule). */
export const EXIT_NOT_EXECUTABLE = 126;
/** The command was not found (POSIX shell rule). */
export const EXIT_NOT_FOUND = 127;
/** Killed by SIGKILL: 128 + 9. */
export const EXIT_KILLED = 137;
