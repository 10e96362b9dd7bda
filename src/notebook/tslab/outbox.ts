/**
 * A kernel's outputs on their way to the page, in order. Printed text is collected and sent about 20 times a second: Jupyter's
 * server drops anything beyond 1,000 messages or 1 MB of text per second, averaged over 3 seconds.
 */

import { errorReport } from "./report";

/** Sends one message of a cell. */
export type Send = (type: string, content: object) => void;

interface Text {
  readonly send: Send;
  readonly name: string;
  text: string;
}

interface Message {
  readonly send: Send;
  readonly type: string;
  readonly content: object;
}

/** In milliseconds: the time between two messages with text, and the time over which the server averages. */
const INTERVAL = 50;
const WINDOW = 3_000;
/** In milliseconds: the time for sending what is left at the end. */
const LAST_MOMENT = 200;
/** The most that is sent in a window: less than the server's limits, 3,000 messages and 3 MB of text. */
const MESSAGES = 2_000;
const BYTES = 2_400_000;
/** The most characters in a message. */
const PIECE = 100_000;

const isText = (item: Text | Message): item is Text => "text" in item;

export interface OutboxOptions {
  /** The clock, in milliseconds; default `performance.now`. */
  readonly now?: () => number;
}

export class Outbox {
  private queue: (Text | Message)[] = [];
  private sent: { readonly at: number; readonly bytes: number }[] = [];
  private lastText = Number.NEGATIVE_INFINITY;
  private printing: Send | undefined;
  private timer: NodeJS.Timeout | undefined;
  private waiting: (() => void)[] = [];
  private readonly now: () => number;

  constructor({ now = () => performance.now() }: OutboxOptions = {}) {
    this.now = now;
  }

  /** Takes text that a cell printed. */
  print(send: Send, name: string, text: string): void {
    const last = this.queue.at(-1);
    if (last && isText(last) && last.send === send && last.name === name) last.text += text;
    else this.queue.push({ send, name, text });
    // a cell's first line is shown at once: the cell may compute for a long time after it without letting a timer run
    const isFirst = this.printing !== send;
    this.printing = send;
    const wait = isFirst ? 0 : this.lastText + INTERVAL - this.now();
    if (wait <= 0) this.pump();
    else this.pumpAfter(wait);
  }

  /** Takes any other message of a cell; it is sent after the text that came before it. */
  post(send: Send, type: string, content: object): void {
    this.queue.push({ send, type, content });
    this.pump();
  }

  /** Waits until everything taken so far has been sent. */
  async drained(): Promise<void> {
    this.pump();
    if (this.queue.length > 0) await new Promise<void>((resolve) => this.waiting.push(resolve));
  }

  /** Drops the waiting text, which was printed faster than it can be shown, and says how much that was. */
  dropBacklog(): void {
    this.pump();
    const dropped = this.queue.filter(isText);
    if (dropped.length === 0) return;
    const [{ send, name }] = dropped as [Text];
    const characters = dropped.reduce((sum, { text }) => sum + text.length, 0);
    const line = `\n… ${characters.toLocaleString("en")} more characters are not shown\n`;
    this.queue = [{ send, name, text: line }, ...this.queue.filter((item) => !isText(item))];
    this.pumpAfter(INTERVAL);
  }

  /** Sends everything at once, whatever the limits: this process is ending, and its sending thread gets a moment to finish. */
  flush(): void {
    if (this.queue.length === 0) return;
    while (this.queue.length > 0) this.sendFirst();
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, LAST_MOMENT);
  }

  private pump(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    while (this.queue.length > 0) {
      const wait = this.wait();
      if (wait > 0) {
        this.pumpAfter(wait);
        return;
      }
      this.sendFirst();
    }
    for (const resolve of this.waiting.splice(0)) resolve();
  }

  private pumpAfter(milliseconds: number): void {
    this.timer ??= setTimeout(() => this.pump(), milliseconds);
  }

  /** Milliseconds until the window has room again; 0 if it has room now. */
  private wait(): number {
    const now = this.now();
    while (this.sent[0] && this.sent[0].at + WINDOW <= now) this.sent.shift();
    const bytes = this.sent.reduce((sum, message) => sum + message.bytes, 0);
    const isFull = this.sent.length >= MESSAGES || bytes >= BYTES;
    return isFull ? Math.max(1, this.sent[0]!.at + WINDOW - now) : 0;
  }

  private sendFirst(): void {
    const item = this.queue[0]!;
    const at = this.now();
    if (!isText(item)) {
      this.queue.shift();
      this.sent.push({ at, bytes: 0 });
      deliver(item);
      return;
    }
    const piece = item.text.slice(0, endOfPiece(item.text));
    if (piece.length === item.text.length) this.queue.shift();
    else item.text = item.text.slice(piece.length);
    this.lastText = at;
    this.sent.push({ at, bytes: Buffer.byteLength(JSON.stringify(piece)) });
    item.send("stream", { name: item.name, text: piece });
  }
}

/** Sends a message, or says why it cannot be sent: a cell's code may make an output that is not JSON. */
function deliver({ send, type, content }: Message): void {
  try {
    send(type, content);
  } catch (error) {
    send("stream", { name: "stderr", text: `an output cannot be sent: ${errorReport(error).evalue}\n` });
  }
}

/** Where a piece ends: not between the two halves of a character. */
function endOfPiece(text: string): number {
  if (text.length <= PIECE) return text.length;
  const isHigh = (text.charCodeAt(PIECE - 1) & 0xfc00) === 0xd800;
  return isHigh ? PIECE - 1 : PIECE;
}
