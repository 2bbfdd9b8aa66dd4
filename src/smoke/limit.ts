import { isNativeError } from 'node:util/types';
import { runInNewContext } from 'node:vm';

// Nothing else goes on meanwhile.
const longest = 3000;

/**
 * What the work says of a text that anybody may have written, or that the text cannot be looked at: it may keep a
 * JSONPath busy for hours. A script is the one thing that Node.js stops: https://nodejs.org/api/vm.html
 *
 * @param most milliseconds
 */
export function within(work: () => string | undefined, most: number = longest): string | undefined {
  try {
    return runInNewContext('work()', { work }, { timeout: most });
  } catch (error) {
    // It comes from another realm: no `instanceof` knows it.
    if (!isNativeError(error)) throw error;
    if ('code' in error && error.code === 'ERR_SCRIPT_EXECUTION_TIMEOUT') return 'takes too long to check';
    // A regex has a limit, JavaScript's stack has one, and so has the JSONPath library, which is loaded only where it is used.
    if (error.name === 'RangeError' || error.name === 'JSONPathRecursionLimitError')
      return 'is too long, or nested too deeply, to be checked';
    throw error;
  }
}
