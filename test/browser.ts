import { existsSync } from 'node:fs';
import { type IncomingHttpHeaders, request } from 'node:http';
import { text } from 'node:stream/consumers';

/** What a browser gets to see. */
export interface Seen {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

interface Visit {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** One request, without following a redirect. Unlike fetch, it sends whatever Host it is told to. */
export function visit(url: string | URL, { method = 'GET', headers = {} }: Visit = {}): Promise<Seen> {
  return new Promise((resolve, reject) => {
    const sent = request(url, { method, headers, agent: false }, async (response) => {
      resolve({ status: response.statusCode ?? 0, headers: response.headers, body: await text(response) });
    });
    sent.on('error', reject).end();
  });
}

/** Where the authorization page sends the browser back to. */
export async function redirectOf(url: URL): Promise<URL> {
  const { status, headers, body } = await visit(url);
  if (status !== 302 || headers.location === undefined) throw new Error(`no redirect, but ${status}: ${body}`);
  return new URL(headers.location);
}

const usual = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
];

/** Where Chromium is. A test that needs it fails without it. */
export function chromiumPath(): string {
  const path = process.env['CHROMIUM_PATH'] ?? usual.find(existsSync);
  if (path !== undefined && existsSync(path)) return path;
  throw new Error(
    `There is no Chromium${path === undefined ? '' : ` at ${path}`}. Install it: sudo apt-get install -y chromium\nIf it is elsewhere, set CHROMIUM_PATH to its path.`,
  );
}

const flags = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-background-networking',
  '--disable-quic',
  '--no-first-run',
  '--disable-component-update',
  '--disable-sync',
  // Nothing but this machine is reached, and nothing waits for more.
  '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1',
];

export interface Page {
  goto(url: string): Promise<unknown>;
  fill(selector: string, value: string): Promise<void>;
  click(selector: string): Promise<void>;
  innerText(selector: string): Promise<string>;
  waitForSelector(selector: string): Promise<unknown>;
  evaluate(script: string): Promise<unknown>;
  on(event: 'console', listener: (message: { text(): string }) => void): unknown;
}

export interface Browser {
  newPage(): Promise<Page>;
  close(): Promise<void>;
}

interface Playwright {
  readonly chromium: {
    launch(options: { executablePath: string; args: string[]; headless: boolean }): Promise<Browser>;
  };
}

/** A real browser, without a window. */
export async function openBrowser(): Promise<Browser> {
  const executablePath = chromiumPath();
  // Its own types are of a browser's world.
  const name = 'playwright-core';
  const { chromium } = (await import(name)) as Playwright;
  return chromium.launch({ executablePath, args: flags, headless: true });
}
