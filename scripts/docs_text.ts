/**
 * Reads a Markdown page, and checks what can be checked in its text alone:
 * links, and quoted log lines. Must not run anything.
 */
import type { Fault, Outcome } from "./docs_outcome.ts";
import { fromRoot } from "./denort.ts";
import { logCalls, textSources } from "./log_calls.ts";

/** A fenced block. */
export interface Block {
  /** What stands behind the fence: `sh check`. */
  readonly info: string;
  /** Of its first line, from 1. */
  readonly line: number;
  readonly text: string;
}

/** One page. */
export interface Document {
  readonly path: string;
  readonly text: string;
  readonly blocks: readonly Block[];
  /** The text with the blocks blanked out, so that line numbers stay. */
  readonly prose: string;
}

/** Reads a page; `path` is relative to the repository. */
export async function read(path: string): Promise<Document> {
  const text = await Deno.readTextFile(fromRoot(path));
  const blocks: Block[] = [];
  const prose = text.replace(
    /^( *)```(.*)\n([\s\S]*?)^\1```$/gm,
    (whole, _indent, info, body, offset) => {
      const line = lineAt(text, offset) + 1;
      blocks.push({ info: info.trim(), line, text: body });
      return whole.replace(/[^\n]/g, "");
    },
  );
  return { path, text, blocks, prose };
}

const lineAt = (text: string, offset: number) =>
  text.slice(0, offset).split("\n").length;

/** A link in the text, `](target)`, or in a list of targets, `[name]: target`. */
const LINK = /\]\(([^)\s]+)[^)]*\)|^\[[^\]]+\]: (\S+)/gm;

/** Every link to a file or heading of the repository leads somewhere. */
export async function checkLinks(pages: readonly Document[]): Promise<Outcome> {
  const faults: Fault[] = [];
  let checked = 0;
  for (const page of pages) {
    for (const match of page.prose.matchAll(LINK)) {
      const target = match[1] ?? match[2];
      if (/^[a-z]+:/.test(target)) continue;
      checked++;
      const place = `${page.path}:${lineAt(page.prose, match.index)}`;
      const text = await wrongLink(page.path, target);
      if (text !== undefined) faults.push({ place, text });
    }
  }
  return { checked, faults };
}

async function wrongLink(
  from: string,
  target: string,
): Promise<string | undefined> {
  const [file, anchor] = target.split("#");
  const url = new URL(file === "" ? from : file, `file:///${from}`);
  const path = file === "" ? from : url.pathname.slice(1);
  const info = await Deno.stat(fromRoot(path)).catch(() => undefined);
  if (info === undefined) return `links to ${target}: there is no ${path}`;
  if (anchor === undefined) return undefined;
  if (!path.endsWith(".md")) {
    return `links to ${target}: ${path} has no headings`;
  }
  return headings(await read(path)).some(({ slug }) => slug === anchor)
    ? undefined
    : `links to ${target}: there is no such heading`;
}

