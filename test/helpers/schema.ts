/** Documents against the schemas in docs/schema. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { join } from 'node:path';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import { CHECKOUT } from './boot-program.js';

const SCHEMAS = join(CHECKOUT, 'docs/schema');
const compiled = new Map<string, ValidateFunction>();

/** @param name of the file, without `.json` */
export function schema(name: string): ValidateFunction {
  const known = compiled.get(name);
  if (known !== undefined) return known;
  const ajv = new Ajv2020({
    strict: true,
    strictRequired: false,
    validateFormats: false,
    allowUnionTypes: true,
    strictTypes: false,
  });
  const file = `${name}.json`;
  // With those that it refers to.
  for (const other of fs.readdirSync(SCHEMAS)) {
    if (other !== file) ajv.addSchema(read(other), other);
  }
  const validate = ajv.compile(read(file));
  compiled.set(name, validate);
  return validate;
}

function read(file: string): object {
  return JSON.parse(fs.readFileSync(join(SCHEMAS, file), 'utf8')) as object;
}

export function requireValid(name: string, document: unknown): void {
  const validate = schema(name);
  assert.ok(
    validate(document),
    `${name}: ${JSON.stringify(validate.errors)}: ${JSON.stringify(document)}`,
  );
}

/** One document on one line, which says the version of its schema first. */
export function requireDocument(name: string, text: string): void {
  assert.match(text, /^\{"version":1,.*\}\n?$/, name);
  requireValid(name, JSON.parse(text));
}

/** Notes, and perhaps an error as the last: with `--json`, nothing else is on standard error. */
export function requireRemarks(stderr: string): void {
  for (const line of stderr.split('\n').slice(0, -1))
    requireDocument(line.startsWith('{"version":1,"error":') ? 'error' : 'note', line);
  assert.doesNotMatch(stderr, /"note":"note: /, 'the key says so already');
  assert.match(stderr, /^(?:|[^]*\n)$/);
}
