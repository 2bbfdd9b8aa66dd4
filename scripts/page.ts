/** What a step leaves, as a page like GitHub's: its summary and its log. */
import { Marked } from 'marked';
import { type Line, linesOf } from './log.ts';

const fonts = 'system-ui, "Segoe UI", "Noto Sans", Helvetica, Arial, sans-serif, "Noto Color Emoji"';
const mono = 'ui-monospace, "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace';

const summaryCss = `
body { margin: 0; background: #fff; color: #1f2328; font: 15px/1.5 ${fonts}; }
#picture { box-sizing: border-box; width: 940px; padding: 20px 28px; }
.frame { border: 1px solid #d1d9e0; border-radius: 6px; padding: 16px 24px; }
.job { color: #59636e; font-size: 13px; border-bottom: 1px solid #d1d9e0; margin: -16px -24px 16px; padding: 10px 24px;
  background: #f6f8fa; border-radius: 6px 6px 0 0; }
h3, h4 { margin: 22px 0 12px; line-height: 1.25; font-weight: 600; }
h3 { font-size: 1.25em; margin-top: 0; }
h4 { font-size: 1em; }
p, ul, table, pre { margin: 0 0 14px; }
table { border-collapse: collapse; }
th, td { padding: 6px 13px; border: 1px solid #d1d9e0; text-align: left; }
tr:nth-child(2n) td { background: #f6f8fa; }
code, pre { font-family: ${mono}; font-size: 85%; background: rgba(129, 139, 152, 0.12); border-radius: 6px; }
code { padding: 0.2em 0.4em; }
pre { padding: 14px; white-space: pre-wrap; overflow-wrap: anywhere; background: #f6f8fa; }
pre code { padding: 0; background: none; font-size: 100%; }
a { color: #0969da; }
.mermaid { border: 1px solid #d1d9e0; border-radius: 6px; padding: 10px; }`;

const logCss = `
body { margin: 0; background: #0d1117; color: #d1d7e0; font: 13px/1.6 ${mono}; }
#picture { box-sizing: border-box; width: 1000px; padding: 16px 20px; }
.line { display: flex; white-space: pre-wrap; overflow-wrap: anywhere; }
.number { flex: none; width: 2.2em; margin-right: 1.2em; text-align: right; color: #656c76; user-select: none; }
.inside .text { padding-left: 2ch; }
.group { font-weight: 600; }
.error { color: #ff7b72; background: rgba(248, 81, 73, 0.12); }
.warning { color: #e3b341; background: rgba(187, 128, 9, 0.12); }`;

/** A step summary as GitHub shows it; HTML in it shows as text. What is to be drawn has the class `mermaid`. */
export function summaryPage(markdown: string, job: string): string {
  const marked = new Marked({
    gfm: true,
    renderer: {
      html: ({ text }) => escapeHtml(text),
      code: ({ text, lang }) =>
        lang === 'mermaid'
          ? `<div class="mermaid">${escapeHtml(text)}</div>`
          : `<pre><code>${escapeHtml(text)}</code></pre>`,
    },
  });
  const body = marked.parse(markdown, { async: false });
  return pageOf(summaryCss, `<div class="frame"><div class="job">${escapeHtml(job)} summary</div>${body}</div>`);
}

/** A step's log as GitHub shows it, with its groups open: what it was run with, then what it wrote to stdout. */
export function logPage(inputs: Readonly<Record<string, string>>, stdout: string): string {
  const given = Object.entries(inputs).map(([name, value]): Line => ({ kind: 'inside', text: `  ${name}: ${value}` }));
  const head: Line[] = [{ kind: 'group', text: 'Run iap-auth/iap-auth' }, { kind: 'inside', text: 'with:' }, ...given];
  const lines = [...head, ...linesOf(stdout)].flatMap(({ kind, text }) =>
    text.split('\n').map((one) => ({ kind, text: one })),
  );
  const rows = lines.map(({ kind, text }, index) => {
    const shown = kind === 'group' ? `▾ ${text}` : text;
    return `<div class="line ${kind}"><span class="number">${index + 1}</span><span class="text">${escapeHtml(shown)}</span></div>`;
  });
  return pageOf(logCss, rows.join('\n'));
}

function pageOf(css: string, body: string): string {
  return `<!doctype html><html lang="en"><meta charset="utf-8"><style>${css}</style><div id="picture">${body}</div></html>`;
}

function escapeHtml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}
