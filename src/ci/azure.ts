import { mkdtemp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { askForToken } from './oidc.ts';
import { isLocal, isShort, isToken, variableOf } from './output.ts';
import { plain } from './plain.ts';
import type { CiRow, Env, OidcDeps } from './system.ts';

/**
 * Azure Pipelines: https://learn.microsoft.com/azure/devops/pipelines/scripts/logging-commands
 * The documentation has commands on stdout only. The agent reads stderr by the same function, for every task that runs
 * on Node, as Bash and AzureCLI do (`StepHost.ErrorDataReceived += OnDataReceived`):
 * https://github.com/microsoft/azure-pipelines-agent/blob/master/src/Agent.Worker/Handlers/NodeHandler.cs
 */
export const azure: CiRow = {
  name: 'azure',
  detect: (env) => env['TF_BUILD']?.toLowerCase() === 'true',
  open: (env, write) => {
    const command = (name: string, text: string) => write(`##vso[${name}]${escapeData(text)}`);
    const set = (name: string, value: string, properties = '') =>
      command(`task.setvariable variable=${name}${properties}`, value);
    const annotate = (level: string, _: string, text: string) => command(`task.logissue type=${level}`, text);
    return {
      ...plain(env, write),
      hasAnnotations: true,
      folders: { temporary: env['AGENT_TEMPDIRECTORY'], workspace: env['BUILD_SOURCESDIRECTORY'] },
      mask: (secret) => command('task.setsecret', secret),
      subjectToken: (_, deps) => fetchToken(env, deps),
      declare: () => '',
      output: (name, value) => {
        if (isToken(name)) set(variableOf(name), value, ';issecret=true');
        else {
          const text = isShort(value) ? value : '';
          // As $(IAP_X) in this job, and as an output of the step for others.
          set(variableOf(name), text);
          if (!isLocal(name)) set(variableOf(name), text, ';isOutput=true');
        }
      },
      exportVariable: (name, value) => {
        set(name, value, ';issecret=true');
        return true;
      },
      group: (title, lines) => {
        write(`##[group]${title.replaceAll('\n', ' ')}`);
        for (const line of lines) write(line);
        write('##[endgroup]');
      },
      annotate,
      warn: (line) => annotate('warning', '', line),
      // The agent shows it where System.Debug is true.
      debug: (line) => command('task.debug', line),
      summary: async (markdown) => {
        const path = await keepSummary(env, markdown);
        if (path !== undefined) command('task.uploadsummary', path);
      },
    };
  },
};

/**
 * The token of a service connection: https://learn.microsoft.com/rest/api/azure/devops/distributedtask/oidctoken/create
 * Its `aud` is always `api://AzureADTokenExchange`. AzureCLI and AzurePowerShell tasks name the connection:
 * https://github.com/microsoft/azure-pipelines-tasks/blob/master/Tasks/AzureCLIV2/azureclitask.ts
 */
async function fetchToken(env: Env, deps: OidcDeps): Promise<string> {
  const connection = env['AZURESUBSCRIPTION_SERVICE_CONNECTION_ID'] ?? '';
  const question = {
    system: 'Azure',
    method: 'POST',
    variable: 'SYSTEM_OIDCREQUESTURI',
    bearerVariable: 'SYSTEM_ACCESSTOKEN',
    query: { 'api-version': '7.1', serviceConnectionId: connection },
    // Without this a bearer that is refused brings a page to sign in with.
    headers: { 'content-type': 'application/json', 'x-tfs-fedauthredirect': 'Suppress' },
    field: 'oidcToken',
    fix,
    refusedFix: refusedFix(connection),
  } as const;
  // Without a connection there is nothing to ask for, whoever may ask.
  return askForToken(connection === '' ? {} : env, question, deps);
}

const fix = `Run it in a task that has a service connection of the kind workload identity federation, with the job's access token:
- task: AzureCLI@2
  inputs:
    azureSubscription: SERVICE_CONNECTION
    scriptType: bash
    scriptLocation: inlineScript
    inlineScript: iap-auth smoke …
  env:
    SYSTEM_ACCESSTOKEN: $(System.AccessToken)
Allow the audience api://AzureADTokenExchange at the provider.`;

const refusedFix = (connection: string) =>
  `Permit this pipeline to use the connection: service connection ${connection}, under Project settings > Service connections > Security > Pipeline permissions. It must be of the kind workload identity federation, and SYSTEM_ACCESSTOKEN this job's own $(System.AccessToken).`;

/** A file of the agent's own folder, which it empties after the job. */
async function keepSummary({ AGENT_TEMPDIRECTORY: folder }: Env, markdown: string): Promise<string | undefined> {
  if (!folder) return undefined;
  // The file's name is the title of its section.
  const path = join(await mkdtemp(join(folder, 'iap-auth-')), 'iap-auth.md');
  await writeFile(path, markdown, { mode: 0o600 });
  return path;
}

function escapeData(text: string): string {
  return text.replaceAll('%', '%AZP25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}
