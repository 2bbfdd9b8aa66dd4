import type { Complaint } from './complaint.ts';
import { type Config, type InputName, inputs } from './config.ts';
import { callsApp, severalOrigins } from './smoke/inputs.ts';
import { bodyProblems, conflict } from './smoke/request.ts';

/** What inputs ask of each other. */
interface Rule {
  /** If one of these is wrong by itself, the rule has nothing to say. */
  readonly reads: readonly InputName[];
  readonly amiss: (config: Config) => Complaint | readonly Complaint[] | undefined;
}

const jwtAudience =
  'url: missing; a signed_jwt is for the URL of the app, or for a target_audience such as https://app.example.com/*';

export const rules: readonly Rule[] = [
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
      return 'service_account: missing; delegates are the chain from the credential to that account';
    },
  },
  {
    reads: ['target_audience', 'url', 'checks', 'checks_file', 'id_token', 'token_kind'],
    amiss: ({ targetAudience, idToken, tokenKind, ...step }) => {
      const isKnown = targetAudience !== undefined || callsApp(step);
      if (isKnown || (idToken !== undefined && tokenKind === 'id_token')) return undefined;
      return tokenKind === 'signed_jwt' ? jwtAudience : `target_audience: missing; ${inputs.target_audience.help}`;
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
      return jwtAudience;
    },
  },
  {
    reads: ['checks', 'checks_file'],
    amiss: ({ checks, checksFile }) => {
      if (checks === undefined || checksFile === undefined) return undefined;
      return 'checks_file: checks is given too; leave one of them out';
    },
  },
  {
    reads: ['url', 'token_kind', 'target_audience'],
    amiss: ({ url, ...token }) => under('url', severalOrigins(url, token)),
  },
  {
    reads: ['headers', 'token_header'],
    amiss: ({ headers, tokenHeader }) => under('headers', conflict(headers, tokenHeader)),
  },
  {
    reads: ['url', 'method', 'body', 'expect_body', 'expect_json'],
    amiss: ({ url, ...request }) =>
      url.length === 0 ? undefined : bodyProblems(request).map(([name, problem]) => `${name}: ${problem}`),
  },
];

function under(name: InputName, problem: string | undefined): Complaint | undefined {
  return problem && `${name}: ${problem}`;
}

/** Whether an audience is that of a signed JWT: the app's own URL. */
export function isUrlAudience(audience: string): boolean {
  return /^https?:\/\//.test(audience);
}
