/** The linter's rules against data that fill the call stack. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { Linter, type ESLint } from 'eslint';
import { parser } from 'typescript-eslint';

const file = join(process.cwd(), 'test/setup/lint/call-stack.mjs');
const { callStack } = (await import(pathToFileURL(file).href)) as { callStack: ESLint.Plugin };

/** Names of the rules that a text breaks. */
function findings(text: string): string[] {
  const messages = new Linter().verify(
    text,
    {
      files: ['**/*.ts'],
      languageOptions: { parser },
      plugins: { 'call-stack': callStack },
      rules: {
        'call-stack/no-spread-arguments': 'error',
        'call-stack/no-uncounted-recursion': 'error',
      },
    },
    'x.ts',
  );
  return messages.map(({ ruleId, message }) => ruleId ?? message);
}

const SPREAD = 'call-stack/no-spread-arguments';
const RECURSION = 'call-stack/no-uncounted-recursion';

for (const text of [
  'list.push(...more);',
  'list.push(first, ...rest());',
  'const most = Math.max(...list);',
  'new Thing(...list);',
  'this.stack.push(...list.reverse());',
  'String.fromCharCode.apply(null, list);',
  'function through(list) { call(...list); }',
])
  test(`a list that is spread into a call is found: ${text}`, () => {
    assert.deepEqual(findings(text), [SPREAD]);
  });

for (const text of [
  'const all = [...a, ...b];',
  'call({ ...options, more });',
  'call([...a]);',
  'for (const item of more) list.push(item);',
  'const through = (...all) => call(...all);',
  'function through(first, ...rest) { return () => call(first, ...rest); }',
])
  test(`what takes no room on the stack is let pass: ${text}`, () => {
    assert.deepEqual(findings(text), []);
  });

for (const [what, text] of [
  ['a function', 'function f(x) { return x === 0 ? 0 : f(x - 1); }'],
  ['a function in a callback', 'function f(list) { list.forEach((item) => { f(item); }); }'],
  ['a variable', 'const f = (x) => f(x - 1);'],
  ['a method', 'class C { walk(node) { for (const child of node) this.walk(child); } }'],
  ['a private method', 'class C { #walk(node) { for (const child of node) this.#walk(child); } }'],
  ['a generator', 'function* walk(node) { for (const child of node) yield* walk(child); }'],
  ['two functions by each other', 'function a(x) { b(x); }\nfunction b(x) { a(x); }'],
  ['a method and another', 'class C { a() { this.b(); }\n b() { this.a(); } }'],
  [
    'a function that is called before it is there',
    'function a() { late(); }\nconst late = () => a();',
  ],
] as const)
  test(`${what} that calls itself without counting is found once`, () => {
    assert.deepEqual(findings(text), [RECURSION]);
  });

for (const [what, text] of [
  ['a depth', 'function f(x, depth) { if (depth < 9) f(x, depth + 1); }'],
  ['a depth with a default', 'function f(x, depth = 0) { if (depth < 9) f(x, depth + 1); }'],
  [
    'a depth among other things',
    'function f({ x, depth }) { if (depth < 9) f({ x, depth: depth + 1 }); }',
  ],
] as const)
  test(`recursion that counts by ${what} is let pass`, () => {
    assert.deepEqual(findings(text), []);
  });

test('a call of a parameter is let pass', () => {
  assert.deepEqual(findings('function attempt(action) { return action(); }'), []);
});

test('a call of something else with the same name is let pass', () => {
  assert.deepEqual(findings('class C { close() { this.file.close(); } }'), []);
  assert.deepEqual(findings('class C { close() { close(); } }\nfunction close() {}'), []);
  assert.deepEqual(
    findings('function f() { const f = 1; g(f); }\nfunction g(x) { return x; }'),
    [],
  );
});
