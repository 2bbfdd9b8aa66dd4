import { held, variable } from './ci/variable.ts';
import { type Complaint, quote, unfitness, unknown } from './complaint.ts';
import { invalid } from './errors.ts';
import { googleUniverse } from './google/endpoints.ts';
import { audience, domain, email, oidcAudience, provider } from './google/kinds.ts';
import { always, camel, choice, flag, type Input, list, optional, secret, text, Unfit, type Values } from './inputs.ts';
import { callsApp, smokeInputs, smokeProblems } from './smoke/inputs.ts';

/**
 * Every input, as a row. The docs, `action.yml`, `--help` and the type Config follow from this table:
 * after a change run `npm run generate`.
 */
export const inputs = {
  credentials_json: optional(secret('JSON, or base64 of it'), {
    group: 'credential',
    help: 'A Google credential file: `service_account`, `authorized_user`, `external_account` or `impersonated_service_account`.',
  }),
  workload_identity_provider: optional(provider, {
    group: 'credential',
    help: "The provider that trusts the CI's own OIDC token. Needs `service_account`.",
  }),
  service_account: optional(email, {
    group: 'credential',
    help: 'The service account to act as. Needed with `workload_identity_provider`; with any other credential it impersonates.',
  }),
  delegates: always(list(email), {
    group: 'credential',
    default: '',
    help: 'The accounts between the credential and `service_account`, where it may act as that one only by way of others.',
  }),
  audience: optional(oidcAudience, {
    group: 'credential',
    help: "The audience asked of the CI's OIDC issuer, where it is not `https://iam.googleapis.com/` and the provider.",
  }),
  subject_token_file: optional(text, {
    group: 'credential',
    help: "A file that holds an OIDC token of another issuer, in place of the CI's. Needs `workload_identity_provider`.",
  }),
  subject_token_variable: optional(held, {
    group: 'credential',
    help: "The name of an environment variable that holds an OIDC token, in place of the CI's own. Needs `workload_identity_provider`.",
  }),
  id_token: optional(secret('a JWT'), {
    group: 'credential',
    help: 'A token that was minted elsewhere: it is checked, exported and used.',
  }),
  universe: always(domain, {
    group: 'credential',
    default: googleUniverse,
    help: 'The domain of Google Cloud, for those who use another than the public one.',
  }),
  target_audience: optional(audience, {
    group: 'token',
    help: "IAP's OAuth client id: `NNN-….apps.googleusercontent.com`. Or `discover`, to read it from the sign-in redirect of `url`.",
  }),
  token_kind: always(choice('id_token', 'signed_jwt'), {
    group: 'token',
    default: 'id_token',
    help: "What to mint. `signed_jwt` is a JWT of the service account's own for the app's URL: IAP's Google-managed client takes nothing else.",
  }),
  exchange: always(choice('auto', 'token_uri', 'generate_id_token'), {
    group: 'token',
    default: 'auto',
    help: 'How the ID token is minted: by a signed assertion at the token endpoint, or by IAM directly. `auto` takes the way that needs the fewest permissions.',
  }),
  verify: always(flag, {
    group: 'token',
    default: 'true',
    help: "Check the token's signature against Google's keys. Its claims are always checked.",
  }),
  ...smokeInputs,
  show_response: always(choice('on_failure', 'never'), {
    group: 'report',
    default: 'on_failure',
    help: "Whether the log shows an excerpt of the app's answer when a check fails.",
  }),
  export_env: optional(variable, {
    group: 'report',
    help: 'The environment variable that holds the token for later steps.',
  }),
  header_file: always(flag, {
    group: 'report',
    default: 'false',
    help: 'Write `Authorization: Bearer …` to a private file, for `curl -H @FILE` in later steps. It is removed when the job ends.',
  }),
  summary: always(flag, {
    group: 'report',
    default: 'true',
    help: 'Write a step summary, where the CI system has one.',
  }),
  junit_file: optional(
    { ...text, takes: 'a path' },
    { group: 'report', help: 'Where to write the checks as JUnit XML.' },
  ),
} satisfies Record<string, Input<unknown>>;

