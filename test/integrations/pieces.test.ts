import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from '@jest/globals';
import { type Emulator, startEmulator } from '../../src/emulator/index.ts';
import { type Job, type JobEnded, runJob } from './job.ts';
import type { Inputs, Piece } from './piece.ts';
import { pieces } from './pieces.ts';

const robot = 'robot@demo-project.iam.gserviceaccount.com';

// The pieces run on POSIX shells.

/** What hides a value, or hands a token on hidden, as the CI system documents it: its log shows none of these lines. */
const hidden = /^##vso\[task\.(setsecret|setvariable variable=IAP_(ID_)?TOKEN;issecret=true)\]/;

/** A piece in a job of its CI system, before an app that its account may reach. */
class Gate {
  readonly emulator: Emulator;
  readonly #piece: Piece;
  readonly #ending: (() => void)[] = [];

  constructor(emulator: Emulator, piece: Piece) {
    this.emulator = emulator;
    this.#piece = piece;
    const { issuer, audience } = piece;
    emulator.createProvider({ issuer, ...(audience === undefined ? {} : { allowedAudiences: [audience] }) });
    emulator.allow(emulator.principalSet(), robot, 'roles/iam.workloadIdentityUser');
    emulator.grant(robot);
  }

  run(more: Inputs = {}): Promise<JobEnded> {
    const { emulator } = this;
    const inputs = {
      url: `${emulator.appUrl}/`,
      workload_identity_provider: emulator.provider,
      service_account: robot,
      target_audience: emulator.clientId,
      retry_for: '1ms',
      ...more,
    };
    return runJob(async (folder) => {
      const job = await this.#piece.job({
        inputs,
        folder,
        sign: (aud) => emulator.signCiToken({ iss: this.#piece.issuer, sub: 'a-job', aud }),
        listen: (bearer, token) => this.#listen(bearer, token),
      });
      return { ...job, env: { ...job.env, IAP_AUTH_EMULATOR_HOST: emulator.host } };
    });
  }

  /** https://learn.microsoft.com/rest/api/azure/devops/distributedtask/oidctoken/create */
  async #listen(bearer: string, oidcToken: string): Promise<string> {
    const server = createServer((request, response) => {
      const query = new URL(request.url ?? '', 'http://localhost').searchParams;
      const mayAsk = request.headers.authorization === `Bearer ${bearer}` && request.method === 'POST';
      const asks = query.get('serviceConnectionId') === 'the-connection' && query.has('api-version');
      response.writeHead(mayAsk && asks ? 200 : 401, { 'content-type': 'application/json', connection: 'close' });
      response.end(JSON.stringify(mayAsk && asks ? { oidcToken } : { message: 'no' }));
    }).listen(0, '127.0.0.1');
    this.#ending.push(() => server.close());
    await once(server, 'listening');
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}/oidctoken`;
  }

  close(): Promise<void> {
    for (const end of this.#ending) end();
    return this.emulator.close();
  }
}

async function onGate(piece: Piece, play: (gate: Gate) => Promise<void>): Promise<void> {
  const gate = new Gate(await startEmulator(), piece);
  try {
    await play(gate);
  } finally {
    await gate.close();
  }
}

function expectNoLeak({ ledger }: Emulator, { stdout, stderr, files }: JobEnded): void {
  const secrets = [...ledger.secrets];
  // The CI's token, the access token and the ID token, at least.
  expect(secrets.length).toBeGreaterThanOrEqual(3);
  const lines = `${stdout}\n${stderr}`.split('\n').filter((line) => !hidden.test(line));
  const shown = [...lines, ...Object.values(files)].join('\n');
  expect(secrets.filter((secret) => shown.includes(secret))).toEqual([]);
}

/** What later steps are told. */
function handedOn({ handsOn: { file, line } }: Piece, result: string, { stderr, files }: JobEnded): void {
  expect(file === undefined ? stderr : (files[file] ?? `no file ${file}`)).toContain(line(result));
}

describe.each(pieces)('the piece for $name', (piece) => {
  it("passes with the CI's own token, and hands on the result", () =>
    onGate(piece, async (gate) => {
      const ended = await gate.run({ expect_status: '200' });
      expect(ended).toMatchObject({ code: 0, stderr: expect.stringContaining('200 from the app') });
      expect(ended.stderr).toContain(`Minted an ID token for ${robot}`);
      handedOn(piece, 'passed', ended);
      expectNoLeak(gate.emulator, ended);
    }));

  it('fails where the account has no access', () =>
    onGate(piece, async (gate) => {
      gate.emulator.revoke(robot);
      const ended = await gate.run();
      expect(ended).toMatchObject({ code: 1, stderr: expect.stringContaining('iap-access-denied') });
      handedOn(piece, 'failed', ended);
      expectNoLeak(gate.emulator, ended);
    }));

  it('takes several URLs', () =>
    onGate(piece, async (gate) => {
      const { appUrl } = gate.emulator;
      const ended = await gate.run({ url: [`${appUrl}/?one`, `${appUrl}/?two`] });
      expect(ended.code).toBe(0);
      expect(ended.stderr.match(/\(1 try, .*/g)).toHaveLength(4);
      expect(gate.emulator.ledger.lines().filter((line) => line.startsWith('GET app'))).toHaveLength(2);
    }));

  it('passes on every input that it declares', () =>
    onGate(piece, async (gate) => {
      for (const name of [
        'checks_file',
        'token_kind',
        'expect_status',
        'retry_for',
        'service_account',
        'target_audience',
      ]) {
        // No kind of input takes this.
        const ended = await gate.run({ [name]: 'un\tfit' });
        expect(ended).toMatchObject({ code: 2, stderr: expect.stringContaining(`IAP_AUTH_${name.toUpperCase()}: `) });
      }
    }));

  it('runs nothing that stands in an input', () =>
    onGate(piece, async (gate) => {
      const value = `200"'; touch hurt; $(touch hurt) \`touch hurt\` #`;
      const ended = await gate.run({ expect_status: value });
      expect(ended).toMatchObject({ code: 2, stderr: expect.stringContaining('IAP_AUTH_EXPECT_STATUS: ') });
      expect(Object.keys(ended.files)).not.toContain('hurt');
      expect(gate.emulator.ledger.lines()).toEqual([]);
    }));
});

describe('the piece for buildkite', () => {
  async function hookOf(inputs: Inputs): Promise<Job> {
    const piece = pieces.find(({ name }) => name === 'buildkite');
    const job = await piece?.job({ inputs, folder: '', sign: async () => 'none', listen: async () => 'none' });
    if (job === undefined) throw new Error('there is no such piece');
    return job;
  }

  it('does nothing after a command that failed', () =>
    runJob(async () => {
      const job = await hookOf({});
      return { ...job, env: { ...job.env, BUILDKITE_COMMAND_EXIT_STATUS: '1' } };
    }).then((ended) => expect(ended).toEqual({ code: 0, stdout: '', stderr: '', files: {} })));

  it('leaves no setting of one gate to the next, where hooks are sourced', () =>
    runJob(async () => {
      const job = await hookOf({ expect_status: 'un\tfit' });
      const script = '. ./hook || echo\nunset BUILDKITE_PLUGIN_BUILDKITE_EXPECT_STATUS\n. ./hook';
      return { ...job, script, checkout: { hook: job.script } };
    }).then(({ code, stderr }) => {
      expect(code).toBe(2);
      expect(stderr.match(/config-invalid/g)).toHaveLength(2);
      expect(stderr.match(/IAP_AUTH_EXPECT_STATUS: /g)).toHaveLength(1);
    }));
});
