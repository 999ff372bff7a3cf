/** Runs a how-to page from top to bottom, and compares each output that it shows. */
import fs from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parsePage, type Command } from './blocks.js';
import { compareOutput } from './compare.js';

/** What one command came to. */
export interface Outcome {
  readonly status: number;
  /** Standard output and error, as they came. */
  readonly output: string;
}

/** Runs one command after the other, in one place: variables and directory stay. */
export type Execute = (command: string) => Promise<Outcome>;

/** What is put in the place of something in the page, and why that proves as much. */
export interface Substitution {
  /** The whole command as the page has it. */
  readonly command: string;
  readonly instead: string;
  readonly why: string;
}

/** Texts of the page (commands and outputs) that are others in the test: addresses, names, versions. */
export type Names = readonly (readonly [inPage: string, inTest: string])[];

export interface PageRun {
  readonly execute: Execute;
  readonly substitutions?: readonly Substitution[];
  readonly names?: Names;
}

/** The text of a page in docs/howto. This file runs from dist/test/howto. */
export function readPage(name: string): string {
  return fs.readFileSync(
    fileURLToPath(new URL(`../../../docs/howto/${name}`, import.meta.url)),
    'utf8',
  );
}

/** The page does not say what happens. */
export class PageMismatch extends Error {}

/**
 * @param name file below docs/howto, for messages
 * @throws {PageMismatch} at the first command that ends or prints otherwise than the page says
 * @throws {PageError} when the page cannot be run at all
 */
export async function runPage(name: string, markdown: string, run: PageRun): Promise<void> {
  const { commands } = parsePage(markdown);
  const unused = new Set(run.substitutions);
  for (const [index, command] of commands.entries()) {
    const substitution = run.substitutions?.find((one) => one.command === command.text);
    if (substitution !== undefined) unused.delete(substitution);
    const text = substitution?.instead ?? inTest(command.text, run.names);
    const outcome = await run.execute(text);
    const problem =
      statusProblem(outcome, commands[index + 1]) ?? outputProblem(command, outcome, run.names);
    if (problem !== undefined)
      throw new PageMismatch(
        `docs/howto/${name}:${command.line}: ${text}\n${problem}\nAll that it printed:\n${outcome.output}`,
      );
  }
  const [never] = unused;
  if (never !== undefined)
    throw new PageMismatch(`docs/howto/${name} has no command ${JSON.stringify(never.command)}`);
}

/** A command may fail only where the page looks at its exit status next. */
function statusProblem({ status }: Outcome, next: Command | undefined): string | undefined {
  if (status === 0 || next?.text === 'echo $?') return undefined;
  return `it ended with status ${status}, and the page does not say so`;
}

function outputProblem(command: Command, outcome: Outcome, names: Names = []): string | undefined {
  if (command.shown.length === 0) return undefined;
  const problem = compareOutput(
    command.shown.map((line) => inTest(line, names)),
    outcome.output,
  );
  return problem === '' ? undefined : problem;
}

function inTest(text: string, names: Names = []): string {
  return names.reduce((result, [from, to]) => result.replaceAll(from, to), text);
}
