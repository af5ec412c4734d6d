import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { globMatches, literalHead } from '../../src/domain/glob.js';

describe('a glob over keys', () => {
  it.each([
    ['*', '', true],
    ['', '', true],
    ['', 'a', false],
    ['a?c', 'abc', true],
    ['a?c', 'ac', false],
    ['detail:a:*', 'detail:ab:x', false],
    ['*b*c', 'abbbcxc', true],
    ['*b*c', 'abbbcx', false],
    ['[a]', 'a', false],
    ['a.c', 'abc', false],
    ['a\\*', 'a\\b', true],
  ])('%s on %s: %s', (pattern, key, matches) => {
    expect(globMatches(pattern, key)).toBe(matches);
  });

  it('means what the same regular expression means', () => {
    const text = fc.string({ unit: fc.constantFrom('a', 'b', '*', '?', '.'), maxLength: 8 });
    fc.assert(
      fc.property(text, text, (pattern, key) => {
        const source = pattern.replaceAll('.', '\\.').replaceAll('*', '.*').replaceAll('?', '.');
        expect(globMatches(pattern, key)).toBe(new RegExp(`^${source}$`, 's').test(key));
      }),
    );
  });

  it('is quick on what is slow for careless ones', () => {
    expect(globMatches('*a'.repeat(50).concat('b'), 'a'.repeat(5_000))).toBe(false);
  });

  it('begins with its literal head', () => {
    expect(literalHead('detail:a*:b?')).toBe('detail:a');
    expect(literalHead('?')).toBe('');
  });
});
