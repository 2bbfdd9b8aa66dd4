import { createHash } from 'node:crypto';

/** What the browser shows when a sign-in ends, or was asked for something else. */
export interface Page {
  readonly title: string;
  readonly text: string;
}

const style = `:root { color-scheme: light dark; }
body {
  margin: 0; min-height: 100vh; display: grid; place-items: center;
  font: 1.125rem/1.6 system-ui, sans-serif;
  background: light-dark(#f6f7f9, #16181c); color: light-dark(#1d2025, #e6e8eb);
}
main { max-width: 26rem; margin: 1.5rem; padding: 2.5rem; border-radius: 1rem; text-align: center; text-wrap: balance;
  background: light-dark(#fff, #202329); box-shadow: 0 1px 4px light-dark(#0002, #0008); }
h1 { margin: 0 0 .5rem; font-size: 1.5rem; line-height: 1.3; }
p { margin: 0; color: light-dark(#555b66, #a8afba); }
small { display: block; margin-top: 1.5rem; font-size: .875rem; color: light-dark(#6b717c, #8d95a1); }`;

const styleHash = createHash('sha256').update(style).digest('base64');

/**
 * Headers that keep an answer out of caches and histories of others, and that let the page do nothing but be read:
 * https://cheatsheetseries.owasp.org/cheatsheets/HTTP_Headers_Cheat_Sheet.html
 */
export const pageHeaders: Readonly<Record<string, string>> = {
  'content-type': 'text/html; charset=utf-8',
  'cache-control': 'no-store',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'content-security-policy': `default-src 'none'; style-src 'sha256-${styleHash}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
};

/** The page as HTML. Its words are ours: nothing that a request said belongs in them. */
export function htmlOf({ title, text }: Page): string {
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${title} – iap-auth</title>
<style>${style}</style>
<main>
<h1>${title}</h1>
<p>${text}</p>
<small>iap-auth</small>
</main>
</html>
`;
}
