import js from '@eslint/js';
import prettier from 'eslint-config-prettier';
import tseslint from 'typescript-eslint';
import { callStack } from './test/setup/lint/call-stack.mjs';

/** Lowest first: a layer may import only itself and what stands before it. */
const layers = [
  ...['util', 'formats', 'linux', 'repo', 'release', 'remote'],
  ...['disk', 'deploy', 'api', 'cli'],
];

/** What a layer must not import besides the layers above it. */
const extraBans = {
  formats: [
    {
      group: ['node:fs', 'node:fs/*', 'node:child_process', 'node:os', 'node:process'],
      message: 'src/formats is pure: bytes in, bytes out',
    },
    { group: ['**/linux/**'], message: 'src/formats and src/linux do not know each other' },
  ],
  api: [
    {
      group: ['**/deploy/**', '**/disk/**'],
      message: 'src/api is about repositories, not about machines and disks',
    },
  ],
  linux: [
    { group: ['**/formats/**'], message: 'src/formats and src/linux do not know each other' },
  ],
};
const nativeOnly = {
  group: ['koffi', 'execa', 'node:child_process'],
  message: 'only src/linux loads native code or spawns programs',
};

const oneWay = layers.map((layer, index) => ({
  files: [`src/${layer}/**/*.ts`],
  rules: {
    '@typescript-eslint/no-restricted-imports': [
      'error',
      {
        patterns: [
          ...layers.slice(index + 1).map((above) => ({
            group: [`**/${above}/**`],
            message: `src/${layer} is below src/${above}`,
          })),
          ...(extraBans[layer] ?? []),
          ...(layer === 'linux' ? [] : [nativeOnly]),
        ],
      },
    ],
  },
}));

const restrictedSyntax = ['TSEnumDeclaration', 'ExportDefaultDeclaration'];

export default tseslint.config(
  { ignores: ['dist/', 'node_modules/'] },
  js.configs.recommended,
  {
    files: ['**/*.ts'],
    extends: [...tseslint.configs.strictTypeChecked, ...tseslint.configs.stylisticTypeChecked],
    languageOptions: {
      parserOptions: {
        project: ['src/tsconfig.json', 'test/tsconfig.json', 'docs/examples/tsconfig.json'],
        tsconfigRootDir: import.meta.dirname,
      },
    },
    rules: {
      '@typescript-eslint/restrict-template-expressions': [
        'error',
        { allowNumber: true, allowBoolean: true },
      ],
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-unnecessary-condition': [
        'error',
        { allowConstantLoopConditions: true },
      ],
      '@typescript-eslint/prefer-nullish-coalescing': 'error',
      'no-restricted-syntax': ['error', ...restrictedSyntax],
      'no-warning-comments': 'error',
      'no-bitwise': 'off',
      eqeqeq: 'error',
    },
  },
  {
    files: ['src/**/*.ts'],
    plugins: { 'call-stack': callStack },
    rules: {
      'call-stack/no-spread-arguments': 'error',
      'call-stack/no-uncounted-recursion': 'error',
      'no-restricted-syntax': [
        'error',
        ...restrictedSyntax,
        {
          selector: 'CallExpression[callee.property.name=/^mkdir/] Property[key.name="recursive"]',
          message: "Node's way tries for ever in /proc: src/linux/make-directories.ts",
        },
        // Text of others must not steer a terminal.
        {
          selector:
            'CallExpression[callee.property.name="write"][callee.object.property.name=/^std(?:out|err)$/]',
          message: 'write through src/util/streams.ts',
        },
        {
          selector: ':matches(Literal[value=/^note: /], TemplateElement[value.raw=/^note: /])',
          message: 'a remark has no prefix: that it is on standard error says what it is',
        },
      ],
      'no-console': 'error',
      'max-lines': ['error', { max: 400, skipBlankLines: true, skipComments: true }],
      'max-lines-per-function': ['error', { max: 60, skipBlankLines: true, skipComments: true }],
      complexity: ['error', 12],
      'max-params': ['error', 4],
    },
  },
  ...oneWay,
  {
    // node:test returns promises that its runner awaits.
    files: ['test/**/*.ts'],
    rules: {
      '@typescript-eslint/no-floating-promises': 'off',
      '@typescript-eslint/no-non-null-assertion': 'off',
    },
  },
  {
    files: ['**/*.mjs', '**/*.js'],
    languageOptions: {
      globals: {
        process: 'readonly',
        console: 'readonly',
        Buffer: 'readonly',
        URL: 'readonly',
        performance: 'readonly',
        setTimeout: 'readonly',
        clearTimeout: 'readonly',
        setInterval: 'readonly',
        clearInterval: 'readonly',
      },
    },
  },
  prettier,
);
