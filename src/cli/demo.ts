import { Command } from 'commander';
import { openCi } from '../ci/index.ts';
import type { Emulator } from '../emulator/index.ts';
import { readConfig } from '../reading.ts';
import { type Result, run } from '../run.ts';
import { openWorld } from '../world.ts';
import type { Io } from './io.ts';

/** `iap-auth demo`: a gate that opens and one that stays shut, against the emulator. */
export function demoCommand({ print, end }: Io): Command {
  return new Command('demo')
    .summary('show a gate that opens and one that stays shut, on this machine alone')
    .description(
      'Runs Google and IAP on this machine and checks a demo app twice: as an account that may pass, and as one that lacks the role.',
    )
    .action(async () => {
      const { startEmulator } = await import('../emulator/index.ts');
      const emulator = await startEmulator();
      try {
        emulator.grant('deployer@demo-project.iam.gserviceaccount.com');
        const opened = await show('An account that may pass IAP', 'deployer', { emulator, print });
        const shut = await show('An account without the role', 'stranger', { emulator, print });
        const isRight = opened === 'passed' && shut === 'failed';
        print(
          isRight
            ? '\nThe first gate opened, the second stayed shut and said why.\n'
            : `\nThe demo went wrong: the first gate ${opened}, the second ${shut}.\n`,
        );
        if (!isRight) end(1);
      } finally {
        await emulator.close();
      }
    });
}

async function show(
  title: string,
  name: string,
  { emulator, print }: { emulator: Emulator; print: Io['print'] },
): Promise<Result> {
  const key = await emulator.createKey(`${name}@demo-project.iam.gserviceaccount.com`);
  const given = {
    credentials_json: JSON.stringify(key),
    target_audience: emulator.clientId,
    url: `${emulator.appUrl}/`,
  };
  print(`\n━━━ ${title}\n\n— the log\n\n`);
  const ci = openCi({}, (line) => print(`${line}\n`));
  const config = readConfig(Object.entries(given).map(([name, value]) => ({ name, writtenAs: name, value })));
  const world = openWorld(config, { IAP_AUTH_EMULATOR_HOST: emulator.host }, ci);
  const { result } = await run(config, {
    ...world,
    ci: { ...ci, summary: async (markdown) => print(`\n— the summary\n\n${markdown}\n`) },
  });
  return result;
}
