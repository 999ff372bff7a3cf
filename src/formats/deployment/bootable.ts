/** Whether a deployment can be carried out: written into the record and into a boot entry, and taken by a kernel. */
import { FormatError } from '../../util/errors.js';
import { bootEntryFileName, printBootEntry } from '../boot-loader/entry.js';
import { bootEntryOf } from './boot-entry.js';
import { commandLineProblem } from './command-line.js';
import {
  imageHex,
  isUnified,
  parseDeployment,
  printDeployment,
  type Deployment,
} from './deployment.js';

/**
 * Says why a deployment cannot be written, or nothing. What can be may still have a command line that its kernel cuts off: such
 * deployments were made by earlier versions, and boot.
 */
export function writingProblem(deployment: Deployment): string | undefined {
  try {
    parseDeployment(new TextEncoder().encode(printDeployment(deployment)));
    const { name, serial, boots, tries } = deployment;
    const isCounted = boots === 'unknown' && tries > 0;
    bootEntryFileName({ name, serial, tries: isCounted ? tries : undefined });
    printBootEntry(bootEntryOf(deployment));
    return undefined;
  } catch (error) {
    if (error instanceof FormatError) return error.message;
    throw error;
  }
}

/**
 * Says why a deployment cannot be made, or nothing: it cannot be written, no kernel takes its command line whole, or it would be started
 * with the state of another one.
 */
export function bootingProblem(deployment: Deployment): string | undefined {
  return commandLineProblem(deployment) ?? writingProblem(deployment) ?? stateProblem(deployment);
}

/** The command line of a unified kernel image is the same everywhere, and names no state: that of the image's own name is taken. */
function stateProblem(deployment: Deployment): string | undefined {
  if (!isUnified(deployment) || deployment.id === imageHex(deployment)) return undefined;
  return `a unified kernel image starts with the state ${imageHex(deployment)}, and not with ${deployment.id}`;
}
