/** The pieces of integrations/, each in a job as its CI system makes it. */
import { join } from 'node:path';
import { parse, parseAllDocuments } from 'yaml';
import { environment, fill, type Inputs, keys, named, oneALine, type Piece, read, type Tree } from './piece.ts';

interface GitlabJob {
  readonly script: readonly string[];
  readonly variables: Readonly<Record<string, string>>;
  readonly id_tokens: { readonly GITLAB_OIDC_TOKEN: { readonly aud: string } };
}

function gitlabDocuments(): [{ spec: { inputs: Record<string, { default?: string }> } }, Record<string, GitlabJob>] {
  const documents = parseAllDocuments(read('gitlab/templates/iap-gate/template.yml'));
  return documents.map((one) => ('toJS' in one ? one.toJS() : undefined)) as ReturnType<typeof gitlabDocuments>;
}

const gitlab: Piece = {
  name: 'gitlab',
  path: 'gitlab/templates/iap-gate/template.yml',
  files: ['gitlab/templates/iap-gate/template.yml'],
  issuer: 'https://gitlab.com',
  handsOn: { file: 'iap-auth.env', line: (result) => `IAP_RESULT=${result}` },
  declared: () => keys(gitlabDocuments()[0].spec.inputs),
  job: async ({ inputs, sign, folder }) => {
    const [{ spec }, body] = gitlabDocuments();
    const value = (name: string) => oneALine(inputs[name], ' ') || (spec.inputs[name]?.default ?? '');
    const [job] = Object.values(fill(body, /\$\[\[ inputs\.(\w+) \]\]/g, value));
    if (job === undefined) throw new Error('the template has no job');
    const token = await sign(job.id_tokens.GITLAB_OIDC_TOKEN.aud);
    const env = { GITLAB_CI: 'true', CI: 'true', CI_PROJECT_DIR: folder, GITLAB_OIDC_TOKEN: token };
    return { shell: ['sh', '-e'], script: job.script.join('\n'), env: { ...env, ...job.variables } };
  },
};

interface Orb {
  readonly commands: {
    readonly gate: {
      readonly parameters: Tree;
      readonly steps: readonly [{ run: { command: string; environment: Record<string, string> } }, Tree];
    };
  };
}

const organization = '00000000-1111-2222-3333-444444444444';

const circleci: Piece = {
  name: 'circleci',
  path: 'circleci/orb.yml',
  files: ['circleci/orb.yml'],
  issuer: `https://oidc.circleci.com/org/${organization}`,
  audience: organization,
  handsOn: { file: 'bash.env', line: (result) => `export IAP_RESULT='${result}'` },
  declared: () => keys((parse(read('circleci/orb.yml')) as Orb).commands.gate.parameters),
  job: async ({ inputs, sign, folder }) => {
    const { commands } = parse(read('circleci/orb.yml')) as Orb;
    const [{ run }] = fill(commands.gate, /<< parameters\.(\w+) >>/g, (name) => oneALine(inputs[name])).steps;
    const env = {
      CIRCLECI: 'true',
      CI: 'true',
      CIRCLE_OIDC_TOKEN_V2: await sign(organization),
      BASH_ENV: join(folder, 'bash.env'),
    };
    return { shell: ['bash', '-eo', 'pipefail'], script: run.command, env: { ...env, ...run.environment } };
  },
};

// It knows one audience's token, and keeps what else it is asked to do.
const buildkiteAgent = (audience: string) => `#!/bin/sh
if [ "$1 $2" = "oidc request-token" ]; then
  case "$*" in *"--audience ${audience}"*) printf '%s\\n' "$FAKE_TOKEN"; exit 0 ;; esac
  echo "no such audience: $*" >&2; exit 1
fi
if [ "$1 $2" = "redactor add" ]; then cat > /dev/null; exit 0; fi
printf '%s\\n' "$*" >> agent.log
cat >> agent.log
`;

const buildkite: Piece = {
  name: 'buildkite',
  path: 'buildkite/plugin.yml',
  files: ['buildkite/hooks/post-command'],
  issuer: 'https://agent.buildkite.com',
  handsOn: { file: 'agent.log', line: (result) => `meta-data set iap-auth-result\n${result}` },
  declared: () =>
    keys((parse(read('buildkite/plugin.yml')) as Tree & { configuration: Tree }).configuration['properties']),
  job: async ({ inputs, sign }) => {
    const audience = `https://iam.googleapis.com/${oneALine(inputs['workload_identity_provider'])}`;
    const options = Object.entries(inputs).flatMap(([name, value]) => {
      const option = `BUILDKITE_PLUGIN_BUILDKITE_${name.toUpperCase()}`;
      return Array.isArray(value) ? value.map((item, at) => [`${option}_${at}`, item]) : [[option, value]];
    });
    const env = {
      BUILDKITE: 'true',
      CI: 'true',
      BUILDKITE_PLUGIN_NAME: 'BUILDKITE',
      BUILDKITE_COMMAND_EXIT_STATUS: '0',
      FAKE_TOKEN: await sign(audience),
    };
    return {
      shell: ['bash'],
      script: read('buildkite/hooks/post-command'),
      env: { ...env, ...Object.fromEntries(options) },
      programs: { 'buildkite-agent': buildkiteAgent(audience) },
    };
  },
};

