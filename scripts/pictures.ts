/** Runs the built action against the emulator, and draws what GitHub would show of it: docs/pictures/. */
import { existsSync, mkdirSync } from 'node:fs';
import { startEmulator } from '../src/emulator/index.ts';
import { logPage, summaryPage } from './page.ts';
import { runStep } from './runner.ts';

interface Page {
  setContent(html: string): Promise<void>;
  addScriptTag(script: { path: string }): Promise<unknown>;
  evaluate(script: string): Promise<unknown>;
  locator(selector: string): { screenshot(options: { path: string }): Promise<unknown> };
  close(): Promise<void>;
}

interface Browser {
  newPage(options: { deviceScaleFactor: number; offline: boolean; timezoneId: string }): Promise<Page>;
  close(): Promise<void>;
}

interface Playwright {
  readonly chromium: { launch(options: { executablePath: string; args: string[] }): Promise<Browser> };
}

const folder = 'docs/pictures';
const executablePath = process.env['CHROMIUM_PATH'] ?? '/usr/bin/chromium';
const drawCharts = `mermaid.initialize({ startOnLoad: false, securityLevel: 'strict', gantt: { useWidth: 840 } });
mermaid.run({ querySelector: '.mermaid' })`;

async function openBrowser(): Promise<Browser> {
  // Its own types are of a browser's world.
  const name = 'playwright-core';
  const { chromium } = (await import(name)) as Playwright;
  const args = ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-lcd-text'];
  return chromium.launch({ executablePath, args });
}

interface Picture {
  readonly name: string;
  readonly html: string;
  /** Pixels of the picture to one of the page. */
  readonly scale: number;
}

async function draw(browser: Browser, { name, html, scale }: Picture): Promise<void> {
  const page = await browser.newPage({ deviceScaleFactor: scale, offline: true, timezoneId: 'UTC' });
  await page.setContent(html);
  if (html.includes('class="mermaid"')) {
    await page.addScriptTag({ path: 'node_modules/mermaid/dist/mermaid.min.js' });
    await page.evaluate(drawCharts);
  }
  await page.locator('#picture').screenshot({ path: `${folder}/${name}.png` });
  await page.close();
}

interface Scene {
  readonly name: string;
  readonly account: string;
  readonly expected: number;
}

async function show(
  browser: Browser,
  emulator: Awaited<ReturnType<typeof startEmulator>>,
  scene: Scene,
): Promise<void> {
  const key = await emulator.createKey(scene.account);
  const inputs = { target_audience: emulator.clientId, url: `${emulator.appUrl}/\n${emulator.appUrl}/json` };
  const env = { IAP_AUTH_EMULATOR_HOST: emulator.host };
  const { code, stdout, stderr, summary } = await runStep({ ...inputs, credentials_json: JSON.stringify(key) }, env);
  if (code !== scene.expected) throw new Error(`expected exit code ${scene.expected}, got ${code}\n${stdout}${stderr}`);
  await draw(browser, { name: `${scene.name}-summary`, html: summaryPage(summary, 'deploy'), scale: 1.25 });
  const log = logPage({ credentials_json: '***', ...inputs }, stdout);
  await draw(browser, { name: `${scene.name}-log`, html: log, scale: 1 });
}

async function main(): Promise<void> {
  mkdirSync(folder, { recursive: true });
  const emulator = await startEmulator();
  const browser = await openBrowser();
  try {
    const account = 'deployer@demo-project.iam.gserviceaccount.com';
    emulator.grant(account);
    // The new version is still starting.
    emulator.fail('app', { status: 503, times: 2 });
    await show(browser, emulator, { name: 'passed', account, expected: 0 });
    const stranger = 'stranger@demo-project.iam.gserviceaccount.com';
    await show(browser, emulator, { name: 'failed', account: stranger, expected: 1 });
  } finally {
    await browser.close();
    await emulator.close();
  }
}

if (existsSync(executablePath)) await main();
else {
  console.error(
    `There is no Chromium at ${executablePath}. Install it: sudo apt-get install -y chromium fonts-noto-color-emoji\nIf it is elsewhere, set CHROMIUM_PATH to its path.`,
  );
  process.exitCode = 1;
}
