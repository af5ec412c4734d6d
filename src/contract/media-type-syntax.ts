/**
 * Media types by the grammar of RFC 9110 section 8.3.1, and by nothing else: what browsers, proxies and this
 * server read differently is not a media type here.
 */

const TOKEN = "[!#$%&'*+.^_`|~0-9A-Za-z-]+";
/** Printable ASCII alone: the grammar allows tabs and high bytes, on which no two readers agree. */
const QUOTED = String.raw`"(?:[ !#-\[\]-~]|\\[ -~])*"`;
const PARAMETER = new RegExp(`^ *; *(?:(${TOKEN})=(${TOKEN}|${QUOTED}))?`);
const ESSENCE = new RegExp(`^${TOKEN}/${TOKEN}`);
export const MEDIA_TYPE_MAX = 255;

export interface MediaType {
  /** Type and subtype, lower-case. */
  readonly essence: string;
  /** Names lower-case, values without their quotes; the first of two with one name. */
  readonly parameters: ReadonlyMap<string, string>;
}

/** Null when the text is not one media type from its first character to its last. */
export function parseMediaType(text: string): MediaType | null {
  if (text.length > MEDIA_TYPE_MAX) return null;
  const essence = ESSENCE.exec(text)?.[0];
  if (essence === undefined) return null;
  const parameters = new Map<string, string>();
  let rest = text.slice(essence.length);
  while (rest !== '') {
    const found = PARAMETER.exec(rest);
    if (found === null) return null;
    const [whole, name, value] = found;
    const known = name?.toLowerCase();
    if (known !== undefined && value !== undefined && !parameters.has(known))
      parameters.set(known, unquoted(value));
    rest = rest.slice(whole.length);
  }
  return { essence: essence.toLowerCase(), parameters };
}

function unquoted(value: string): string {
  return value.startsWith('"') ? value.slice(1, -1).replace(/\\(.)/g, '$1') : value;
}
