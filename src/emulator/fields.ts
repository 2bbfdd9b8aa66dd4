/** The fields of a JSON or form body; none if it is neither. */
export async function fieldsOf(message: {
  headers: Headers;
  text(): Promise<string>;
}): Promise<Record<string, unknown>> {
  return parseFields(await message.text(), message.headers.get('content-type') ?? '');
}

export function parseFields(body: string, contentType: string): Record<string, unknown> {
  if (contentType.startsWith('application/x-www-form-urlencoded')) return Object.fromEntries(new URLSearchParams(body));
  if (!contentType.startsWith('application/json')) return {};
  try {
    const value: unknown = JSON.parse(body);
    return typeof value === 'object' && value !== null ? { ...value } : {};
  } catch {
    return {};
  }
}
