/** A JSON object or list of unknown shape, to be read by its keys; empty for any other value. */
export function record(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

/** A value that should be a text; empty if it is none. */
export function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

/** The same of a JSON text; empty if it is not JSON. */
export function jsonObject(text: string): Readonly<Record<string, unknown>> {
  try {
    return record(JSON.parse(text));
  } catch {
    return {};
  }
}

/** JSON data, each of its texts changed. */
export function mapTexts<T>(data: T, change: (text: string) => string): T {
  return JSON.parse(JSON.stringify(data), (_, value: unknown) => (typeof value === 'string' ? change(value) : value));
}

/** Whether JSON readers may have rounded a number: https://www.rfc-editor.org/rfc/rfc8259#section-6 */
export function isRounded(value: unknown): boolean {
  return typeof value === 'number' && Math.abs(value) > Number.MAX_SAFE_INTEGER;
}
