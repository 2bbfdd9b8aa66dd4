import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';

/** One call of the agent, as it saw it. */
export interface AgentCall {
  readonly args: readonly string[];
  readonly stdin: string;
}

/** A buildkite-agent that notes how it is called; what it answers is a shell script, by its first argument. */
export interface Agent {
  readonly path: string;
  answer(command: string, script: string): void;
  /** What it was called with since the last time that somebody looked. */
  calls(): AgentCall[];
  remove(): void;
}

// It reads stdin only where the true one does.
const script = (folder: string) => `#!/bin/sh
n=$(ls '${folder}' | wc -l)
mkdir '${folder}'/$n
printf '%s\\n' "$@" > '${folder}'/$n/args
[ "$1" = oidc ] || cat > '${folder}'/$n/stdin
if [ -f '${folder}-'"$1" ]; then . '${folder}-'"$1"; fi
`;

export function installAgent(): Agent {
  const home = mkdtempSync(join(tmpdir(), 'iap-auth-machine-'));
  const folder = join(home, 'calls');
  mkdirSync(folder);
  const program = join(home, 'buildkite-agent');
  writeFileSync(program, script(folder));
  chmodSync(program, 0o755);
  let seen = 0;
  const read = (path: string) => (existsSync(path) ? readFileSync(path, 'utf8') : '');
  return {
    remove: () => rmSync(home, { recursive: true }),
    path: [home, process.env['PATH']].join(delimiter),
    answer: (command, text) => writeFileSync(`${folder}-${command}`, text),
    calls: () => {
      const all = readdirSync(folder).sort((a, b) => Number(a) - Number(b));
      const fresh = all.slice(seen);
      seen = all.length;
      return fresh.map((name) => ({
        args: read(join(folder, name, 'args'))
          .split('\n')
          .slice(0, -1),
        stdin: read(join(folder, name, 'stdin')),
      }));
    },
  };
}

/** What came to the endpoint. */
export interface Asked {
  readonly method: string | undefined;
  readonly url: string | undefined;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}

/** Azure's OIDC endpoint, which knows one job and one service connection. */
export interface AzureEndpoint {
  readonly env: Readonly<Record<string, string>>;
  readonly asked: Asked[];
  close(): Promise<void>;
}

/** https://learn.microsoft.com/rest/api/azure/devops/distributedtask/oidctoken/create */
export async function startAzure(mint: () => Promise<string>): Promise<AzureEndpoint> {
  const connection = '0a1b2c3d-0000-4000-8000-000000000001';
  const bearer = 'azure-access-token-0123456789';
  const asked: Asked[] = [];
  const server = createServer(async ({ method, url, headers }, response) => {
    asked.push({ method, url, headers });
    const { searchParams } = new URL(url ?? '', 'http://127.0.0.1');
    const isKnown = headers.authorization === `Bearer ${bearer}` && method === 'POST';
    if (!isKnown) return response.writeHead(401).end('{"message": "TF400813: not authorized"}');
    if (searchParams.get('serviceConnectionId') !== connection || searchParams.get('api-version') !== '7.1')
      return response.writeHead(404).end('{"message": "no such service connection"}');
    return response.writeHead(200).end(JSON.stringify({ oidcToken: await mint() }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    env: {
      TF_BUILD: 'True',
      SYSTEM_OIDCREQUESTURI: `http://127.0.0.1:${port}/project/_apis/distributedtask/hubs/build/plans/p/jobs/j/oidctoken`,
      SYSTEM_ACCESSTOKEN: bearer,
      AZURESUBSCRIPTION_SERVICE_CONNECTION_ID: connection,
    },
    asked,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}
