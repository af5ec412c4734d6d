/**
 * How browsers read a `Content-Type`, after https://mimesniff.spec.whatwg.org/ (sections 4.4 and 4.6) and
 * https://fetch.spec.whatwg.org/ ("get, decode, and split", "extract a MIME type"), and the shorter ways that
 * real ones went: an oracle that shares nothing with the server's own reading.
 */

/**
 * Whether any of these readings makes the bytes something that a browser runs, or something it would guess
 * about.
 */
export function mayRun(contentType: string | undefined): boolean {
  return readings(contentType ?? '').some(isRunOrGuessed);
}

/**
 * Essences: by the standards, and by those who stop at a space, a comma or a parenthesis, or take the last of
 * several.
 */
function readings(header: string): string[] {
  const pieces = header.split(',');
  return [
    extracted(header),
    ...pieces.map(parsed),
    ...pieces.map((piece) => piece.trim().split(/[\s;(,]/)[0] ?? ''),
    ...header.split(/[\r\n]/).map(parsed),
  ].map((essence) => essence.toLowerCase());
}

function isRunOrGuessed(essence: string): boolean {
  const guessed = ['', 'unknown/unknown', 'application/unknown', '*/*'];
  if (guessed.includes(essence) || !essence.includes('/')) return true;
  if (/\+xml$|^(text|application)\/xml$|svg|html|script|xsl|^multipart\/|^message\//.test(essence))
    return true;
  return /^(application\/x-(shockwave-flash|java|silverlight)|text\/(xul|css|vbs|x-component))/.test(essence);
}

/** "Extract a MIME type": the last of the values that parses, `*``/``*` ignored. */
function extracted(header: string): string {
  let found = '';
  for (const value of split(header)) {
    const essence = parsed(value);
    if (essence !== '' && essence !== '*/*') found = essence;
  }
  return found;
}

/** "Get, decode, and split": at commas that are not between quotes. */
function split(header: string): string[] {
  const values: string[] = [];
  let value = '';
  for (let i = 0; i < header.length; i++) {
    const c = header[i];
    if (c === ',') {
      values.push(value);
      value = '';
      continue;
    }
    value += c;
    if (c !== '"') continue;
    for (i++; i < header.length; i++) {
      value += header[i];
      if (header[i] === '"') break;
      if (header[i] === '\\') value += header[++i] ?? '';
    }
  }
  return [...values, value];
}

/** "Parse a MIME type", its essence alone; '' for failure. */
function parsed(text: string): string {
  const trimmed = text.replace(/^[\n\r\t ]+|[\n\r\t ]+$/g, '');
  const slash = trimmed.indexOf('/');
  if (slash <= 0) return '';
  const type = trimmed.slice(0, slash);
  const subtype = (trimmed.slice(slash + 1).split(';')[0] ?? '').replace(/[\n\r\t ]+$/, '');
  const token = /^[!#$%&'*+\-.^_`|~A-Za-z0-9]+$/;
  return token.test(type) && token.test(subtype) ? `${type}/${subtype}` : '';
}
