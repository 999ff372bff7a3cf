/** A list of kernel arguments in the making: files add to it and take away from it. The work grows with what is named, not with its square. */
import { kernelKey } from '../formats/kargs.js';
import type { KernelArgument } from '../formats/deployment/deployment.js';

export class WantedArguments {
  /** Undefined where one was taken away. */
  private readonly all: (KernelArgument | undefined)[] = [];
  /** Where arguments stand that are still there. Of a position that another index led to first, nothing is left. */
  private readonly byValue = new Map<string, number[]>();
  private readonly byKey = new Map<string, number[]>();

  add(argument: KernelArgument): void {
    const at = this.all.push(argument) - 1;
    append(this.byValue, argument.value, at);
    append(this.byKey, kernelKey(argument.value), at);
  }

  /** Takes away every argument that `wanted` means: `console` all `console=…`, `console=ttyS0` that one. */
  remove(wanted: string): void {
    this.forget(this.byValue, wanted);
    if (!wanted.includes('=')) this.forget(this.byKey, kernelKey(wanted));
  }

  /** Those that are left, in the order in which they came. */
  list(): KernelArgument[] {
    return this.all.filter((one) => one !== undefined);
  }

  private forget(index: Map<string, number[]>, name: string): void {
    for (const at of index.get(name) ?? []) this.all[at] = undefined;
    index.delete(name);
  }
}

function append(index: Map<string, number[]>, name: string, at: number): void {
  const places = index.get(name);
  if (places === undefined) index.set(name, [at]);
  else places.push(at);
}
