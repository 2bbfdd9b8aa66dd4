/**
 * iap-auth as a library. The command line and the action do more; see the README.
 */
export { type Code, hasCode, IapError } from './errors.ts';
