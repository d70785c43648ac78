/**
 * `deno task page`: writes src/control/page/document.ts, the status page as one
 * document, from its markup, its style and its program. Must not know what the
 * page shows.
 */
import { fromRoot, ROOT } from "./denort.ts";
import { must, script } from "./shell.ts";
import { taskOptions } from "./task_options.ts";

export const DOCUMENT = "src/control/page/document.ts";

/** The text of the module, as it is to be in the repository. */
export async function pageModule(): Promise<string> {
  const [markup, style, program] = await Promise.all([
    read("src/control/page/page.html"),
    styles(),
    bundled("src/control/page/browser/main.ts"),
  ]);
  const css = smallerStyle(style);
  const html = smallerMarkup(markup)
    .replace("<style></style>", () => `<style>${css}</style>`)
    .replace(
      '<script type="module"></script>',
      () => `<script type="module">${program}</script>`,
    );
  const policy = [
    "default-src 'none'",
    `script-src ${await hashOf(program)}`,
    `style-src ${await hashOf(css)}`,
    "connect-src 'self'",
    "img-src data:",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
  ].join("; ");
  return `/** The status page. Written by \`deno task page\`: change what it is made of, not this. */

/** One document, without anything that is loaded from elsewhere. */
export const HTML =
  ${JSON.stringify(html)};

/** Its Content-Security-Policy: this program, this style, and requests to where it came from. */
export const POLICY =
  ${JSON.stringify(policy)};
`;
}

const read = (path: string) => Deno.readTextFile(fromRoot(path));

/** In this order: what comes later is stronger. */
const STYLES = [
  "base",
  "state",
  "controls",
  "parts",
  "timeline",
  "notices",
  "wide",
] as const;

const styles = async (): Promise<string> =>
  (await Promise.all(
    STYLES.map((name) => read(`src/control/page/style/${name}.css`)),
  )).join("\n");

/** As one module of plain JavaScript for a browser. */
async function bundled(entry: string): Promise<string> {
  const text = await must(`bundle ${entry}`, Deno.execPath(), [
    ..."bundle --quiet --minify --frozen --platform browser".split(" "),
    entry,
  ], { cwd: ROOT });
  const program = text.trim();
  if (/<\/script|<!--/i.test(program)) {
    throw new Error(`Cannot embed ${entry}: it would end its own element`);
  }
  return program;
}

/** Without indentation and comments. */
const smallerMarkup = (markup: string): string =>
  markup.replace(/\n\s*/g, "\n").trim();

const smallerStyle = (style: string): string =>
  style.replace(/\s+/g, " ").replace(/ ?([{};]) ?/g, "$1").trim();

/** As a source of a Content-Security-Policy. */
async function hashOf(text: string): Promise<string> {
  const bytes = new TextEncoder().encode(text);
  const digest = await crypto.subtle.digest("SHA-256", bytes);
  return `'sha256-${new Uint8Array(digest).toBase64()}'`;
}

if (import.meta.main) {
  await script("page", async () => {
    taskOptions(Deno.args, {});
    await Deno.writeTextFile(fromRoot(DOCUMENT), await pageModule());
  });
}
