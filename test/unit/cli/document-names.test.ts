/** The names in docs/schema follow the rule that rootseal(1) says in "OUTPUT". */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { CHECKOUT } from '../../helpers/boot-program.js';

const DIRECTORY = join(CHECKOUT, 'docs/schema');

interface Schema {
  readonly type?: string | readonly string[];
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
  readonly additionalProperties?: boolean | Schema;
  readonly oneOf?: readonly Schema[];
  readonly $defs?: Readonly<Record<string, Schema>>;
  readonly $ref?: string;
}

type Shape = 'list' | 'object' | 'scalar';

interface Named {
  readonly name: string;
  readonly place: string;
  readonly types: readonly string[];
}

function typesOf({ type, const: only, enum: some, oneOf = [], ...others }: Schema): string[] {
  const told = type === undefined ? [] : [type].flat();
  const values = [...(only === undefined ? [] : [only]), ...(some ?? [])];
  const given = values.map((value) => (value === null ? 'null' : typeof value));
  const all = [...told, ...given, ...oneOf.flatMap(typesOf)];
  return others.$ref === undefined ? all : [...all, 'object'];
}

/** Every property of a schema, also of what is in its properties and lists. */
function* properties(schema: Schema, place: string): Generator<Named> {
  for (const [name, one] of Object.entries(schema.properties ?? {})) {
    yield { name, place, types: typesOf(one) };
    yield* properties(one, `${place}.${name}`);
  }
  const more = typeof schema.additionalProperties === 'object' ? [schema.additionalProperties] : [];
  const inside = [...more, ...(schema.oneOf ?? []), ...Object.values(schema.$defs ?? {})];
  for (const one of [...inside, ...(schema.items === undefined ? [] : [schema.items])])
    yield* properties(one, place);
}

const all = fs
  .readdirSync(DIRECTORY)
  .flatMap((file) => [
    ...properties(JSON.parse(fs.readFileSync(join(DIRECTORY, file), 'utf8')) as Schema, file),
  ]);

/** Units, and what is itself a number of something. */
const NUMBERS = /(?:^bytes|Bytes|^milliseconds|^tries)$/;

function isNumber({ types }: Named): boolean {
  return types.some((type) => /^(?:integer|number)$/.test(type));
}

test('how many there are of something is under the singular and Count, and nothing else ends so', () => {
  assert.ok(all.length > 300);
  const plural = all.filter((one) => isNumber(one) && one.name.endsWith('s'));
  assert.deepEqual(
    plural.filter(({ name }) => !NUMBERS.test(name) && name !== 'status'),
    [],
  );
  const counts = all.filter(({ name }) => name.endsWith('Count'));
  assert.ok(counts.length > 15);
  assert.deepEqual(
    counts.filter((one) => !isNumber(one)),
    [],
  );
});

/** An id in one document, and what is known of it in the other. */
const BOTH: ReadonlySet<string> = new Set(['booted', 'entry']);

test('a name is a list in every document or in none, and an object likewise', () => {
  const shapes = new Map<string, Map<Shape, string>>();
  for (const { name, place, types } of all) {
    const known = shapes.get(name) ?? new Map<Shape, string>();
    for (const type of types.filter((one) => one !== 'null'))
      known.set(
        type === 'array' ? 'list' : type === 'object' ? 'object' : 'scalar',
        `${place}.${name}`,
      );
    shapes.set(name, known);
  }
  const several = [...shapes].filter(
    // What belongs to each of several things, and the list of these things, are both collections.
    ([name, { size }]) => size > 1 && !BOTH.has(name) && name !== 'roles',
  );
  assert.deepEqual(
    several.map(([, places]) => [...places.values()]),
    [],
  );
});
