/** The status page as one document. */
import assert from "node:assert/strict";
import { DOCUMENT, pageModule } from "../../../scripts/page.ts";
import { fromRoot } from "../../../scripts/denort.ts";
import { HTML, POLICY } from "../../../src/control/page/document.ts";

Deno.test("document.ts is current: scripts/dev page writes it", async () => {
  const text = await Deno.readTextFile(fromRoot(DOCUMENT));
  assert.equal(text, await pageModule());
});

/** What is between the tags of an element that is there once. */
function insideOf(tag: string): string {
  const found = [...HTML.matchAll(
    new RegExp(`<${tag}(?: [^>]*)?>(.*?)</${tag}>`, "gs"),
  )];
  assert.equal(found.length, 1, tag);
  return found[0][1];
}

Deno.test("its policy allows its own program and style, and no other", async () => {
  for (
    const [tag, directive] of [["script", "script-src"], ["style", "style-src"]]
  ) {
    const bytes = new TextEncoder().encode(insideOf(tag));
    const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
    assert.ok(
      POLICY.split("; ").includes(`${directive} 'sha256-${digest.toBase64()}'`),
    );
  }
  assert.match(POLICY, /^default-src 'none'; /);
  assert.match(POLICY, /require-trusted-types-for 'script'/);
  assert.doesNotMatch(POLICY, /unsafe|\*/);
});

Deno.test("it loads nothing from elsewhere, and writes no markup", () => {
  const [program, style] = [insideOf("script"), insideOf("style")];
  assert.doesNotMatch(style, /url\(|@import/);
  assert.doesNotMatch(HTML.replace(program, ""), /(?:src|href)="(?!#|data:)/);
  assert.doesNotMatch(
    program,
    /innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b|\bimport\b/,
  );
});
