/**
 * Checks the form of pages: what a reader counts on finding in the same place.
 * Must not know what the program does.
 */
import type { Fault, Outcome } from "./docs_outcome.ts";
import { type Document, type Heading, headings } from "./docs_text.ts";

/** README leads in; what does not fit belongs into docs/. */
const README_LINES_MAX = 220;

/** What each section of TROUBLESHOOTING.md has, in this order. */
const PARTS: readonly string[] = [
  "**Symptom.**",
  "**Cause.**",
  "**Command.**",
  "**Fix.**",
];
/** What each item of docs/limits.md has. */
const REMEDY = "_What to do:_";

/**
 * README is short, and no page has the same heading, so the same anchor, twice.
 * TROUBLESHOOTING.md begins with a table that leads to each of its sections, and
 * each has its parts; each limit says what to do.
 */
export function checkForm(pages: readonly Document[]): Outcome {
  const faults = [
    ...pages.flatMap(longReadme),
    ...pages.flatMap(repeatedHeadings),
    ...pages.flatMap(symptomSections),
    ...pages.flatMap(limitsWithoutRemedy),
  ];
  return { checked: pages.length, faults };
}

function longReadme({ path, text }: Document): Fault[] {
  const lines = text.trimEnd().split("\n").length;
  if (path !== "README.md" || lines <= README_LINES_MAX) return [];
  return [{
    place: path,
    text: `has ${lines} lines, more than ${README_LINES_MAX}`,
  }];
}

function repeatedHeadings(page: Document): Fault[] {
  // The format of a changelog has the same headings for each version.
  if (page.path === "CHANGELOG.md") return [];
  const all = headings(page);
  return all.filter(({ slug }, index) =>
    all.findIndex((other) => other.slug === slug) < index
  ).map((heading) => fault(page, heading, "has the anchor of an earlier one"));
}

function symptomSections(page: Document): Fault[] {
  if (page.path !== "TROUBLESHOOTING.md") return [];
  const [start, ...sections] = page.text.split(/^## /m);
  const table = /^# .*\n\n((?:\|.*\n)+)/.exec(start)?.[1] ?? "";
  return headings(page).filter(({ level }) => level > 1).flatMap(
    (heading, index) => {
      const faults: Fault[] = [];
      if (!table.includes(`(#${heading.slug})`)) {
        faults.push(fault(page, heading, "is not in the table of symptoms"));
      }
      if (heading.level > 2) {
        faults.push(fault(page, heading, "is below a section"));
      }
      const found = sections[index]?.match(/^\*\*\w+\.\*\*/gm) ?? [];
      if (found.join() !== PARTS.join()) {
        faults.push(
          fault(page, heading, `has not the parts ${PARTS.join(" ")}`),
        );
      }
      const command = /^\*\*Command\.\*\*[^]*(?=^\*\*Fix)/m
        .exec(sections[index] ?? "")?.[0] ?? "";
      if (command.match(/^```sh/gm)?.length !== 1) {
        faults.push(fault(page, heading, "has not one command"));
      }
      return faults;
    },
  );
}

function limitsWithoutRemedy({ path, prose }: Document): Fault[] {
  if (path !== "docs/limits.md") return [];
  return [...prose.matchAll(/^- \*\*[^]*?(?=\n- |\n\n|$(?![^]))/gm)]
    // A line break may stand between the words.
    .map(([item]) => item.replace(/\s+/g, " "))
    .filter((item) => !item.includes(REMEDY))
    .map((item) => ({
      place: path,
      text: `the limit ${item.slice(0, 50)}... does not say what to do`,
    }));
}

const fault = ({ path }: Document, { line, title }: Heading, text: string) => ({
  place: `${path}:${line}`,
  text: `the heading ${title} ${text}`,
});