/** Every output of the action, in the order of the docs. The token's are set before the smoke check starts. */
export const outputs = {
  token: 'The token, for `Authorization: Bearer …` in later steps of this job. Masked.',
  id_token: 'The same, when it is an ID token.',
  token_kind: '`id_token` or `signed_jwt`.',
  target_audience: 'The audience of the token.',
  principal: 'The email that the token carries: the account to grant access to.',
  header_file: 'With `header_file: true`: the path of the file. It is removed when the job ends.',
  expires_at: 'When the token expires, RFC 3339. One hour after it was minted.',
  result: '`passed`, `failed`, or `skipped` where no `url` was given.',
  status: 'The HTTP status of the first check; empty without an answer.',
  report:
    'The whole result as JSON: `{passed, token: {kind, audience, principal, expires_at}, checks: [{name, url, method, passed, code, message, hint, status, answered_by, attempts, ms}]}`.',
} as const;

export type OutputName = keyof typeof outputs;

export type InputName = keyof typeof inputs;

/** All inputs, parsed, under their names in camel case. */
export type Config = Values<typeof inputs>;

/** One value that somebody wrote, and the name that they wrote it by. */
export interface Given {
  readonly name: string;
  readonly writtenAs: string;
  readonly value: string;
  /** What is wrong with it already, before it is parsed. */
  readonly problem?: string;
}

/**
 * Reads what was given; of two values for one input, the first counts.
 *
 * @param found problems that were found before
 * @throws {IapError} `config-invalid`, with every problem at once
 */
export function readConfig(given: readonly Given[], found: readonly Complaint[] = []): Config {
  const { config, problems } = parseConfig(given, found);
  if (problems.length > 0) throw invalid(problems);
  return config;
}

/** What was read, and all that is wrong with it. */
export interface Parsed {
  /** Whole only if there is no problem. */
  readonly config: Config;
  readonly problems: readonly Complaint[];
  /** The inputs whose own value is wrong; they are undefined. */
  readonly wrong: ReadonlySet<string>;
}

export function parseConfig(given: readonly Given[], found: readonly Complaint[] = []): Parsed {
  const written = given.filter(isWritten);
  const foreign = written.filter(({ name }) => !isInput(name));
  const problems = [
    ...found,
    ...foreign.map(({ name, writtenAs }) => `${quote(writtenAs)}: ${unknown('input', name, Object.keys(inputs))}`),
  ];
  const wrong = new Set<string>();
  const entries = Object.entries(inputs).map(([name, row]: [string, Input<unknown>]): [string, unknown] => {
    const found = written.find((one) => one.name === name) ?? { name, writtenAs: name, value: row.default };
    try {
      return [camel(name), parseInput(found, row)];
    } catch (error) {
      if (!(error instanceof Unfit)) throw error;
      problems.push(`${found.writtenAs}: ${error.message}`);
      wrong.add(name);
      return [camel(name), undefined];
    }
  });
  // The rows are walked one by one, so the compiler cannot see that each entry has its row's type.
  const config = Object.fromEntries(entries) as Config;
  const applicable = rules.filter(({ reads }) => !reads.some((name) => wrong.has(name)));
  problems.push(...applicable.flatMap(({ amiss }) => amiss(config) ?? []));
  if (![...wrong].some((name) => Object.hasOwn(smokeInputs, name))) problems.push(...smokeProblems(config));
  return { config, problems, wrong };
}

/** Whether something was given at all: the runner gives every input of the action, those left out as empty. */
export function isWritten({ value, problem }: Given): boolean {
  return value.trim() !== '' || problem !== undefined;
}

