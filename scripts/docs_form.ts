/**
 * Checks the form of pages: what a reader counts on finding in the same place.
 * Must not know what the program does.
 */
import type { Fault, Outcome } from "./docs_outcome.ts";
import { type Document, type Heading, headings } from "./docs_text.ts";

/** README leads in; what does not fit belongs into docs/. */
const README_LINES_MAX = 220;

/** README is short, and no page has the same heading, so the same anchor, twice. */
export function checkForm(pages: readonly Document[]): Outcome {
  const faults = [
    ...pages.flatMap(longReadme),
    ...pages.flatMap(repeatedHeadings),
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

const fault = ({ path }: Document, { line, title }: Heading, text: string) => ({
  place: `${path}:${line}`,
  text: `the heading ${title} ${text}`,
});
