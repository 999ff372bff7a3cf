/** Who has put an entry into a database, where nobody else is named. UEFI gives this no meaning. */
import type { Guid } from './efi-guid.js';

/** A UUID of version 8, the same for all that rootseal makes: files made twice are the same bytes. */
export const OWNER: Guid = 'b5f5a9b6-3c1e-8d0f-9a57-726f6f747365';
