/** What `--env` takes. Pure. */
import { isVariableName } from "../../core/notation/variable_name.ts";
import { UsageError, type ValueParser } from "./basic.ts";

/** `NAME=VALUE`; the value may be any text. Throws a UsageError, which does not show the text: it may be a secret. */
export const variable: ValueParser<[name: string, value: string]> = (text) => {
  const at = text.indexOf("=");
  const name = text.slice(0, Math.max(at, 0));
  if (!isVariableName(name)) {
    throw new UsageError(
      "Cannot use option --env or variable FLUSH_MANAGER_ENV: its value does not begin with a variable's name and =; use NAME=VALUE",
    );
  }
  return [name, text.slice(at + 1)];
};
