import type { Complaint } from '../complaint.ts';
import { unfitness } from '../complaint.ts';
import type { Expectation } from './check.ts';
import { excerpted, expectBody, expectHeader, expectJson, expectStatus, hidden, type Shown } from './expectations.ts';
import type { Step } from './inputs.ts';
import { compilePath } from './path.ts';
import { regexOf } from './pattern.ts';
import type { ExpectedHeader, ExpectedJson } from './request.ts';

/** What is expected, by the input that says so, in the order in which it is looked at. */
export interface Demands {
  readonly status: readonly Expectation[];
  readonly header: readonly Expectation[];
  readonly body: readonly Expectation[];
  readonly json: readonly Expectation[];
}

export interface Context {
  readonly showResponse: Step['showResponse'];
  /** Where the input of this name was written. */
  readonly at: (name: string) => string;
  readonly problems: Complaint[];
}

type Wanted = Partial<Pick<Step, 'expectStatus' | 'expectHeader' | 'expectBody' | 'expectJson'>>;

/** The expectations that these inputs ask for; an input that is left out asks for nothing. */
export async function demandsOf(wanted: Wanted, context: Context): Promise<Partial<Demands>> {
  const shown = context.showResponse === 'never' ? hidden : excerpted;
  const { expectStatus: statuses, expectHeader: headers, expectBody: body, expectJson: values } = wanted;
  return {
    ...(statuses && { status: [expectStatus(statuses)] }),
    ...(headers && { header: await compileAll(headers, 'expect_header', context, headerOf(shown)) }),
    ...(body && { body: await compileAll([body], 'expect_body', context, bodyOf(shown)) }),
    ...(values && { json: await compileAll(values, 'expect_json', context, jsonOf(shown)) }),
  };
}

/** Makes an expectation, or says which text is wrong and how. */
type Compile<T> = (wanted: T) => { text: string; made: Promise<Expectation> };

async function compileAll<T>(
  all: readonly T[],
  name: string,
  { at, problems }: Context,
  compile: Compile<T>,
): Promise<Expectation[]> {
  const expectations: Expectation[] = [];
  for (const one of all) {
    const { text, made } = compile(one);
    try {
      expectations.push(await made);
    } catch (error) {
      problems.push(`${at(name)}: ${unfitness(error, text)}`);
    }
  }
  return expectations;
}

function headerOf(shown: Shown): Compile<ExpectedHeader> {
  return (header) => ({
    text: header.value,
    made: regexOf(header.value).then((regex) => expectHeader(header, regex, shown)),
  });
}

function bodyOf(shown: Shown): Compile<string> {
  return (text) => ({ text, made: regexOf(text).then((regex) => expectBody(text, regex, shown)) });
}

function jsonOf(shown: Shown): Compile<ExpectedJson> {
  return (json) => ({ text: json.path, made: compilePath(json.path).then((find) => expectJson(json, find, shown)) });
}
