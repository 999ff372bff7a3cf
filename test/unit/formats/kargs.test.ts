import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  ARGUMENT_FILE_MAX,
  argumentProblem,
  isMeant,
  kernelKey,
  parseArgumentFile,
  type ArgumentFile,
  type ArgumentFileKind,
} from '../../../src/formats/kargs.js';
import { FormatError } from '../../../src/util/errors.js';

const NOTHING: ArgumentFile = { append: [], delete: [] };

function parse(text: string, kind: ArgumentFileKind = 'rootseal'): ArgumentFile {
  return parseArgumentFile(Buffer.from(text, 'latin1'), 'x86_64', kind);
}

const GOOD: readonly (readonly [text: string, asks: Partial<ArgumentFile>])[] = [
  ['', {}],
  ['# nothing\n', {}],
  ['kargs = []', {}],
  ['kargs = ["console=tty0", "nosmt"]', { append: ['console=tty0', 'nosmt'] }],
  ['kargs = [\n  "b",\n  "a", # sorted by nobody\n]\n', { append: ['b', 'a'] }],
  [`kargs = ['a="b c"', '"x y"']`, { append: ['a="b c"', '"x y"'] }],
  ['kargs = ["a"]\nmatch-architectures = ["aarch64", "x86_64"]', { append: ['a'] }],
  ['kargs = ["a"]\nmatch-architectures = ["aarch64"]', {}],
  ['kargs = ["a"]\nmatch-architectures = []', {}],
  ['kargs = ["rootseal.min-sequence=7"]', { append: ['rootseal.min-sequence=7'] }],
  ['kargs = ["rootwait", "rootfstype=ext4"]', { append: ['rootwait', 'rootfstype=ext4'] }],
];

for (const kind of ['rootseal', 'bootc'] as const)
  for (const [text, asks] of GOOD)
    test(`of ${kind}, ${JSON.stringify(text)} asks for ${JSON.stringify(asks)}`, () => {
      assert.deepEqual(parse(text, kind), { ...NOTHING, ...asks });
    });

test('only files of rootseal take away', () => {
  const text = 'delete = ["quiet", "console=tty0"]';
  assert.deepEqual(parse(text), { append: [], delete: ['quiet', 'console=tty0'] });
  assert.deepEqual(parse(text, 'bootc'), NOTHING);
});

test('a file for another architecture takes nothing away', () => {
  assert.deepEqual(parse('delete = ["a"]\nmatch-architectures = ["aarch64"]'), NOTHING);
});

/** The text, what is wrong, and the line or field that is named. */
const BAD: readonly (readonly [text: string, says: RegExp, place: number | string])[] = [
  ['kargs = [', /^kargs\.d: line 1/, 1],
  ['\nkargs = ["a"\n', /line/, 2],
  ['kargs = "a"', /expected at most 256 strings/, 'kargs'],
  ['kargs = [1]', /expected at most/, 'kargs'],
  ['kargs = [["a"]]', /expected at most/, 'kargs'],
  [`kargs = [${'"a",'.repeat(257)}]`, /expected at most/, 'kargs'],
  ['match-architectures = "x86_64"', /expected at most/, 'match-architectures'],
  ['kargs = ["a"]\nkargs = ["b"]', /line 2/, 2],
];

for (const kind of ['rootseal', 'bootc'] as const)
  for (const [text, says, place] of BAD)
    test(`of ${kind}, ${JSON.stringify(text.slice(0, 40))} is refused, and ${place} named`, () => {
      assert.throws(
        () => parse(text, kind),
        (error) => {
          assert.ok(error instanceof FormatError);
          assert.match(error.message, says);
          const { line, field } = error.place;
          if (typeof place === 'string') assert.equal(field, place);
          else assert.ok(line !== undefined && line >= place);
          return true;
        },
      );
    });

