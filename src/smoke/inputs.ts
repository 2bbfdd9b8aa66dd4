import {
  always,
  appUrl,
  choice,
  count,
  duration,
  lines,
  optional,
  passage,
  statuses,
  text,
  type Values,
  wait,
} from '../inputs.ts';
import { expectedHeader, expectedJson, headers, method } from './request.ts';

/** The inputs of the smoke check. */
export const smokeInputs = {
  url: always(lines(appUrl), {
    group: 'smoke',
    default: '',
    help: 'The app URLs to call with the token. With none, and no checks, the token is minted and nothing is called; inputs that only concern checks are then an error.',
  }),
  checks: optional(
    { ...passage, takes: 'a YAML list', isHidden: true },
    {
      group: 'smoke',
      help: 'Checks that need settings of their own: each has a `url`, and any of `name`, `method`, `headers`, `body`, `expect_status`, `expect_body`, `expect_header`, `expect_json`, `timeout`, `retry_for`, `retry_on`, `token_header`, `check_protected`, `check_assertion`; these override the inputs of the same name.',
    },
  ),
  checks_file: optional(
    { ...text, takes: 'a path' },
    { group: 'smoke', help: 'A YAML file that holds the list of `checks`.' },
  ),
  method: always(method, { group: 'smoke', default: 'GET', help: 'The method of the request.' }),
  headers: always(headers, {
    group: 'smoke',
    default: '',
    help: "Headers of the request. They are never shown. The token's own header is added.",
  }),
  body: optional(
    { ...passage, isHidden: true },
    { group: 'smoke', help: 'The body of the request. It is never shown. Set `Content-Type` in `headers`.' },
  ),
  expect_status: always(statuses, {
    group: 'smoke',
    default: '200-299',
    help: 'The statuses that the app may answer with.',
  }),
  expect_body: optional(
    { ...passage, takes: 'text, or `/regex/flags` in RE2 syntax with the flags `i`, `m`, `s`, `u`' },
    { group: 'smoke', help: "What the body of the app's answer must contain. The body is read as UTF-8." },
  ),
  expect_header: always(lines(expectedHeader), {
    group: 'smoke',
    default: '',
    help: "Headers that the app's answer must have. A value must be the whole value; a regex may match any part of it.",
  }),
  expect_json: always(lines(expectedJson), {
    group: 'smoke',
    default: '',
    help: "Values that the app's JSON must have. If a path finds several, all must be equal to the value; it must find at least one.",
  }),
  timeout: always(duration, {
    group: 'smoke',
    default: '10s',
    help: 'How long one attempt of any request may take.',
  }),
  retry_for: always(wait, {
    group: 'smoke',
    default: '60s',
    help: 'How long to wait for an app that is starting: one that answers 429, 502, 503 or 504, or not at all. A request that must not happen twice, such as a POST, is sent again only after a 429, a 503 or a failed connection.',
  }),
  retry_on: optional(statuses, {
    group: 'smoke',
    help: 'Further statuses to wait for, within `retry_for`.',
  }),
  propagation_wait: always(wait, {
    group: 'smoke',
    default: '0s',
    help: 'How long to wait for access that was only just granted. Google needs up to seven minutes.',
  }),
  concurrency: always(count(1, 64), {
    group: 'smoke',
    default: '8',
    help: 'How many checks run at the same time.',
  }),
  token_header: always(choice('authorization', 'proxy-authorization'), {
    group: 'smoke',
    default: 'authorization',
    help: "The header that carries the token. With `proxy-authorization`, `Authorization` is free for the app's own credential.",
  }),
  check_protected: always(choice('fail', 'warn', 'off'), {
    group: 'smoke',
    default: 'fail',
    help: 'Each URL is also called without a token, with GET, and must not reach the app. If it does, the check fails or only warns; `off` does not check.',
  }),
  check_assertion: always(choice('fail', 'warn', 'off'), {
    group: 'smoke',
    default: 'off',
    help: 'IAP is asked to send the app broken assertions, with GET, and the app must refuse them. If it does not, the check fails or only warns; `off` does not check.',
  }),
};

/** The inputs of the smoke check, parsed; and what else of the configuration its plan goes by. */
export type Step = Values<typeof smokeInputs> & {
  readonly targetAudience: string | undefined;
  readonly tokenKind: 'id_token' | 'signed_jwt';
  readonly showResponse: 'on_failure' | 'never';
};

/** Those of them that a token is minted by, too. */
export const mintingInputs = ['url', 'timeout', 'propagation_wait'] as const;

/** Whether there is an app to call. */
export function callsApp({ url, checks, checksFile }: Pick<Step, 'url' | 'checks' | 'checksFile'>): boolean {
  return url.length > 0 || checks !== undefined || checksFile !== undefined;
}

/** What is wrong with URLs of several apps, where the token is for the paths of one, or for the client of one. */
export function severalOrigins(
  urls: readonly URL[],
  { tokenKind, targetAudience }: Pick<Step, 'tokenKind' | 'targetAudience'>,
): string | undefined {
  const origins = [...new Set(urls.map(({ origin }) => origin))];
  if (origins.length < 2) return undefined;
  const several = `but ${origins.join(' and ')} are several`;
  if (tokenKind === 'signed_jwt') return `a signed_jwt is for one app, ${several}; check each in a step of its own`;
  if (targetAudience !== 'discover') return undefined;
  return `discover reads the client id of one app, ${several}; give target_audience, or URLs of one origin`;
}
