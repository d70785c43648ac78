/** What a change asks for, as the operator writes it. Pure. */
import { isGlob } from "../../core/notation/glob.ts";
import { expandVariables } from "../../core/notation/placeholders.ts";
import { parseSignal } from "../../core/vocabulary/signals.ts";
import type { Action } from "../../core/vocabulary/settings.ts";
import { argv } from "./argv.ts";
import { BadValue, type ValueParser } from "./basic.ts";
import { globFault } from "./glob.ts";

const FORM =
  "restart, none, signal:NAME, exec:COMMAND or http:METHOD:URL (signal:HUP, http:POST:http://localhost:9090/-/reload)";

const METHODS: readonly string[] = ["GET", "POST", "PUT"];

/** `restart`, `none`, `signal:NAME`, `exec:COMMAND` or `http:METHOD:URL`. */
export const action: ValueParser<Action> = (value) => {
  if (value === "restart" || value === "none") return { kind: value };
  const [, word, rest] = /^(signal|exec|http):(.*)$/s.exec(value) ?? [];
  switch (word) {
    case "signal":
      return signalAction(rest);
    case "exec":
      return { kind: "exec", argv: argv(rest) };
    case "http":
      return httpAction(rest);
    default:
      throw new BadValue(FORM);
  }
};

function signalAction(name: string): Action {
  const signal = parseSignal(name);
  if (signal === undefined || signal === "SIGKILL" || signal === "SIGSTOP") {
    throw new BadValue(
      "signal: with a signal by name or number that can be caught (signal:HUP, not KILL or STOP)",
    );
  }
  return { kind: "signal", signal };
}

function httpAction(rest: string): Action {
  const [, method, url] = /^([^:]*):(.*)$/s.exec(rest) ?? [];
  // Whether the values of variables make a URL of it is not known yet.
  const example = expandVariables(url ?? "", () => "1");
  if (
    method === undefined || !METHODS.includes(method) || !isHttpUrl(example)
  ) {
    throw new BadValue(
      `http:METHOD:URL with ${
        METHODS.join(", ")
      } and an http:// or https:// URL (http:POST:http://localhost:9090/-/reload)`,
    );
  }
  return { kind: "http", method, url };
}

/** Whether the text is an absolute URL that can be requested. */
export function isHttpUrl(value: string): boolean {
  return /^https?:\/\/\S+$/i.test(value) && URL.canParse(value);
}

/** What `--config` takes: a path, and what its change asks for if that is not left to `--on-change`. */
export interface ConfigPath {
  readonly path: string;
  readonly action: Action | undefined;
}

/** An action's beginning behind a `=`; any other `=` is part of the path. */
const ACTION_FOLLOWS = /=(?=(?:restart|none)$|(?:signal|exec|http):)/;

/** `PATH` or `PATH=ACTION`. */
export const configPath: ValueParser<ConfigPath> = (value) => {
  // Most paths have no `=`: their start does not wait for the expression.
  const at = value.includes("=") ? value.search(ACTION_FOLLOWS) : -1;
  if (at === -1) return { path: pathOrPattern(value), action: undefined };
  if (at === 0) throw new BadValue("a path before =ACTION");
  const path = pathOrPattern(value.slice(0, at));
  return { path, action: action(value.slice(at + 1)) };
};

/** The last part of a path may be a pattern. */
function pathOrPattern(path: string): string {
  const last = path.slice(path.lastIndexOf("/") + 1);
  const why = isGlob(last) ? globFault(last) : undefined;
  if (why === undefined) return path;
  throw new BadValue(
    `a path whose last part may be a pattern ('conf.d/*.yaml'), in which ${why}`,
  );
}
