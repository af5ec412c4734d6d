/**
 * The frame of all pages: one file without scripts or external resources, light or dark as the
 * reader's system is.
 */

/**
 * @param body HTML; all external text in it went through `escapeHtml`. @param base the prefix of every path.
 */
export function layout(title: string, body: string, base: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)}</title>
<style>${STYLE}</style>
</head>
<body>
<header><a class="brand" href="${base}/">Taskspace</a><nav><a href="${base}/docs">API</a><a href="${base}/openapi.json">OpenAPI</a><a href="${base}/ready">ready</a></nav></header>
<main>
${body}
</main>
</body>
</html>
`;
}

export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`);
}

const STYLE = `
:root { color-scheme: light dark; --ink: #1c2024; --soft: #60646c; --line: #e0e1e6; --paper: #fcfcfd; --card: #fff; --accent: #3e63dd; --good: #18794e; --bad: #ce2c31; }
@media (prefers-color-scheme: dark) { :root { --ink: #edeef0; --soft: #b0b4ba; --line: #2e3135; --paper: #111113; --card: #18191b; --accent: #9eb1ff; --good: #3dd68c; --bad: #ff9592; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 16px/1.55 system-ui, sans-serif; }
header, main { max-width: 60rem; margin: 0 auto; padding: 1rem 1.25rem; }
header { display: flex; justify-content: space-between; align-items: baseline; border-bottom: 1px solid var(--line); }
nav { display: flex; gap: 1.25rem; }
a { color: var(--accent); text-decoration: none; } a:hover { text-decoration: underline; }
.brand { font-weight: 650; color: var(--ink); letter-spacing: -.01em; }
h1 { font-size: 1.75rem; letter-spacing: -.02em; margin: 1.5rem 0 .5rem; line-height: 1.2; }
h2 { font-size: 1.1rem; margin: 2rem 0 .75rem; }
p { margin: .5rem 0; } .soft { color: var(--soft); }
.facts { display: grid; grid-template-columns: repeat(auto-fit, minmax(9rem, 1fr)); gap: .75rem; margin: 1.25rem 0; padding: 0; }
.facts div { background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: .75rem 1rem; }
dt { color: var(--soft); font-size: .8rem; } dd { margin: 0; font-size: 1.15rem; font-weight: 600; font-variant-numeric: tabular-nums; }
.good { color: var(--good); } .bad { color: var(--bad); }
code, pre { font: .86rem/1.6 ui-monospace, monospace; }
pre { background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: .9rem 1rem; overflow-x: auto; }
table { width: 100%; border-collapse: collapse; } td, th { text-align: left; padding: .45rem .75rem .45rem 0; border-bottom: 1px solid var(--line); vertical-align: top; }
th { color: var(--soft); font-weight: 500; font-size: .8rem; } .verb { font-weight: 650; white-space: nowrap; } .path { overflow-wrap: anywhere; }
details { border-bottom: 1px solid var(--line); } summary { cursor: pointer; padding: .5rem 0; } details[open] { padding-bottom: .75rem; }
`;
