import { planChecks } from '../../src/smoke/plan.ts';
import { configOf } from '../world.ts';

/** The configuration of these inputs, as the action reads them. */
export const stepOf = (values: Readonly<Record<string, string>>) => configOf({ target_audience: 'client', ...values });

/** The checks of these inputs. */
export const plan = (values: Readonly<Record<string, string>>) => planChecks(stepOf(values));
