/** Whether `text` is one plain email, safe to stand in a command that somebody pastes. */
export function isEmail(text: string): boolean {
  return /^\w[\w.+-]*@[\w-]+(\.[\w-]+)+$/.test(text);
}

/** An account as IAM's policies name it: https://cloud.google.com/iam/docs/principal-identifiers */
export function memberOf(email: string): string {
  return `${email.toLowerCase().endsWith('.gserviceaccount.com') ? 'serviceAccount' : 'user'}:${email}`;
}
