/**
 * nginx as it is run here: its configurations and its command line. Everything
 * it writes is below one directory or on standard error. Must not test.
 */
import type { Bench } from "./bench.ts";
import { pathOf } from "./programs.ts";

/** What a configuration consists of. */
export interface NginxConfig {
  /** What follows `listen`. */
  readonly listen: string;
  /** The answer's body: letters, digits and dashes. */
  readonly answer: string;
  /** Directives of the server. */
  readonly more?: string;
}

/**
 * One worker, which is what the tests count. It logs when it starts, because
 * that is the moment from which an incarnation serves.
 */
export const nginxConfig = ({ listen, answer, more = "" }: NginxConfig) => `
error_log stderr notice;
worker_processes 1;
events { worker_connections 1024; }
http {
  access_log off;
  client_body_temp_path body;
  proxy_temp_path proxy;
  fastcgi_temp_path fastcgi;
  uwsgi_temp_path uwsgi;
  scgi_temp_path scgi;
  server {
    listen ${listen};
    location / { return 200 "${answer}\\n"; }
    ${more}
  }
}
`;

/** In nginx's log, once for each incarnation. */
export const SERVES = "start worker process ";

/** `--command nginx -- ARGUMENTS`; the pid file's name may hold {run}. */
export function nginxCommand(bench: Bench, pidFile = "nginx.pid"): string[] {
  return [
    `--command=${pathOf("nginx")}`,
    "--",
    ...nginxArguments(bench),
    "-g",
    `daemon off; pid ${bench.path(pidFile)};`,
  ];
}

/** The check that nginx itself offers, in the same directory. */
export const nginxCheck = (bench: Bench): string =>
  `--check-command=${
    [pathOf("nginx"), "-t", ...nginxArguments(bench)].join(" ")
  } -g "pid ${bench.path("check.pid")};"`;

const nginxArguments = (bench: Bench) => [
  "-e",
  "stderr",
  "-p",
  bench.directory,
  "-c",
  "{config}",
];

/** nginx sends this answer in about two seconds. */
export const SLOW_BYTES = 3_000;
export const SLOW = `location /slow { limit_rate 1000; return 200 "${
  "x".repeat(SLOW_BYTES)
}"; }`;
