/**
 * HTML (WHATWG HTML, "Writing HTML documents") that is put together from elements, never from text: what others named cannot end the
 * element or the attribute that it stands in. An `Html` comes from here alone.
 */
import { escapeCharacter, printable } from '../../util/printable.js';

declare const htmlBrand: unique symbol;

/** Markup. Its text is fit for any element but `script` and `style`. */
export interface Html {
  readonly markup: string;
  readonly [htmlBrand]: true;
}

/** What is in an element: text, which is escaped, and elements; `undefined` is nothing. */
export type Content = string | Html | undefined | readonly (string | Html | undefined)[];

/** `true` is an attribute without a value; `undefined` and `false` are none. */
export type Attributes = Readonly<Record<string, string | number | boolean | undefined>>;

/** Elements that have no content and no end tag. */
const VOID: ReadonlySet<string> = new Set(['meta', 'br', 'wbr', 'rect']);
/** Of those, elements of SVG end like this in HTML. */
const SELF_CLOSED: ReadonlySet<string> = new Set(['rect']);

/** @param name of the element, and of the attributes: ours, never of others */
export function element(name: string, attributes: Attributes = {}, content: Content = ''): Html {
  const start = `<${name}${printAttributes(attributes)}`;
  if (VOID.has(name)) return made(`${start}${SELF_CLOSED.has(name) ? '/>' : '>'}`);
  return made(`${start}>${markupOf(content)}</${name}>`);
}

/** Several pieces, one after the other. */
export function together(content: Content): Html {
  return made(markupOf(content));
}

function markupOf(content: Content): string {
  const pieces = typeof content === 'object' && 'length' in content ? content : [content];
  return pieces
    .map((piece) => (typeof piece === 'object' ? piece.markup : escapeText(piece ?? '')))
    .join('');
}

function printAttributes(attributes: Attributes): string {
  return Object.entries(attributes)
    .map(([name, value]) => {
      if (value === undefined || value === false) return '';
      return value === true ? ` ${name}` : ` ${name}="${escapeText(String(value))}"`;
    })
    .join('');
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Code points that are no characters, which HTML must not have: U+FDD0 to U+FDEF, and the last two of each plane. */
const NONCHARACTER = /\p{Noncharacter_Code_Point}/gu;

/** Fit for an element's content and for an attribute's value in quotes. What would not be seen is shown as `\xHH`. */
export function escapeText(text: string): string {
  return printable(text)
    .replaceAll(NONCHARACTER, escapeCharacter)
    .replaceAll(/[&<>"']/g, (character) => ENTITIES[character] ?? '');
}

/** The only place where text becomes markup. */
function made(markup: string): Html {
  return { markup } as Html;
}
