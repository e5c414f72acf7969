import { createRequire } from 'node:module';

/**
 * kafkajs 2.2.4 delivers records of aborted transactions where transactions overlap or a fetch begins inside one: it
 * takes the broker's list to be in order of first offsets and takes one entry a record. What it leaves out would
 * depend on where a fetch begins, and so would our rows. Here the list is applied as Java's consumer does, before
 * kafkajs sees it.
 */

interface AbortedTransaction {
  producerId: string;
  firstOffset: string;
}

/** The fields of kafkajs's decoded record that matter here. */
export interface FetchedRecord {
  offset: string;
  key: Buffer | null;
  /** kafkajs delivers no control records, but moves its position over them. */
  isControlRecord: boolean;
  batchContext: { producerId: string; inTransaction: boolean };
}

interface FetchedPartition {
  abortedTransactions: AbortedTransaction[];
  messages: FetchedRecord[];
}

interface FetchResponse {
  decode(data: Buffer): Promise<{ responses: { partitions: FetchedPartition[] }[] }>;
}

/** Marks aborted records as control records. `messages` are in offset order; the list is in any. */
export function markAborted({ abortedTransactions, messages }: FetchedPartition): void {
  const ahead = abortedTransactions
    .map(({ producerId, firstOffset }) => ({ producerId, firstOffset: Number(firstOffset) }))
    .sort((a, b) => b.firstOffset - a.firstOffset);
  const aborting = new Set<string>();
  for (const message of messages) {
    const offset = Number(message.offset);
    for (let next = ahead.at(-1); next && next.firstOffset <= offset; next = ahead.at(-1)) {
      aborting.add(next.producerId);
      ahead.pop();
    }
    const { producerId, inTransaction } = message.batchContext;
    if (message.isControlRecord) {
      if (isAbortMarker(message)) aborting.delete(producerId);
    } else if (inTransaction && aborting.has(producerId)) {
      message.isControlRecord = true;
    }
  }
}

/** The key of a control record is a version and a type, each of 16 bits; type 0 is 'abort'. */
const isAbortMarker = ({ key }: FetchedRecord) => key !== null && key.length >= 4 && key.readInt16BE(2) === 0;

/** Versions of the fetch protocol with transactions that kafkajs speaks. */
const FETCH_VERSIONS = [4, 5, 6, 7, 8, 9, 10, 11];
let isCorrected = false;

/** Puts our filter in the place of kafkajs's, once a process. */
export function correctAbortedFilter(): void {
  if (isCorrected) return;
  isCorrected = true;
  const require = createRequire(import.meta.url);
  const responses = FETCH_VERSIONS.map(
    (version): FetchResponse => require(`kafkajs/src/protocol/requests/fetch/v${version}/response.js`),
  );
  for (const response of new Set(responses)) {
    const { decode } = response;
    response.decode = async data => {
      const decoded = await decode(data);
      for (const { partitions } of decoded.responses) {
        for (const partition of partitions) {
          if (partition.abortedTransactions.length > 0) markAborted(partition);
          partition.abortedTransactions = [];
        }
      }
      return decoded;
    };
  }
}
