import { issueAccessToken } from './accesstoken.ts';
import { fieldsOf } from './fields.ts';
import { type Provider, principalsOf, providerForm } from './provider.ts';
import { invalidRequest, json, type Refusal, refuse } from './refusal.ts';
import type { Handler } from './route.ts';
import { readSubject } from './subject.ts';
import type { World } from './world.ts';

const accessTokenType = 'urn:ietf:params:oauth:token-type:access_token';
const subjectTypes: readonly unknown[] = [
  'urn:ietf:params:oauth:token-type:jwt',
  'urn:ietf:params:oauth:token-type:id_token',
];

type Question = Readonly<
  Record<'grantType' | 'audience' | 'requestedTokenType' | 'subjectTokenType' | 'subjectToken' | 'scope', string>
>;

/** https://cloud.google.com/iam/docs/reference/sts/rest/v1/TopLevel/token */
export const sts: Handler = async (request, world) => {
  const question = await readQuestion(request);
  const provider = wrongQuestion(question) ?? findProvider(question, world);
  if ('error' in provider) return refuse(provider);
  const subject = await readSubject(question.subjectToken, provider, world);
  if ('error' in subject) return refuse(subject);
  const members = principalsOf(subject.claims, provider);
  const accessToken = issueAccessToken({ kind: 'federated', members, scopes: question.scope.split(' ') }, world);
  return json(200, {
    access_token: accessToken,
    issued_token_type: accessTokenType,
    token_type: 'Bearer',
    expires_in: 3599,
  });
};

/** JSON in camel case or a form in snake case. JSON in snake case passes too, as with all of Google's APIs. */
async function readQuestion(request: Request): Promise<Question> {
  const fields = await fieldsOf(request);
  const field = (name: string): string => {
    const value = fields[name] ?? fields[name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)];
    return typeof value === 'string' ? value : '';
  };
  return {
    grantType: field('grantType'),
    audience: field('audience'),
    requestedTokenType: field('requestedTokenType'),
    subjectTokenType: field('subjectTokenType'),
    subjectToken: field('subjectToken'),
    scope: field('scope'),
  };
}

/** unsure: all texts but that of the audience. */
function wrongQuestion(question: Question): Refusal | undefined {
  if (question.grantType !== 'urn:ietf:params:oauth:grant-type:token-exchange') {
    return { error: 'unsupported_grant_type', error_description: `Invalid grant_type: ${question.grantType}` };
  }
  if (!providerForm.test(nameOf(question) ?? '')) {
    return invalidRequest(
      'Invalid value for "audience". This value should be the full resource name of the Identity Provider. ' +
        'See https://cloud.google.com/iam/docs/reference/sts/rest/v1/TopLevel/token for the list of possible formats.',
    );
  }
  if (question.requestedTokenType !== accessTokenType) return invalidRequest('Invalid value for "requestedTokenType".');
  if (!subjectTypes.includes(question.subjectTokenType)) return invalidRequest('Invalid value for "subjectTokenType".');
  if (question.scope === '') return { error: 'invalid_scope', error_description: 'Missing required field "scope".' };
  return undefined;
}

const nameOf = ({ audience }: Question): string | undefined => /^\/\/iam\.googleapis\.com\/(.+)$/.exec(audience)?.[1];

function findProvider(question: Question, { providers }: World): Provider | Refusal {
  const provider = providers.get(nameOf(question) ?? '');
  if (provider && !provider.disabled) return provider;
  return {
    error: 'invalid_target',
    error_description:
      'The target service indicated by the "audience" parameters is invalid. This might either be because the pool ' +
      "or provider is disabled or deleted or because it doesn't exist.",
  };
}
