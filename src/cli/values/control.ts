/** What the options of the control endpoint take. Pure. */
import {
  type ControlAddress,
  type HealthCheck,
  OWN_CHECKS,
} from "../../core/vocabulary/settings.ts";
import { BadValue, type ValueParser } from "./basic.ts";
import { permissionBits, readHostAndPort } from "./listen.ts";
import { plainAddress } from "./plain_address.ts";
import { probe } from "./probe.ts";

const FORM =
  "auto, unix:PATH, tcp:HOST:PORT or tcp::PORT, and after commas, for unix, mode=0600 or group=GID; off or nothing switches it off";

/** Only processes of the manager's own user may ask. */
const MODE_DEFAULT = 0o600;

/** `auto`, `unix:PATH`, `tcp:HOST:PORT` or `tcp::PORT`, of which `tcp:` may be left out; undefined for an empty text, `off` and `none`, which switch it off. */
export const controlAddress: ValueParser<ControlAddress | undefined> = (
  value,
) => {
  if (value === "" || value === "off" || value === "none") return undefined;
  if (value === "auto") return { kind: "auto" };
  const [, kind, rest] = /^(unix|tcp):(.*)$/s.exec(plainAddress(value)) ?? [];
  switch (kind) {
    case "unix":
      return unixAddress(rest);
    case "tcp":
      if (rest.includes(",")) {
        throw new BadValue("mode= and group= only for a unix address");
      }
      return { kind: "tcp", ...readHostAndPort(rest) };
    default:
      throw new BadValue(FORM);
  }
};

function unixAddress(text: string): ControlAddress {
  const [path, ...options] = text.split(",");
  if (path === "" || path.includes("\0")) {
    throw new BadValue("a path after unix:");
  }
  let mode: number | undefined;
  let group: number | undefined;
  for (const option of options) {
    const [, name, value] = /^(mode|group)=(.*)$/s.exec(option) ?? [];
    if (name === "mode" && mode === undefined) mode = permissionBits(value);
    else if (name === "group" && group === undefined) group = groupId(value);
    else throw new BadValue(FORM);
  }
  return { kind: "unix", path, mode: mode ?? MODE_DEFAULT, group };
}

/** The largest gid_t stands for "leave it" in chown(2). */
const GROUP_MAX = 2 ** 32 - 2;

/** A name would need /etc/group, which an image may not have. */
function groupId(text: string): number {
  const id = /^\d{1,10}$/.test(text) ? Number(text) : NaN;
  if (!(id <= GROUP_MAX)) {
    throw new BadValue("group= with the number of a group (group=1000)");
  }
  return id;
}

/** A host's name as it stands in a Host header, in lower case. */
export const controlHost: ValueParser<string> = (value) => {
  if (!/^[A-Za-z0-9._-]{1,253}$/.test(value)) {
    throw new BadValue("a host name without a port (metrics.example.org)");
  }
  return value.toLowerCase();
};

/** `NAME=PROBE`. */
export const healthCheck: ValueParser<HealthCheck> = (value) => {
  const [, name, rest] = /^([a-z0-9_-]{1,32})=(.*)$/s.exec(value) ?? [];
  if (name === undefined) {
    throw new BadValue(
      "NAME=PROBE, NAME of 1 to 32 of a-z, 0-9, _ and - (redis=tcp:localhost:6379)",
    );
  }
  if (OWN_CHECKS.some((own) => own === name)) {
    throw new BadValue(
      `another name than flush-manager's own checks have (${
        OWN_CHECKS.join(", ")
      })`,
    );
  }
  return { name, probe: probe(rest) };
};
