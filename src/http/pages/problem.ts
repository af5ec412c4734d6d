/** The page that explains one problem code. */
import { CODES, type Code } from '../../domain/errors.js';
import { PROBLEM_TEXTS } from '../problem-texts.js';
import { STATUS_OF } from '../problems.js';
import { escapeHtml, layout } from './layout.js';

export function problemPage(code: Code, base: string): string {
  const { meaning, next } = PROBLEM_TEXTS[code];
  return layout(
    `${code} · Taskspace`,
    `<p class="soft"><code>${STATUS_OF[code]} ${code}</code></p>
<h1>${escapeHtml(CODES[code])}</h1>
<p>${escapeHtml(meaning)}</p>
<h2>What to do</h2>
<p>${escapeHtml(next)}</p>`,
    base,
  );
}
