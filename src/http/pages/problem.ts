/** The page that explains one problem code. */
import { ERRORS } from '../../contract/errors.js';
import type { Code } from '../../domain/errors.js';
import { escapeHtml, layout } from './layout.js';

export function problemPage(code: Code, base: string): string {
  const { status, title, meaning, next } = ERRORS[code];
  return layout(
    `${code} · Taskspace`,
    `<p class="soft"><code>${status} ${code}</code></p>
<h1>${escapeHtml(title)}</h1>
<p>${escapeHtml(meaning)}</p>
<h2>What to do</h2>
<p>${escapeHtml(next)}</p>`,
    base,
  );
}
