// Its types do not compile as strictly as this project's: it is imported by a name that the compiler does not follow.
const library = 'saxes';

interface Tag {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
}

interface Parser {
  on(event: 'error', listen: (error: Error) => void): void;
  on(event: 'opentag', listen: (tag: Tag) => void): void;
  write(text: string): Parser;
  close(): void;
}

const { SaxesParser } = (await import(library)) as { SaxesParser: new () => Parser };

/** The names of the test cases in JUnit XML, which must be well-formed. */
export function casesIn(xml: string): string[] {
  const names: string[] = [];
  const parser = new SaxesParser();
  parser.on('error', (error) => {
    throw error;
  });
  parser.on('opentag', ({ name, attributes }) => {
    if (name === 'testcase') names.push(attributes['name'] ?? '');
  });
  parser.write(xml).close();
  return names;
}
