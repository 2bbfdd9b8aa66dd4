import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { Provider } from 'oidc-provider';
import { systemClock } from '../../src/clock.ts';
import { refresh } from '../../src/google/refresh.ts';
import { login } from '../../src/login/index.ts';
import { readClaims } from '../../src/token.ts';
import { type Browser, openBrowser, type Page } from '../browser.ts';
import { temporaryFolder } from '../folder.ts';
import { failureOf, openTestWorld } from '../world.ts';

// A certified OpenID provider in Google's place, and a real browser: https://github.com/panva/node-oidc-provider
jest.setTimeout(60_000);

const client = { clientId: '123-abc.apps.googleusercontent.com', clientSecret: 'GOCSPX-of-the-desktop-client' };

function createProvider(): Provider {
  return new Provider('https://accounts.google.com', {
    clients: [
      {
        client_id: client.clientId,
        client_secret: client.clientSecret,
        application_type: 'native',
        redirect_uris: ['http://127.0.0.1'],
        grant_types: ['authorization_code', 'refresh_token'],
        response_types: ['code'],
        token_endpoint_auth_method: 'client_secret_post',
      },
    ],
    claims: { openid: ['sub'], email: ['email', 'email_verified'] },
    // As Google does: the email is in the ID token itself, and access_type decides about the refresh token.
    conformIdTokenClaims: false,
    extraParams: ['access_type'],
    issueRefreshToken: async (context) => context.oidc.entities.AuthorizationCode !== undefined,
    findAccount: async (_context, id) => ({
      accountId: id,
      claims: async () => ({ sub: id, email: `${id}@example.com`, email_verified: true }),
    }),
    pkce: { required: () => true },
    features: { devInteractions: { enabled: true } },
    cookies: { keys: [randomBytes(32).toString('hex')] },
    ttl: {
      AccessToken: 60,
      AuthorizationCode: 60,
      Grant: 600,
      IdToken: 3600,
      Interaction: 60,
      RefreshToken: 600,
      Session: 600,
    },
  });
}

let server: Server;
let browser: Browser;
let origin: string;
let folder: string;
const refusals: string[] = [];

beforeAll(async () => {
  browser = await openBrowser();
  // It warns of what a real deployment must not have.
  jest.spyOn(console, 'warn').mockReturnValue();
  jest.spyOn(console, 'info').mockReturnValue();
  const provider = createProvider();
  provider.on('grant.error', (_context, error) => void refusals.push(error.message));
  server = provider.listen(0, '127.0.0.1');
  await once(server, 'listening');
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  folder = temporaryFolder();
});
afterAll(async () => {
  await browser?.close();
  server?.closeAllConnections();
  server?.close();
  jest.restoreAllMocks();
});

function prepare(person: (page: Page) => Promise<void>) {
  const world = openTestWorld({ host: new URL(origin).host });
  const endpoints = { authorization: `${origin}/auth`, token: `${origin}/token` };
  const out = join(folder, `${randomBytes(4).toString('hex')}.json`);
  const complaints: string[] = [];
  let visiting: Promise<Page> | undefined;
  const open = async (url: URL) => {
    visiting = browser.newPage().then(async (page) => {
      page.on('console', (message) => complaints.push(message.text()));
      await page.goto(url.href);
      await person(page);
      return page;
    });
    visiting.catch(() => undefined);
  };
  const deps = { ...world, endpoints, clock: systemClock, open };
  return {
    world,
    out,
    complaints,
    work: () => login({ client, out, timeout: 20_000 }, deps),
    end: async () => (await visiting) as Page,
    refresh: (refreshToken: string) => refresh({ endpoint: endpoints.token, ...client, refreshToken }, world),
  };
}

const consent = 'form:has(input[name=prompt][value=consent]) button[type=submit]';

async function signIn(page: Page) {
  await page.fill('input[name=login]', 'ada');
  await page.fill('input[name=password]', 'correct horse');
  await page.click('button[type=submit]');
  await page.waitForSelector(consent);
}

describe('login, in Chromium, with a certified provider', () => {
  it('signs a person in who agrees, and shows a page of its own at the end', async () => {
    const { work, end, out, complaints, ...deps } = prepare(async (page) => {
      await signIn(page);
      await page.click(consent);
      await page.waitForSelector('main h1');
    });
    const { email, file } = await work();
    expect(email).toBe('ada@example.com');
    expect(JSON.parse(readFileSync(out, 'utf8'))).toEqual(file);

    const page = await end();
    expect(await page.innerText('main')).toMatch(
      /^You are signed in\s+You can close this page and go back to the terminal\.\s+iap-auth$/,
    );
    // The style applies, and nothing was refused by the page's own policy.
    expect(await page.evaluate('getComputedStyle(document.body).display')).toBe('grid');
    expect(complaints.filter((text) => text.includes('Content Security Policy'))).toEqual([]);

    const { idToken = '' } = await deps.refresh(file.refresh_token);
    expect(readClaims(idToken, 'the provider')).toMatchObject({ aud: client.clientId, email: 'ada@example.com' });
    expect(refusals).toEqual([]);
  });

  it('says so where the person does not agree', async () => {
    const { work, end } = prepare(async (page) => {
      await signIn(page);
      await page.click('a[href$="/abort"]');
      await page.waitForSelector('main h1');
    });
    const error = await failureOf(work);
    expect(error).toMatchObject({
      code: 'token-refused',
      message: 'the sign-in was not granted: the browser returned "access_denied"',
    });
    expect(await (await end()).innerText('main h1')).toBe('Not signed in');
  });
});
