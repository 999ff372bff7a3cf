/** Who has signed. */
import type { KeyId } from '../../formats/seal/key.js';

/** `release.example.org+b0432636, security.example.org+dc7a7806` */
export function listSigners(
  signatures: readonly { readonly name: string; readonly keyId: KeyId }[],
): string {
  return signatures.map(({ name, keyId }) => `${name}+${keyId}`).join(', ');
}
