/** Shows the built action at work against the emulator: a gate that opens, and one that stays shut. */
import { startEmulator } from '../src/emulator/index.ts';
import { runStep } from './runner.ts';

const emulator = await startEmulator();
const env = { IAP_AUTH_EMULATOR_HOST: emulator.host };

async function show(title: string, account: string, expected: number): Promise<void> {
  const key = await emulator.createKey(account);
  const inputs = {
    credentials_json: JSON.stringify(key),
    target_audience: emulator.clientId,
    url: `${emulator.appUrl}/`,
  };
  const { code, log, summary, stderr } = await runStep(inputs, env);
  console.log(
    `\n━━━ ${title}\n\n— the log of the step, exit code ${code}\n\n${log.trim()}\n${stderr}\n— its summary\n\n${summary.trim()}`,
  );
  if (code !== expected) throw new Error(`expected exit code ${expected}, got ${code}`);
}

try {
  emulator.grant('deployer@demo-project.iam.gserviceaccount.com');
  await show('An account that may pass IAP', 'deployer@demo-project.iam.gserviceaccount.com', 0);
  await show('An account without the role', 'stranger@demo-project.iam.gserviceaccount.com', 1);
  console.log('\nThe demo went as it should: the first gate opened, the second stayed shut and said why.');
} finally {
  await emulator.close();
}
