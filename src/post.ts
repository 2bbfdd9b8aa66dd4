import { getState } from '@actions/core';
import { removeHeaderFile } from './header.ts';

/** After the job: removes what the step wrote. A door of its own, so that nothing in the environment can stand in for the step. */
const path = getState('headerFile');
if (path !== '' && (await removeHeaderFile(path))) process.stdout.write('The header file was removed.\n');
