import { noToken } from './oidc.ts';
import { plain } from './plain.ts';
import type { CiRow } from './system.ts';

/**
 * Jenkins. It has no OIDC token of its own: a plugin makes them, as credentials.
 * https://plugins.jenkins.io/oidc-provider
 */
export const jenkins: CiRow = {
  name: 'jenkins',
  detect: (env) => Boolean(env['JENKINS_URL']),
  open: (env, write) => ({
    ...plain(env, write),
    folders: { temporary: env['WORKSPACE_TMP'], workspace: env['WORKSPACE'] },
    subjectToken: async (audience) => {
      throw noToken('Jenkins', fixFor(audience));
    },
    declare: fixFor,
  }),
};

const fixFor = (
  audience: string,
) => `With the plugin OpenID Connect Provider, add a credential of the kind "OpenID Connect id token" with the audience
${audience}
and name its variable:
withCredentials([string(credentialsId: 'CREDENTIAL', variable: 'IAP_OIDC')]) {
  sh 'iap-auth smoke … --subject-token-variable IAP_OIDC'
}
Or use one of the kind "… as file", and subject_token_file.`;
