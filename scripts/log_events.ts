/** The table of docs/reference.md that lists the events of a JSON log. Pure. */
import type { LogCall } from "./log_calls.ts";
import { between, table } from "./option_pages.ts";

/** The page with its table of events as the source has them. */
export const eventsPage = (page: string, calls: readonly LogCall[]): string =>
  between(
    page,
    "<!-- events: deno task manual -->\n\n",
    table([["`event`", "`level`", "`msg`"], ...rowsOf(calls)]),
    "\n<!-- end -->",
  );

/** Of the lines of one event at one level, each is told; `...` is what is filled in. */
function rowsOf(calls: readonly LogCall[]): string[][] {
  const rows = calls.map(({ event, level, parts }) => [
    event,
    level,
    parts.join("...").replace(/(?:\.{3}){2,}/, "...").replaceAll("|", "\\|"),
  ]);
  // A count of lines has the level of these lines.
  rows.push(["message_repeated", "any", "last message repeated ... times"]);
  return rows.sort(([one], [other]) => one < other ? -1 : one > other ? 1 : 0)
    .map(([event, level, text]) => [`\`${event}\``, level, `\`${text}\``]);
}
