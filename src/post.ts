import { systemCode } from './errors.ts';
import { removeHeaderFile } from './header.ts';

// After the job: removes what the step wrote. A door of its own, so that nothing in the environment can stand in for
// the step. What it kept: https://docs.github.com/actions/reference/workflows-and-actions/workflow-commands#sending-values-to-the-pre-and-post-actions
const path = process.env['STATE_headerFile'] ?? '';
try {
  if (path !== '' && (await removeHeaderFile(path))) process.stdout.write('The header file was removed.\n');
} catch (error) {
  process.stdout.write(
    `::warning title=iap-auth::The header file could not be removed (${systemCode(error) ?? 'unknown'}): remove ${path}\n`,
  );
}