test('a misspelt key is refused, but bootc may know it', () => {
  assert.throws(() => parse('karg = ["a"]'), /kargs\.d: karg: the keys are kargs, delete/);
  assert.deepEqual(parse('kargs = ["a"]\nlater = 1', 'bootc'), { ...NOTHING, append: ['a'] });
});

test('names that objects have by themselves are keys like others', () => {
  assert.throws(() => parse('__proto__ = ["a"]'), FormatError);
  assert.throws(() => parse('[toString]'), FormatError);
  assert.deepEqual(parse('__proto__ = ["a"]\nconstructor = 1', 'bootc'), NOTHING);
});

test('what is not UTF-8, or too long, is refused', () => {
  assert.throws(() => parse('# \xff'), /not UTF-8/);
  assert.deepEqual(parse('#'.repeat(ARGUMENT_FILE_MAX)), NOTHING);
  assert.throws(() => parse('#'.repeat(ARGUMENT_FILE_MAX + 1)), /more than 65536 bytes/);
  assert.throws(() => parse(`kargs = ${'['.repeat(10_000)}`), FormatError, 'however deep');
});

for (const argument of [
  '',
  'a b',
  'a="b',
  'a=b"',
  'a\tb',
  'a\n',
  'é',
  'root=/dev/sda',
  'root',
  'composefs',
  'composefs=0',
  'composefs.digest=v1-sha256-12:00',
  'rootseal.state=x',
  'rootseal.anything',
  'rootseal.min-sequence.x=1',
])
  test(`the argument ${JSON.stringify(argument)} may not be given`, () => {
    assert.notEqual(argumentProblem(argument), undefined);
    const text = `kargs = [${JSON.stringify(argument)}]`;
    assert.throws(() => parseArgumentFile(Buffer.from(text), 'x86_64', 'bootc'), FormatError);
  });

for (const argument of [
  'a',
  'a=',
  'a=b=c',
  'rw',
  'rootwait',
  'xroot=1',
  'ROOT=x',
  'a="b c"d',
  '--',
])
  test(`the argument ${JSON.stringify(argument)} may be given`, () => {
    assert.equal(argumentProblem(argument), undefined);
  });

test('an argument is meant by its key, or as a whole', () => {
  assert.ok(isMeant('console=ttyS0', 'console'));
  assert.ok(isMeant('console=ttyS0', 'console=ttyS0'));
  assert.ok(isMeant('quiet', 'quiet'));
  assert.ok(!isMeant('console=ttyS0', 'console=ttyS'));
  assert.ok(!isMeant('console=ttyS0=1', 'console=ttyS0'));
  assert.ok(!isMeant('consoleblank=0', 'console'));
  assert.ok(!isMeant('quiet', 'quiet='));
});

test('quotes do not hide what an argument is called', () => {
  for (const [argument, key] of [
    ['root=/dev/sda', 'root'],
    ['"root=/dev/sda"', 'root'],
    ['"root=/dev/sda" ', 'root'],
    ['root="/dev/sda"', 'root'],
    ['"composefs"', 'composefs'],
    ['""root=x"', '"root'],
    ['=x', '=x'],
    ['"', ''],
  ] as const)
    assert.equal(kernelKey(argument), key, argument);
  for (const argument of [
    ...['"root=/dev/sda"', '"rootseal.foo=1"', '"composefs=off"', '"root"=x', '"composefs"'],
    ...['"rootseal.state=a b"', 'root="/dev/sda"', '"composefs.digest=v1"'],
  ])
    assert.ok(
      (argumentProblem(argument) === undefined) === (kernelKey(argument) === 'root"'),
      argument,
    );
  for (const argument of ['"console=tty0"', '"a b"', '"rootseal.min-sequence=7"', 'r"oot=x"'])
    assert.equal(argumentProblem(argument), undefined, argument);
});

test('a key takes away arguments in quotes, too', () => {
  assert.ok(isMeant('"console=tty0"', 'console'));
  assert.ok(isMeant('"quiet"', 'quiet'));
  assert.ok(!isMeant('"quieter"', 'quiet'));
});
