/// <reference lib="dom" />
/** The few ways in which the page changes its document. Text is only ever set as text. */

type Attributes = Readonly<Record<string, string | number>>;

/** An element of HTML with these attributes and children; a string becomes text. */
export function element<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  attributes: Attributes = {},
  ...children: (Node | string)[]
): HTMLElementTagNameMap[Tag] {
  const made = document.createElement(tag);
  setAttributes(made, attributes);
  made.append(...children);
  return made;
}

const SVG = "http://www.w3.org/2000/svg";

/** An element of SVG with these attributes and children; a string becomes text. */
export function graphic<Tag extends keyof SVGElementTagNameMap>(
  tag: Tag,
  attributes: Attributes = {},
  ...children: (Node | string)[]
): SVGElementTagNameMap[Tag] {
  const made = document.createElementNS(SVG, tag);
  setAttributes(made, attributes);
  made.append(...children);
  return made;
}

export function setAttributes(to: Element, attributes: Attributes): void {
  for (const [name, value] of Object.entries(attributes)) {
    to.setAttribute(name, String(value));
  }
}

/** The element of that id, which the document always has. */
export function byId<Kind extends Element>(
  id: string,
  kind: new () => Kind,
): Kind {
  const found = document.getElementById(id);
  if (!(found instanceof kind)) {
    throw new Error(`The document has no ${kind.name} with the id ${id}`);
  }
  return found;
}

/** Leaves alone what says it already: a screen reader would begin again. */
export function say(to: Element, text: string): void {
  if (to.textContent !== text) to.textContent = text;
}

export const sayAt = (id: string, text: string): void =>
  say(byId(id, HTMLElement), text);
