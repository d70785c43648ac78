/**
 * A page in Debian's headless Chromium: what it complains of, what it looks like,
 * and what an accessibility check finds. Must not know what the page shows.
 */
import axe from "axe-core";
import { type Browser, chromium, type Page } from "playwright-core";
import { pathOf } from "./programs.ts";

/** Where the pictures go. */
const PICTURES = decodeURIComponent(
  new URL("../../dist/page/", import.meta.url).pathname,
);

const SIZES = {
  phone: { width: 390, height: 844 },
  desktop: { width: 1280, height: 800 },
} as const;
const SCHEMES = ["light", "dark"] as const;

/** A tab of a browser of its own. */
export class Tab implements AsyncDisposable {
  readonly page: Page;
  /** What the browser has told of on its console: refused requests, breaches of the policy, exceptions. */
  readonly complaints: string[] = [];
  readonly #browser: Browser;

  private constructor(browser: Browser, page: Page) {
    this.#browser = browser;
    this.page = page;
    page.on("console", (message) => this.complaints.push(message.text()));
    page.on("pageerror", ({ message }) => this.complaints.push(message));
  }

  static async open(url: string): Promise<Tab> {
    const browser = await chromium.launch({
      executablePath: pathOf("chromium"),
      // Its sandbox cannot be set up as root in a container.
      args: ["--no-sandbox"],
    });
    const page = await browser.newPage({ viewport: SIZES.desktop });
    const tab = new Tab(browser, page);
    await page.goto(url);
    return tab;
  }

  /** Saves it in both sizes and both schemes; what an accessibility check finds in any of them. */
  async look(name: string): Promise<string[]> {
    const found: string[] = [];
    await Deno.mkdir(PICTURES, { recursive: true });
    for (const [size, viewport] of Object.entries(SIZES)) {
      await this.page.setViewportSize(viewport);
      for (const colorScheme of SCHEMES) {
        await this.page.emulateMedia({ colorScheme });
        await this.page.screenshot({
          path: `${PICTURES}${name}-${size}-${colorScheme}.png`,
          fullPage: true,
        });
        const violations = await this.violations();
        found.push(
          ...violations.map((each) => `${size} ${colorScheme}: ${each}`),
        );
      }
    }
    await this.page.setViewportSize(SIZES.desktop);
    return found;
  }

  /** Of the rules of WCAG 2.2 and of good practice. */
  async violations(): Promise<string[]> {
    await this.page.evaluate(axe.source);
    const found: { id: string; nodes: { html: string; summary: string }[] }[] =
      await this.page.evaluate(
        `axe.run().then(({ violations }) => violations.map(({ id, nodes }) => ({
          id,
          nodes: nodes.map(({ html, failureSummary }) => ({
            html, summary: failureSummary,
          })),
        })))`,
      );
    return found.flatMap(({ id, nodes }) =>
      nodes.map(({ html, summary }) => `${id}: ${html}: ${summary}`)
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#browser.close();
  }
}
