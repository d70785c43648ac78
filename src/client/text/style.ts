/** Colours of a terminal, which never are the only thing that tells something. Pure. */

export type Tone = "good" | "warning" | "bad" | "dim" | "bold" | "plain";

/** The text in this tone; or as it is, where there are no colours. */
export type Style = (tone: Tone, text: string) => string;

/** How an answer is shown. */
export interface Screen {
  readonly columns: number;
  readonly style: Style;
}

/** Select Graphic Rendition (ECMA-48, 8.3.117). */
const CODES: Readonly<Record<Tone, string>> = {
  good: "32",
  warning: "33",
  bad: "31",
  dim: "2",
  bold: "1",
  plain: "",
};

export const coloured: Style = (tone, text) =>
  CODES[tone] === "" || text === ""
    ? text
    : `\x1b[${CODES[tone]}m${text}\x1b[0m`;

export const plain: Style = (_, text) => text;
