import type { HttpResponse } from '../../src/http.ts';
import type { Sent } from '../../src/iap/sent.ts';

export const clientId = '123456789012-abc.apps.googleusercontent.com';
export const managedId = '369001918367-abc.apps.googleusercontent.com';
export const principal = 'ci@project.iam.gserviceaccount.com';

/** What was sent, for an app at `url`: an ID token, unless changed. */
export const sentTo = (url: string, change: Partial<Sent> = {}): Sent => ({
  url: new URL(url),
  kind: 'id_token',
  audience: clientId,
  principal,
  expiry: '2026-03-01T13:00:00Z',
  ...change,
});

export const iapHeader = { 'x-goog-iap-generated-response': 'true' };
export const html = { 'content-type': 'text/html; charset=UTF-8' };
export const json = { 'content-type': 'application/json' };

export const answer = (
  status: number,
  body = '',
  headers: Readonly<Record<string, string>> = {},
  tries = 1,
): HttpResponse => ({ status, headers, body, tries });

/** Google's plain page, as its front end and Cloud Run send it. */
export const plainPage = (title: string, heading: string, text: string) =>
  `\n<html><head>\n<meta http-equiv="content-type" content="text/html;charset=utf-8">\n<title>${title}</title>\n</head>\n` +
  `<body text=#000000 bgcolor=#ffffff>\n<h1>${heading}</h1>\n<h2>${text}</h2>\n<h2></h2>\n</body></html>\n`;

/** Google's page with the robot. */
export const robotPage = (title: string, text: string) =>
  `<!DOCTYPE html>\n<html lang=en>\n  <meta charset=utf-8>\n  <title>${title}</title>\n  <style>*{margin:0}</style>\n` +
  `  <p><b>404.</b> <ins>That’s an error.</ins>\n  <p>${text}  <ins>That’s all we know.</ins>\n`;

export const forbiddenPage = plainPage(
  '403 Forbidden',
  'Error: Forbidden',
  'Your client does not have permission to get URL <code>/</code> from this server.',
);
export const unauthorizedPage = plainPage(
  '401 Unauthorized',
  'Error: Unauthorized',
  'Your client does not have permission to the requested URL <code>/</code>.',
);
export const notFoundPage = plainPage(
  '404 Page not found',
  'Error: Page not found',
  'The requested URL was not found on this server.',
);
export const robotNotFound = robotPage(
  'Error 404 (Not Found)!!1',
  'The requested URL <code>/</code> was not found on this server.',
);
export const serverErrorPage = (status: number) =>
  plainPage(
    `${status} Server Error`,
    'Error: Server Error',
    'The server encountered a temporary error and could not complete your request.<p>Please try again in 30 seconds.',
  );

/** The one client id that signs in, and where IAP lets it come back to. */
export const signInAt = (id: string) =>
  `https://accounts.google.com/o/oauth2/v2/auth?client_id=${id}&response_type=code&scope=openid+email` +
  `&redirect_uri=https://iap.googleapis.com/v1/oauth/clientIds/${id}:handleRedirect&state=x`;
