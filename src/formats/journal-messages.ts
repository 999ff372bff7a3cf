/**
 * Messages in the journal that programs may look for, by the 128-bit ids of systemd.journal-fields(7) (docs/formats/messages.md).
 * An id never changes its meaning and is never used again for another.
 */

/** What is known about a kind of message besides its words. */
export interface JournalMessageKind {
  /** 32 hex digits: the field `MESSAGE_ID`. */
  readonly id: string;
  /** As in syslog(3): 2 critical, 3 error, 4 warning, 5 notice, 6 information. */
  readonly priority: number;
}

/** Every kind of message that has an id. */
export const JOURNAL_MESSAGES = {
  /** A deployment became the default at once. */
  DEPLOYED: { id: 'e50de4ee21174987ad5d02d93cf9c9b2', priority: 5 },
  /** A deployment becomes the default when the running system shuts down. */
  STAGED: { id: 'caffc859f66a4fa99385c45d831881d0', priority: 5 },
  /** The staged deployment became the default. */
  FINALIZED: { id: '095a22fbae7646d9a8a7869f03f254c0', priority: 5 },
  /** The staged deployment did not become the default; the old one stays. */
  FINALIZE_FAILED: { id: 'efd456105df54a42916331e4482f9921', priority: 3 },
  /** The default and the deployment kept for a rollback changed places. */
  ROLLED_BACK: { id: 'fefaf7b83edf44f29d38703c3b7f8c27', priority: 5 },
  /** A deployment was removed. */
  UNDEPLOYED: { id: '76c3171a2cdc46c39517de8f4a803cf7', priority: 5 },
  /** This boot was found good, and its deployment blessed. */
  BOOT_GOOD: { id: '0afc9cce64e447ef98db10f1488e1d49', priority: 6 },
  /** A deployment was marked bad: it is not started again by itself. */
  BOOT_BAD: { id: '86471e75de5d464a9e2a7082119a4ca1', priority: 3 },
  /** A boot on trial failed, and the machine reboots to get to another deployment. */
  BOOT_ABANDONED: { id: '66745545a80d42ec83fbaad22c1069f8', priority: 2 },
  /** A required health check failed. */
  HEALTH_CHECK_REQUIRED_FAILED: { id: '2c08b9a2b9804556846e0b03c952d0f1', priority: 3 },
  /** A wanted health check failed; nothing follows from it. */
  HEALTH_CHECK_WANTED_FAILED: { id: 'd78ba9b1e4fa4652acb7db2f736082d6', priority: 4 },
  /** The origin has something newer. */
  UPGRADE_AVAILABLE: { id: 'd98b57efc8494ee7a0b71294a0f7a90c', priority: 5 },
  /** What the origin has is not accepted: seal, name or sequence. */
  UPGRADE_REFUSED: { id: '6f2f7f88241f45c6a2b268747444b73d', priority: 3 },
  /** A path of /etc was changed here and in the new image. */
  ETC_CONFLICT: { id: '62e95802a57244b69feaeacf8b862267', priority: 4 },
  /** The record, boot entries or state were not as they should be and were made again. */
  RECORD_REPAIRED: { id: 'b3c032cadfc648b9a2e9fab70371010b', priority: 4 },
  /** Sealed images with a lower sequence are refused from now on. */
  FLOOR_RAISED: { id: '238850b454464322b979de8e13d8d9bf', priority: 5 },
  /** --allow-downgrade made older sealed images acceptable again. */
  FLOOR_LOWERED: { id: '348ec42f25d548f6bd504f01b9be09b9', priority: 4 },
} as const satisfies Readonly<Record<string, JournalMessageKind>>;

/** Name of a kind of message. */
export type JournalMessageName = keyof typeof JOURNAL_MESSAGES;