/** @throws {Unfit} with the value in front, unless it may be secret */
function parseInput(
  { value, problem }: Omit<Given, 'value'> & { readonly value: string | undefined },
  row: Input<unknown>,
): unknown {
  if (problem !== undefined) throw new Unfit(problem);
  if (value === undefined) return undefined;
  try {
    return row.parse(value.trim());
  } catch (error) {
    throw new Unfit(unfitness(error, row.secret || row.isHidden ? undefined : value.trim()));
  }
}

/** What one input asks of another. */
interface Rule {
  /** If one of these is wrong by itself, the rule has nothing to say. */
  readonly reads: readonly InputName[];
  readonly amiss: (config: Config) => string | undefined;
}

const rules: readonly Rule[] = [
  {
    reads: ['workload_identity_provider', 'service_account'],
    amiss: ({ workloadIdentityProvider, serviceAccount }) => {
      if (workloadIdentityProvider === undefined || serviceAccount !== undefined) return undefined;
      return 'service_account: missing; workload_identity_provider needs the account to act as';
    },
  },
  {
    reads: ['subject_token_file', 'workload_identity_provider'],
    amiss: ({ subjectTokenFile, workloadIdentityProvider }) => {
      if (subjectTokenFile === undefined || workloadIdentityProvider !== undefined) return undefined;
      return 'workload_identity_provider: missing; subject_token_file needs the provider that trusts its token';
    },
  },
  {
    reads: ['subject_token_variable', 'workload_identity_provider'],
    amiss: ({ subjectTokenVariable, workloadIdentityProvider }) => {
      if (subjectTokenVariable === undefined || workloadIdentityProvider !== undefined) return undefined;
      return 'workload_identity_provider: missing; subject_token_variable needs the provider that trusts its token';
    },
  },
  {
    reads: ['subject_token_file', 'subject_token_variable'],
    amiss: ({ subjectTokenFile, subjectTokenVariable }) => {
      if (subjectTokenFile === undefined || subjectTokenVariable === undefined) return undefined;
      return 'subject_token_variable: given together with subject_token_file; leave one of them out';
    },
  },
  {
    reads: ['delegates', 'service_account'],
    amiss: ({ delegates, serviceAccount }) => {
      if (delegates.length === 0 || serviceAccount !== undefined) return undefined;
      return 'service_account: missing; delegates stand between the credential and that account';
    },
  },
  {
    reads: ['target_audience', 'url', 'checks', 'checks_file', 'id_token', 'token_kind'],
    amiss: ({ targetAudience, idToken, tokenKind, ...step }) => {
      const isKnown = targetAudience !== undefined || callsApp(step);
      if (isKnown || (idToken !== undefined && tokenKind === 'id_token')) return undefined;
      return `target_audience: missing; ${inputs.target_audience.help}`;
    },
  },
  {
    reads: ['target_audience', 'url', 'checks', 'checks_file'],
    amiss: ({ targetAudience, ...step }) => {
      if (targetAudience !== 'discover' || callsApp(step)) return undefined;
      return 'url: missing; target_audience is read from its sign-in redirect';
    },
  },
  {
    reads: ['token_kind', 'id_token'],
    amiss: ({ tokenKind, idToken }) => {
      if (tokenKind === 'id_token' || idToken === undefined) return undefined;
      return 'token_kind: an id_token that is given cannot become a signed_jwt; leave one of them out';
    },
  },
  {
    reads: ['token_kind', 'id_token', 'target_audience', 'url', 'checks', 'checks_file'],
    amiss: ({ tokenKind, idToken, targetAudience, ...step }) => {
      if (tokenKind === 'id_token' || idToken !== undefined || callsApp(step)) return undefined;
      if (targetAudience === undefined || isUrlAudience(targetAudience)) return undefined;
      return 'url: missing; a signed_jwt is for the URL of the app, or for a target_audience such as https://app.example.com/*';
    },
  },
];

/** Whether an audience is that of a signed JWT: the app's own URL. */
export function isUrlAudience(audience: string): boolean {
  return /^https?:\/\//.test(audience);
}

function isInput(name: string): name is InputName {
  return Object.hasOwn(inputs, name);
}
