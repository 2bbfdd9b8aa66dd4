import { accountMember, cloudPlatform } from './accesstoken.ts';
import {
  type ApiError,
  accountNotFound,
  answerError,
  insufficientScopes,
  invalidArgument,
  permissionDenied,
  serviceDisabled,
} from './apierror.ts';
import { type Caller, readCaller } from './caller.ts';
import { fieldsOf } from './fields.ts';
import { projectNumber } from './provider.ts';
import { json } from './refusal.ts';
import type { Handler } from './route.ts';
import { type Verb, verbs } from './verb.ts';
import type { World } from './world.ts';

export const iamPath: RegExp = new RegExp(`^/v1/projects/-/serviceAccounts/([^/]+):(${Object.keys(verbs).join('|')})$`);

interface Call {
  readonly caller: Caller;
  readonly verb: Verb;
  /** Google's name of the call. */
  readonly method: string;
  readonly email: string;
  readonly delegates: readonly unknown[];
}

/** unsure: the order after authentication. Google may well ask for the permission before it looks for the account. */
export const iam: Handler = async (request, world) => {
  const [, name = '', verbName = ''] = iamPath.exec(new URL(request.url).pathname) ?? [];
  const verb = verbs[verbName];
  const email = decodeURIComponent(name);
  const method = `google.iam.credentials.v1.IAMCredentials.${verbName.charAt(0).toUpperCase()}${verbName.slice(1)}`;
  const caller = await readCaller(request, method, world);
  if ('code' in caller) return answerError(caller);
  const fields = await fieldsOf(request);
  const { delegates = [] } = fields;
  if (!verb || !Array.isArray(delegates)) return answerError(invalidArgument);
  const denied = judge({ caller, verb, method, email, delegates }, world);
  if (denied) return answerError(denied);
  const account = world.accounts.get(email);
  const answer = account && (await verb.act(account, fields, world));
  return answer ? json(200, answer) : answerError(invalidArgument);
};

function judge(call: Call, world: World): ApiError | undefined {
  const { scopes } = call.caller;
  if (!world.isApiEnabled) return serviceDisabled(projectNumber);
  if (!sufficient.some((scope) => scopes.includes(scope))) return insufficientScopes(call.method);
  if (!world.accounts.has(call.email)) return accountNotFound(call.email);
  return judgeChain(call, world);
}

const sufficient = [cloudPlatform, 'https://www.googleapis.com/auth/iam'];

/**
 * Each of the chain has to be allowed to act as the next one.
 * https://cloud.google.com/iam/docs/create-short-lived-credentials-delegated
 */
function judgeChain({ caller, verb, email, delegates }: Call, { bindings }: World): ApiError | undefined {
  let members = caller.members;
  for (const delegate of delegates) {
    // Documented is the resource name alone; the live API takes a bare email too.
    const next = /^(?:projects\/-\/serviceAccounts\/)?([^/@\s]+@[^/@\s]+)$/.exec(String(delegate))?.[1];
    if (next === undefined) return invalidArgument;
    if (!bindings.permit(members, next, delegation)) return permissionDenied(delegation);
    members = [accountMember(next)];
  }
  return bindings.permit(members, email, verb.permission) ? undefined : permissionDenied(verb.permission);
}

const delegation = 'iam.serviceAccounts.implicitDelegation';
