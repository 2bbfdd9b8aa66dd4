/** An error of a Google API: https://cloud.google.com/apis/design/errors */
export interface ApiError {
  readonly code: number;
  readonly status: string;
  readonly message: string;
  readonly info?: ErrorInfo;
}

interface ErrorInfo {
  readonly reason: string;
  readonly domain: string;
  readonly metadata: Readonly<Record<string, string>>;
}

export const apiService = 'iamcredentials.googleapis.com';

export function answerError({ info, ...error }: ApiError): Response {
  const details = info ? { details: [{ '@type': 'type.googleapis.com/google.rpc.ErrorInfo', ...info }] } : {};
  const challenge = { 'www-authenticate': 'Bearer realm="https://accounts.google.com/", error="invalid_token"' };
  return new Response(JSON.stringify({ error: { ...error, ...details } }, null, 2), {
    status: error.code,
    headers: { 'content-type': 'application/json; charset=UTF-8', ...(error.code === 401 ? challenge : {}) },
  });
}

/** unsure: the reasons, seen on other APIs. */
export function unauthenticated(
  method: string,
  reason: 'CREDENTIALS_MISSING' | 'ACCESS_TOKEN_EXPIRED' | 'ACCESS_TOKEN_TYPE_UNSUPPORTED',
): ApiError {
  const start =
    reason === 'CREDENTIALS_MISSING'
      ? 'Request is missing required authentication credential.'
      : 'Request had invalid authentication credentials.';
  return {
    code: 401,
    status: 'UNAUTHENTICATED',
    message:
      `${start} Expected OAuth 2 access token, login cookie or other valid authentication credential. ` +
      'See https://developers.google.com/identity/sign-in/web/devconsole-project.',
    info: { reason, domain: 'googleapis.com', metadata: { service: apiService, method } },
  };
}

export function insufficientScopes(method: string): ApiError {
  return {
    code: 403,
    status: 'PERMISSION_DENIED',
    message: 'Request had insufficient authentication scopes.',
    info: {
      reason: 'ACCESS_TOKEN_SCOPE_INSUFFICIENT',
      domain: 'googleapis.com',
      metadata: { service: apiService, method },
    },
  };
}

export function serviceDisabled(project: string): ApiError {
  const activationUrl = `https://console.developers.google.com/apis/api/${apiService}/overview?project=${project}`;
  return {
    code: 403,
    status: 'PERMISSION_DENIED',
    message:
      `IAM Service Account Credentials API has not been used in project ${project} before or it is disabled. ` +
      `Enable it by visiting ${activationUrl} then retry. If you enabled this API recently, ` +
      'wait a few minutes for the action to propagate to our systems and retry.',
    info: {
      reason: 'SERVICE_DISABLED',
      domain: 'googleapis.com',
      metadata: { service: apiService, consumer: `projects/${project}`, activationUrl },
    },
  };
}

export function permissionDenied(permission: string): ApiError {
  return {
    code: 403,
    status: 'PERMISSION_DENIED',
    message: `Permission '${permission}' denied on resource (or it may not exist).`,
    info: { reason: 'IAM_PERMISSION_DENIED', domain: 'iam.googleapis.com', metadata: { permission } },
  };
}

export const accountNotFound = (email: string): ApiError => ({
  code: 404,
  status: 'NOT_FOUND',
  message: `Not found; Gaia id not found for email ${email}`,
});

export const invalidArgument: ApiError = {
  code: 400,
  status: 'INVALID_ARGUMENT',
  message: 'Request contains an invalid argument.',
};
