import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, request, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { type AddressInfo, connect } from 'node:net';
import { join } from 'node:path';
import { pipeline } from 'node:stream';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { runStep } from '../../scripts/runner.ts';
import { temporaryFolder } from '../folder.ts';
import { expectNoLeak, onScene, type Scene } from './scene.ts';

const folder = temporaryFolder();
const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];

beforeAll(() => {
  const subject = ['-subj', '/CN=app.example.test', '-addext', 'subjectAltName=DNS:app.example.test'];
  execFileSync('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-keyout', key, '-out', cert, ...subject], {
    stdio: 'ignore',
  });
});

async function portOf(server: Server): Promise<number> {
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return (server.address() as AddressInfo).port;
}

/** Plays https://app.example.test, which only the proxy can reach, before the emulator's app. */
async function onProxy(
  status: number,
  play: (scene: Scene, env: Record<string, string>, asked: string[]) => Promise<void>,
): Promise<void> {
  const asked: string[] = [];
  await onScene(async (scene) => {
    const tls = createTlsServer({ key: readFileSync(key), cert: readFileSync(cert) }, (incoming, outgoing) => {
      incoming.pipe(
        request(
          `${scene.emulator.appUrl}${incoming.url}`,
          { method: incoming.method, headers: incoming.headers },
          (answer) => {
            answer.pipe(outgoing.writeHead(answer.statusCode ?? 500, answer.headers));
          },
        ),
      );
    });
    const tlsPort = await portOf(tls);
    const proxy = createServer().on('connect', (incoming, socket) => {
      asked.push(incoming.url ?? '');
      if (status !== 200) return void socket.end(`HTTP/1.1 ${status} No\r\n\r\n`);
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
      // Either side may hang up first, as on a failed handshake: the tunnel then ends, and nothing is amiss.
      pipeline(socket, connect(tlsPort, '127.0.0.1'), socket, () => undefined);
    });
    const env = { ...scene.env, https_proxy: `http://127.0.0.1:${await portOf(proxy)}` };
    try {
      await play({ ...scene, inputs: { ...scene.inputs, url: 'https://app.example.test/' } }, env, asked);
    } finally {
      for (const server of [tls, proxy]) server.close().closeAllConnections();
    }
  });
}

describe('the built action, behind a proxy', () => {
  it('goes through https_proxy, and trusts what NODE_EXTRA_CA_CERTS adds', () =>
    onProxy(200, async (scene, env, asked) => {
      const step = await runStep(scene.inputs, { ...env, NODE_EXTRA_CA_CERTS: cert });
      expect(step).toMatchObject({ code: 0, outputs: { result: 'passed', status: '200' } });
      expect(asked).toEqual(['app.example.test:443']);
      expectNoLeak(scene, step);
    }));

  it(
    'fails with tls on a certificate that nobody knows',
    () =>
      onProxy(200, async (scene, env) => {
        const step = await runStep(scene.inputs, env);
        expect(step.log).toContain(
          'Error: tls: no secure connection to app.example.test (DEPTH_ZERO_SELF_SIGNED_CERT)',
        );
        expect(step.log).toContain('openssl s_client -connect app.example.test:443');
      }),
    20_000,
  );

  it('fails at once with proxy-refused, and names the variable', () =>
    onProxy(407, async (scene, env, asked) => {
      const step = await runStep(scene.inputs, env);
      expect(step.log).toContain(
        'Error: proxy-refused: the proxy refused to connect to app.example.test (407)\nThe proxy is set by the variable https_proxy.',
      );
      expect(asked).toHaveLength(1);
      expect(step.outputs['result']).toBe('failed');
    }));

  it(
    'goes around the proxy for what no_proxy lists',
    () =>
      onProxy(200, async (scene, env, asked) => {
        const step = await runStep(scene.inputs, { ...env, no_proxy: 'example.test' });
        expect(step.log).toContain('Error: dns: the name app.example.test has no address');
        expect(asked).toEqual([]);
      }),
    20_000,
  );
});