interface Steps {
  readonly parameters: readonly { readonly name: string; readonly default: string }[];
  readonly steps: readonly { readonly bash?: string; readonly env?: Tree }[];
}

const azure: Piece = {
  name: 'azure',
  path: 'azure/iap-gate.yml',
  files: ['azure/iap-gate.yml'],
  issuer: 'https://vstoken.dev.azure.com/00000000-1111-2222-3333-444444444444',
  audience: 'api://AzureADTokenExchange',
  handsOn: { line: (result) => `##vso[task.setvariable variable=IAP_RESULT]${result}` },
  declared: () => (parse(read('azure/iap-gate.yml')) as Steps).parameters.map(({ name }) => name),
  job: async ({ inputs, sign, listen, folder }) => {
    const { steps } = parse(read('azure/iap-gate.yml')) as Steps;
    const step = steps.find(({ bash }) => bash !== undefined);
    const all: Inputs = { ...inputs, service_connection_id: 'the-connection' };
    // Under a key that is a condition stand the variables that it brings in.
    const lines = Object.entries(step?.env ?? {}).flatMap(([key, value]): [string, unknown][] => {
      const [, name] = /^\$\{\{ if ne\(parameters\.(\w+), ''\) \}\}$/.exec(key) ?? [];
      if (name === undefined) return [[key, value]];
      return oneALine(all[name]) === '' ? [] : Object.entries(value as Tree);
    });
    const bearer = 'the-access-token-of-the-job';
    const known: Record<string, string> = { 'System.AccessToken': bearer, 'Agent.TempDirectory': folder };
    const filled = fill(Object.fromEntries(lines), /\$\{\{ parameters\.(\w+) \}\}/g, (name) => oneALine(all[name]));
    const env = fill(filled, /\$\(([\w.]+)\)/g, (name) => known[name] ?? `$(${name})`) as Record<string, string>;
    const endpoint = await listen(bearer, await sign('api://AzureADTokenExchange'));
    const agent = { TF_BUILD: 'True', SYSTEM_OIDCREQUESTURI: endpoint, AGENT_TEMPDIRECTORY: folder };
    return { shell: ['bash'], script: step?.bash ?? '', env: { ...agent, ...env } };
  },
};

interface Pipelines {
  readonly definitions: { readonly pipelines: Readonly<Record<string, readonly [{ step: { script: string[] } }]>> };
}

const bitbucket: Piece = {
  name: 'bitbucket',
  path: 'bitbucket/iap-gate.yml',
  files: ['bitbucket/iap-gate.yml'],
  issuer: 'https://api.bitbucket.org/2.0/workspaces/octo/pipelines-config/identity/oidc',
  handsOn: { file: 'variables', line: (result) => `IAP_RESULT=${result}` },
  // It has no parameters: all is read from variables, which its heading lists.
  declared: () => [...read('bitbucket/iap-gate.yml').matchAll(/^# .*$/gm)].flatMap(([line]) => named(line)),
  job: async ({ inputs, sign, folder }) => {
    const { definitions } = parse(read('bitbucket/iap-gate.yml')) as Pipelines;
    const script = definitions.pipelines['iap-gate']?.[0].step.script ?? [];
    const env = {
      CI: 'true',
      BITBUCKET_BUILD_NUMBER: '7',
      BITBUCKET_STEP_OIDC_TOKEN: await sign(
        `https://iam.googleapis.com/${oneALine(inputs['workload_identity_provider'])}`,
      ),
      BITBUCKET_PIPELINES_VARIABLES_PATH: join(folder, 'variables'),
    };
    return { shell: ['bash', '-e'], script: script.join('\n'), env: { ...env, ...environment(inputs) } };
  },
};

const jenkins: Piece = {
  name: 'jenkins',
  path: 'jenkins/vars/iapGate.groovy',
  files: ['jenkins/vars/iapGate.groovy'],
  issuer: 'https://jenkins.example.com/oidc',
  audience: 'https://iap.example.com',
  // Jenkins has no place for it: the step fails, or not.
  handsOn: { line: () => '' },
  declared: () => {
    const [, list = ''] = /List<String> inputs = \[(.*?)\]/s.exec(read('jenkins/vars/iapGate.groovy')) ?? [];
    return [...list.matchAll(/'(\w+)'/g)].map(([, name = '']) => name);
  },
  job: async ({ inputs, sign }) => {
    const [, script = ''] = /^\s+sh '''(.*?)'''$/ms.exec(read('jenkins/vars/iapGate.groovy')) ?? [];
    const env = {
      JENKINS_URL: 'https://jenkins.example.com/',
      BUILD_NUMBER: '7',
      IAP_AUTH_SUBJECT_TOKEN_VARIABLE: 'IAP_SUBJECT_TOKEN',
      IAP_SUBJECT_TOKEN: await sign('https://iap.example.com'),
    };
    return { shell: ['sh', '-xe'], script, env: { ...env, ...environment(inputs) } };
  },
};

export const pieces: readonly Piece[] = [gitlab, circleci, buildkite, azure, bitbucket, jenkins];