/** Files that name a document in a comment or a text, for people to read. */
const MENTIONING: readonly string[] = [
  ".github",
  "bench",
  "deploy",
  "docs/flush-manager.1",
  "examples",
  "scripts",
  "src",
  "tests",
];
const MENTION = /\b((?:docs\/)?[\w-]+\.md)(?:#([\w-]+))?/g;

/** Every document that another file names is there, and so is the heading. */
export async function checkMentions(): Promise<Outcome> {
  const faults: Fault[] = [];
  let checked = 0;
  for (const path of await filesBelow(MENTIONING)) {
    const text = await Deno.readTextFile(fromRoot(path));
    for (const match of text.matchAll(MENTION)) {
      const [mention, file, anchor] = match;
      if (text[match.index - 1] === "/") continue;
      checked++;
      // From the root, beside the file, or in the pages that a script writes.
      const places = [file, path.replace(/[^/]*$/, file), `docs/${file}`];
      if (await isNamed(places, anchor)) continue;
      faults.push({
        place: `${path}:${lineAt(text, match.index)}`,
        text: `names ${mention}, which is not there`,
      });
    }
  }
  return { checked, faults };
}

async function isNamed(
  places: readonly string[],
  anchor: string | undefined,
): Promise<boolean> {
  for (const path of places) {
    if (!await exists(path)) continue;
    if (anchor === undefined) return true;
    if (headings(await read(path)).some(({ slug }) => slug === anchor)) {
      return true;
    }
  }
  return false;
}

const exists = (path: string) =>
  Deno.stat(fromRoot(path)).then(() => true, () => false);

async function filesBelow(paths: readonly string[]): Promise<string[]> {
  const found: string[] = [];
  for (const path of paths) {
    const { isDirectory } = await Deno.stat(fromRoot(path));
    if (!isDirectory) {
      found.push(path);
      continue;
    }
    for await (const { name, isSymlink } of Deno.readDir(fromRoot(path))) {
      if (!isSymlink) found.push(...await filesBelow([`${path}/${name}`]));
    }
  }
  return found.filter((path) => !path.endsWith(".md")).sort();
}

/** A heading of a page. */
export interface Heading {
  /** Number of `#`. */
  readonly level: number;
  readonly title: string;
  /** The anchor that GitHub gives it, unless an earlier one has it already. */
  readonly slug: string;
  readonly line: number;
}

export const headings = ({ prose }: Document): Heading[] =>
  [...prose.matchAll(/^(#+) (.*)$/gm)].map(({ 1: marks, 2: title, index }) => ({
    level: marks.length,
    title,
    slug: slug(title),
    line: lineAt(prose, index),
  }));

/** GitHub's anchor of a heading. */
function slug(title: string): string {
  return title.toLowerCase().replace(/[^\p{L}\p{N} _-]/gu, "")
    .replaceAll(" ", "-");
}

/** The page that lists every line of the log. */
const CATALOGUE = "docs/reference.md";

/**
 * Every line of a `log` block is one that the program can write, and every line
 * that it can write is listed in the reference.
 */
export async function checkLogLines(
  pages: readonly Document[],
): Promise<Outcome> {
  const templates = logTemplates(await textSources());
  const faults: Fault[] = [];
  let checked = 0;
  for (const { path, blocks } of pages) {
    for (const block of blocks.filter(({ info }) => info === "log")) {
      for (const [index, line] of block.text.trimEnd().split("\n").entries()) {
        checked++;
        if (templates.some((template) => template.test(bare(line)))) continue;
        faults.push({
          place: `${path}:${block.line + index}`,
          text: `quotes a line that is not logged: ${line}`,
        });
      }
    }
  }
  const listed = pages.find(({ path }) => path === CATALOGUE)?.blocks
    .filter(({ info }) => info === "log")
    .flatMap(({ text }) => text.trimEnd().split("\n").map(bare)) ?? [];
  for (const template of templates) {
    checked++;
    if (listed.some((line) => template.test(line))) continue;
    faults.push({ place: CATALOGUE, text: `does not list ${template.source}` });
  }
  return { checked, faults };
}

/**
 * What is refused before there is a log to speak of (`text` blocks) is worded
 * all over the code: it begins with "Cannot", every stretch of it is in a literal
 * there, and what is left between them are values, never two words.
 */
export async function checkRefusals(
  pages: readonly Document[],
): Promise<Outcome> {
  const fragments = await fragmentsOf("src");
  const faults: Fault[] = [];
  let checked = 0;
  for (const { path, blocks } of pages) {
    for (const block of blocks.filter(({ info }) => info === "text")) {
      for (const [index, line] of block.text.trimEnd().split("\n").entries()) {
        const refusal = /^(?:ERROR|WARN|flush-manager:) (.*)/.exec(line)?.[1];
        if (refusal === undefined) continue;
        checked++;
        const left = fragments.reduce(
          (text, fragment) => text.replace(fragment, "\0"),
          refusal.replace(SYSTEM_ERROR, "\0"),
        );
        const isWhole = refusal.startsWith("Cannot ");
        if (isWhole && !/[a-z]{2,} [a-z]{2,}/.test(left)) continue;
        faults.push({
          place: `${path}:${block.line + index}`,
          text: `quotes a line that is not written: ${line}`,
        });
      }
    }
  }
  return { checked, faults };
}

/** What the runtime says of a failed system call. */
const SYSTEM_ERROR = /[A-Z][\w -]* \(os error \d+\)/;
const FRAGMENT_MIN = 9;

/** The fixed parts of all texts in the code, the longest first. */
async function fragmentsOf(folder: string): Promise<string[]> {
  const found = new Set<string>();
  for await (const { name, isDirectory } of Deno.readDir(fromRoot(folder))) {
    const path = `${folder}/${name}`;
    if (isDirectory) {
      for (const one of await fragmentsOf(path)) found.add(one);
      continue;
    }
    const source = (await Deno.readTextFile(fromRoot(path)))
      .replace(/^\s*(?:\/\/|\/?\*).*$/gm, "");
    for (
      const [, text, template] of source.matchAll(/"([^"\n]*)"|`([^`]*)`/g)
    ) {
      const parts = text === undefined
        ? template.split(/\$\{[^{}]*\}/)
        : [text];
      for (const part of parts) {
        if (part.length >= FRAGMENT_MIN) found.add(part);
      }
    }
  }
  return [...found].sort((one, other) => other.length - one.length);
}

/** `LEVEL message`, without the prefix that a line has in the log. */
const bare = (line: string) =>
  line.replace(/^\[flush-manager\] (\w+): \S+ \S+ /, "$1 ");

/** An expression for each line, `LEVEL text` with gaps for what is filled in. */
export const logTemplates = (source: string): RegExp[] =>
  logCalls(source).filter(({ parts }) => parts.some((part) => part !== ""))
    .map(({ level, parts }) => {
      const text = parts.map((part) =>
        part.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&")
      );
      return new RegExp(`^${level.toUpperCase()} ${text.join(".+")}$`);
    });
