import { readConfig } from '../../src/reading.ts';
import { planChecks } from '../../src/smoke/plan.ts';

/** The configuration of these inputs, as the action reads them. */
export const stepOf = (values: Readonly<Record<string, string>>) =>
  readConfig(
    Object.entries({ target_audience: 'client', ...values }).map(([name, value]) => ({ name, writtenAs: name, value })),
  );

/** The checks of these inputs. */
export const plan = (values: Readonly<Record<string, string>>, readFile?: (path: string) => Promise<string>) =>
  planChecks(stepOf(values), readFile);
