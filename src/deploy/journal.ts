/** Tells the journal what happened, by the ids of docs/formats/messages.md. */
import { JOURNAL_MESSAGES, type JournalMessageName } from '../formats/journal-messages.js';
import { sendJournalEntry } from '../linux/journal.js';

export interface JournalMessage {
  readonly id: JournalMessageName;
  /** For people, one line. */
  readonly message: string;
  /** As in syslog(3); that of the kind when absent. */
  readonly priority?: number;
  /** Fields besides the usual ones: names in capitals, with `ROOTSEAL_` in front. */
  readonly fields?: Readonly<Record<string, string>>;
}

/** Sends a message to the journal. Never throws; does nothing where there is no journal. */
export function sendToJournal({ id, message, priority, fields }: JournalMessage): void {
  const kind = JOURNAL_MESSAGES[id];
  sendJournalEntry({
    MESSAGE: message,
    MESSAGE_ID: kind.id,
    PRIORITY: String(priority ?? kind.priority),
    SYSLOG_IDENTIFIER: 'rootseal',
    ...fields,
  });
}
