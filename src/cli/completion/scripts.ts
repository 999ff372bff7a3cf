/**
 * Scripts that make a shell complete command lines of rootseal: `completion/rootseal.*` with what may follow each command in the
 * places of `@COMMANDS@` and `@EVERY@`. The same program gives the same script.
 */
import fs from 'node:fs';
import { fileURLToPath } from 'node:url';
import { packageRoot } from '../package-root.js';
import type { Shell } from './shells.js';
import { readSpecs, type Token } from './spec.js';

/** The whole script. */
export async function scriptFor(shell: Shell): Promise<string> {
  const { commands, every } = await readSpecs();
  const text = fs.readFileSync(
    fileURLToPath(new URL(`completion/rootseal.${shell}`, packageRoot())),
    'utf8',
  );
  const { ofCommand, words } = FORMS[shell];
  const cases = [...commands].map(([command, tokens]) => ofCommand(command, words(tokens)));
  // By functions: a replacement text would have its own meaning of `$'`.
  return text.replace('@COMMANDS@', () => cases.join('\n')).replace('@EVERY@', () => words(every));
}

interface Form {
  /** Sets or prints the spec of a command. */
  readonly ofCommand: (command: string, words: string) => string;
  readonly words: (tokens: readonly Token[]) => string;
}

const FORMS: Readonly<Record<Shell, Form>> = {
  bash: {
    ofCommand: (command, words) => `    '${command}') spec=(${words}) ;;`,
    words: (tokens) => tokens.map(({ text }) => quoted(text)).join(' '),
  },
  zsh: {
    ofCommand: (command, words) => `    ('${command}') spec=(${words}) ;;`,
    words: withMeanings,
  },
  fish: {
    ofCommand: (command, words) =>
      `        case '${command}'${words === '' ? '' : `\n            printf '%s\\n' ${words}`}`,
    words: (tokens) =>
      tokens.map(({ text, about }) => `${quotedForFish(text)} ${quotedForFish(about)}`).join(' '),
  },
};

function withMeanings(tokens: readonly Token[]): string {
  return tokens.map(({ text, about }) => `${quoted(text)} ${quoted(about)}`).join(' ');
}

/** POSIX, "Single-Quotes". */
function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

/** In single quotes of fish, a backslash stands before a quote and before itself. */
function quotedForFish(text: string): string {
  return `'${text.replaceAll(/[\\']/g, '\\$&')}'`;
}
