import { appFailures } from './app.ts';
import { credentialFailures } from './credentials.ts';
import { frontFailures } from './front.ts';
import { googleFailures } from './google.ts';
import { iamFailures } from './iam.ts';
import { iapFailures } from './iap.ts';
import { networkFailures } from './network.ts';
import { tokenFailures } from './token.ts';
import { workloadFailures } from './workload.ts';

/** Every failure that a user can meet, by its code: a closed set. */
export const failures = {
  ...credentialFailures,
  ...workloadFailures,
  ...iamFailures,
  ...googleFailures,
  ...tokenFailures,
  ...iapFailures,
  ...frontFailures,
  ...appFailures,
  ...networkFailures,
};
