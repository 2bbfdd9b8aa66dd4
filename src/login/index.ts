import { randomBytes } from 'node:crypto';
import ms from 'ms';
import type { Clock } from '../clock.ts';
import { IapError } from '../errors.ts';
import { authorizationUrl, exchangeCode, type SignedIn } from '../google/code.ts';
import type { Endpoints } from '../google/endpoints.ts';
import type { Http } from '../http.ts';
import { excerpt } from '../text.ts';
import { checkClaims, googleIssuers, type Mask, readClaims } from '../token.ts';
import type { DesktopClient } from './client.ts';
import { preparePlace, type UserFile, writeUserFile } from './file.ts';
import { type Answer, type Loopback, listen } from './loopback.ts';
import type { Page } from './page.ts';

/** Who is to sign in, by which client, and where that is kept. */
export interface Login {
  readonly client: DesktopClient;
  /** The path of the credential file. */
  readonly out: string;
  /** Milliseconds that the person may take. */
  readonly timeout: number;
}

export interface LoginDeps {
  readonly http: Http;
  readonly endpoints: Pick<Endpoints, 'authorization' | 'token'>;
  readonly clock: Clock;
  readonly mask: Mask;
  /** Shows the address to the person. */
  readonly open: (url: URL) => Promise<void>;
}

/** A sign-in that was made and kept. */
export interface LoggedIn {
  readonly email: string;
  readonly file: UserFile;
}

const done: Page = { title: 'You are signed in', text: 'You can close this page and go back to the terminal.' };
const failed: Page = {
  title: 'Not signed in',
  text: 'Go back to the terminal: it says what went wrong, and what to do.',
};

/**
 * Signs a person in with the browser, and keeps the sign-in as an `authorized_user` file (RFC 8252):
 * https://developers.google.com/identity/protocols/oauth2/native-app
 *
 * @throws {IapError} `config-invalid`, `timeout`, `client-unknown`, `token-refused`, those of a token that is not
 * right, and no answer's codes
 */
export async function login(wanted: Login, deps: LoginDeps): Promise<LoggedIn> {
  await preparePlace(wanted.out);
  const state = randomBytes(32).toString('base64url');
  const loopback = await listen(state);
  let page = failed;
  try {
    const tokens = await signIn(wanted, { ...deps, loopback, state });
    const loggedIn = identify(tokens, wanted.client, deps.clock);
    await writeUserFile(wanted.out, loggedIn.file);
    page = done;
    return loggedIn;
  } finally {
    await loopback.close(page);
  }
}

interface SignInDeps extends LoginDeps {
  readonly loopback: Loopback;
  readonly state: string;
}

async function signIn({ client, timeout }: Login, deps: SignInDeps): Promise<SignedIn> {
  const { endpoints, loopback, mask, state } = deps;
  const { redirectUri } = loopback;
  const verifier = randomBytes(32).toString('base64url');
  mask(verifier);
  const { clientId } = client;
  await deps.open(authorizationUrl({ endpoint: endpoints.authorization, clientId, redirectUri, state, verifier }));
  const answer = await within(timeout, loopback.answer);
  if (answer.code !== undefined) mask(answer.code);
  const code = codeOf(answer, endpoints.authorization);
  return exchangeCode({ endpoint: endpoints.token, ...client, code, verifier, redirectUri }, deps);
}

const again =
  'Run it again, and open the address that it shows with a browser on this machine; over ssh, forward the port that it names. --timeout gives more time.';

async function within(timeout: number, answer: Promise<Answer>): Promise<Answer> {
  const signal = AbortSignal.timeout(timeout);
  const expired = new Promise<never>((_, reject) => {
    signal.onabort = () => {
      const facts = { host: 'the browser', timeout: ms(timeout), fix: again };
      reject(new IapError('timeout', `nobody signed in within ${ms(timeout)}`, facts));
    };
  });
  return Promise.race([answer, expired]);
}

/** An error may come beside a code: then it is one. */
function codeOf({ code, error }: Answer, endpoint: string): string {
  if (error === undefined && code !== undefined && code !== '') return code;
  const said = error === undefined ? 'neither a code nor an error' : `"${excerpt(error)}"`;
  throw new IapError('token-refused', `the sign-in was not granted: the browser returned ${said}`, {
    endpoint,
    fix:
      'Sign in again, and allow what is asked for. If Google itself refused: the account must be of the organization of the OAuth client, ' +
      'or a test user of its consent screen, and the organization must not block the client: https://console.cloud.google.com/auth/audience',
  });
}

/** Says who signed in, as Google tells it; the answer came from Google itself, over TLS. */
function identify(
  { idToken, refreshToken }: SignedIn,
  { clientId, clientSecret }: DesktopClient,
  clock: Clock,
): LoggedIn {
  const expected = { audience: clientId, principal: undefined, issuers: googleIssuers, now: clock.now() };
  const { email } = checkClaims(readClaims(idToken, 'Google'), expected);
  const file = {
    type: 'authorized_user',
    client_id: clientId,
    client_secret: clientSecret,
    refresh_token: refreshToken,
  } as const;
  return { email, file };
}
