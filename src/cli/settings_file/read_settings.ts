/** The text of a settings file as the texts that options take, or all that is wrong in it. Pure. */
import type { FileHold, FileSettings, FileValue } from "../given.ts";
import { isName, OPTION_NAMES, type OptionName } from "../options.ts";
import { fromOtherTool } from "../other_names.ts";
import { suggestion } from "../refusal.ts";
import { type Fault, FAULTS_MAX, placeOf, refuseFile } from "./fault.ts";
import { type MapEntry, parseSource } from "./source_tree.ts";
import { isNothing } from "./node_description.ts";
import { holdOf, oneWord, textsOf, wordsOf } from "./written_value.ts";

/** What may be said there: every option but the file's own name, and what is no option. */
export const KEYS: readonly string[] = [
  ...OPTION_NAMES.filter((name) => name !== "settings"),
  "args",
  "hold",
  "$schema",
];

/**
 * Reads the text of the file at `path`.
 *
 * @throws UnusableSettings with a line for each fault
 */
export function readSettingsText(path: string, text: string): FileSettings {
  const { root, faults } = parseSource(text);
  const found = [...faults];
  const report = (fault: Fault) => void found.push(fault);
  const options = new Map<OptionName, FileValue>();
  let args: FileValue | undefined;
  let hold: FileHold | undefined;
  const entries = root?.kind === "map" ? root.entries : [];
  if (root !== undefined && root.kind !== "map") {
    report({
      spot: root.spot,
      key: "",
      text: "the file must be a map of option names to values (debounce: 1s)",
    });
  }
  for (const entry of entries) {
    const { key, value } = entry;
    const name = key.text;
    const at = () => placeOf(path, text, key.spot);
    if (name === "$schema") {
      oneWord(value, { key: name, report });
    } else if (name === "hold") {
      const held = holdOf(value, { key: name, report });
      hold = held === undefined ? undefined : { at: at(), held };
    } else if (name === "args") {
      args = { at: at(), texts: wordsOf(value, { key: name, report }) };
    } else if (!isName(name) || name === "settings") {
      // The others are counted alone; a guess for each would take long.
      report(found.length < FAULTS_MAX ? unknown(entry) : notASetting(entry));
    } else if (isNothing(value)) {
      report({
        spot: key.spot,
        key: name,
        text: "it has no value; write one, or leave the key out",
      });
    } else {
      options.set(name, { at: at(), texts: textsOf(name, value, report) });
    }
  }
  if (found.length > 0) throw refuseFile(path, text, found);
  return { options, args, hold };
}

function unknown({ key }: MapEntry): Fault {
  const { spot, text } = key;
  // Written as in a program, or as the variable.
  const kebab = text.replace(/^FLUSH_MANAGER_/i, "")
    .replace(/([a-z])([A-Z])/g, "$1-$2")
    .replaceAll("_", "-").toLowerCase();
  const other = fromOtherTool(kebab);
  const nearest = other === undefined || other === "check"
    ? suggestion(kebab, KEYS)
    : other;
  const hint = nearest === undefined
    ? "use the name of an option, without dashes before it"
    : `did you mean ${nearest}?`;
  return { spot, key: text, text: `it is not a setting; ${hint}` };
}

const notASetting = ({ key: { spot, text } }: MapEntry): Fault => ({
  spot,
  key: text,
  text: "it is not a setting",
});
