/** The name that the managers of one service share. */
import { BadValue, type ValueParser } from "./basic.ts";

/** So that a Lease is called like it, with the number of its slot behind. */
const GROUP_MAX = 59;

/** A DNS label (RFC 1123), because Leases, labels and files are named after it. */
export const fleetGroup: ValueParser<string> = (value) => {
  if (
    value.length > GROUP_MAX || !/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/.test(value)
  ) {
    throw new BadValue(
      `a name of lower-case letters, digits and -, that begins and ends with a letter or digit, ${GROUP_MAX} characters at most`,
    );
  }
  return value;
};
