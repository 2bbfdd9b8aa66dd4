/**
 * The report as JSON, without the signs that whoever hands it on may read as its own: GitLab and Azure Pipelines put a
 * variable in the place of `$NAME` and `$(NAME)` in a value, GitHub and Azure look for commands behind `##`, and a shell
 * reads what stands between its quotes.
 */
export function jsonOf(report: object): string {
  return JSON.stringify(report).replace(/[#$'`<>\u007f-\u009f\u2028\u2029]/g, inUnicode);
}

// All of these stand in texts only, where they mean the same.
function inUnicode(sign: string): string {
  return `\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
