/*
 * The program that the benchmark supervises, and the one that acts on the
 * supervisor: so every moment is taken from CLOCK_MONOTONIC by the same few
 * instructions. The first argument says what to do, the second is the file
 * that lines `EVENT PID NANOSECONDS` are appended to, each by one write(2).
 *
 *   child LOG                  start; usr1 on SIGUSR1; term on SIGTERM, then ends
 *   exec LOG STDIN CMD [ARG…]  exec, then becomes CMD with STDIN as its input
 *   kill LOG PID NUMBER        kill, then sends that signal
 *   write LOG PATH TEXT        change, then writes TEXT over the start of PATH
 *   swap LOG DIR KEY TEXT      an update as by the kubelet's AtomicWriter, with
 *                              change right before the rename that makes it visible
 *   storm LOG N PATH…          begin, N writes of different content over PATHs in
 *                              turn (each opened, written and closed), end
 *   orphans LOG N              start; leaves N orphans, lets them die at once:
 *                              begin; when none is left, not even a zombie: end;
 *                              then as child
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static int log_file;

static long long now_ns(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * 1000000000LL + time.tv_nsec;
}

static void stamp(const char *event, long long at) {
  char line[128];
  int size = snprintf(line, sizeof line, "%s %d %lld\n", event, getpid(), at);
  if (write(log_file, line, size) != size) _exit(3);
}

static void fail(const char *what) {
  fprintf(stderr, "stamp: Cannot %s: %s\n", what, strerror(errno));
  exit(1);
}

static void on_signal(int number) {
  long long at = now_ns();
  stamp(number == SIGTERM ? "term" : "usr1", at);
  if (number == SIGTERM) _exit(0);
}

static void be_child(long long started) {
  signal(SIGTERM, on_signal);
  signal(SIGUSR1, on_signal);
  stamp("start", started);
  for (;;) pause();
}

static void put(const char *path, int flags, const char *text) {
  int file = open(path, O_WRONLY | O_CLOEXEC | flags, 0644);
  if (file < 0) fail(path);
  if (write(file, text, strlen(text)) < 0) fail(path);
  close(file);
}

static void change_in_place(const char *path, const char *text) {
  int file = open(path, O_WRONLY | O_CLOEXEC);
  if (file < 0) fail(path);
  long long at = now_ns();
  if (write(file, text, strlen(text)) < 0) fail(path);
  close(file);
  stamp("change", at);
}

static void swap(const char *directory, const char *key, const char *text) {
  char old[256] = "", made[64], path[400];
  if (chdir(directory) < 0) fail(directory);
  ssize_t size = readlink("..data", old, sizeof old - 1);
  snprintf(made, sizeof made, "..2026_01_01_00_00_00.%lld", now_ns());
  if (mkdir(made, 0755) < 0) fail(made);
  snprintf(path, sizeof path, "%s/%s", made, key);
  put(path, O_CREAT, text);
  if (symlink(made, "..data_tmp") < 0) fail("..data_tmp");
  long long at = now_ns();
  if (rename("..data_tmp", "..data") < 0) fail("..data");
  stamp("change", at);
  if (size > 0) {
    snprintf(path, sizeof path, "%s/%s", old, key);
    unlink(path);
    rmdir(old);
    return;
  }
  snprintf(path, sizeof path, "..data/%s", key);
  if (symlink(path, key) < 0) fail(key);
}

static void storm(long count, char **paths, int paths_count) {
  char text[64];
  stamp("begin", now_ns());
  for (long i = 0; i < count; i++) {
    snprintf(text, sizeof text, "%020ld\n", i);
    put(paths[i % paths_count], 0, text);
  }
  stamp("end", now_ns());
}

static void orphans(int count) {
  pid_t *pids = mmap(NULL, count * sizeof *pids, PROT_READ | PROT_WRITE,
                     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  int gate[2];
  if (pids == MAP_FAILED || pipe(gate) < 0) fail("prepare orphans");
  pid_t between = fork();
  if (between == 0) {
    close(gate[1]);
    for (int i = 0; i < count; i++) {
      pid_t orphan = fork();
      if (orphan < 0) _exit(1);
      if (orphan > 0) {
        pids[i] = orphan;
        continue;
      }
      char byte;
      while (read(gate[0], &byte, 1) < 0) continue;
      _exit(0);
    }
    _exit(0);
  }
  int status;
  if (waitpid(between, &status, 0) < 0 || status != 0) fail("fork orphans");
  usleep(300000);
  stamp("begin", now_ns());
  close(gate[1]);
  for (int i = 0; i < count; i++)
    while (kill(pids[i], 0) == 0) usleep(500);
  stamp("end", now_ns());
}

int main(int argc, char **argv) {
  long long started = now_ns();
  if (argc < 3) return 2;
  const char *act = argv[1];
  log_file = open(argv[2], O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0666);
  if (log_file < 0) fail(argv[2]);
  if (strcmp(act, "child") == 0) be_child(started);
  if (strcmp(act, "orphans") == 0 && argc == 4) {
    orphans(atoi(argv[3]));
    be_child(started);
  }
  if (strcmp(act, "exec") == 0 && argc > 4) {
    if (!freopen(argv[3], "r", stdin)) fail(argv[3]);
    stamp("exec", now_ns());
    execvp(argv[4], argv + 4);
    fail(argv[4]);
  }
  if (strcmp(act, "kill") == 0 && argc == 5) {
    long long at = now_ns();
    if (kill(atoi(argv[3]), atoi(argv[4])) < 0) fail("kill");
    stamp("kill", at);
  } else if (strcmp(act, "write") == 0 && argc == 5) change_in_place(argv[3], argv[4]);
  else if (strcmp(act, "swap") == 0 && argc == 6) swap(argv[3], argv[4], argv[5]);
  else if (strcmp(act, "storm") == 0 && argc > 4) storm(atol(argv[3]), argv + 4, argc - 4);
  else return 2;
  return 0;
}
