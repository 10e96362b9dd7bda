/**
 * The remedy for messages that tslab 1.0.22 loses. It never awaits a send; zeromq.js makes a send pending after 512 synchronous
 * ones and refuses every further one (EBUSY) until the event loop turns, and libzmq drops what a subscriber has not yet taken
 * beyond 1,000 messages. A publisher's socket never blocks, so with no time-out each send is carried out at once, and with no
 * high-water mark nothing is dropped.
 */
import { realpathSync } from "node:fs";
import { createRequire } from "node:module";
import { basename, join } from "node:path";
import { isMainThread } from "node:worker_threads";

/** The part of zeromq.js's Publisher that matters here. */
interface Publisher {
  sendTimeout: number;
  sendHighWaterMark: number;
  send(message: unknown): Promise<void>;
}

interface PublisherModule {
  readonly Publisher: { readonly prototype: Publisher };
}

const unlimited = Symbol.for("nonsmooth.unlimitedPublisher");

/** Changes zeromq.js, as resolved from the file `from`, so that no publisher of this process loses a message. Idempotent. */
export function unlimitPublishers(from: string): void {
  const { Publisher } = createRequire(from)("zeromq") as PublisherModule;
  const prototype = Publisher.prototype;
  if (Object.hasOwn(prototype, unlimited)) return;
  const send = prototype.send;
  // `send` is read-only where it is inherited from, so that an assignment would be ignored
  Object.defineProperty(prototype, "send", {
    configurable: true,
    value(this: Publisher, message: unknown): Promise<void> {
      this.sendTimeout = 0;
      // each time, for it applies to the subscribers of this moment, and later ones start with the mark of the bind
      this.sendHighWaterMark = 0;
      return send.call(this, message);
    },
  });
  Object.defineProperty(prototype, unlimited, { value: true });
}

/**
 * For the preload: if this process is about to run tslab, prepares the zeromq.js of that tslab and of the one that tslab
 * prefers, the one installed above the working directory. Forked workers inherit `-r` and are left alone.
 */
export function unlimitTslab(): void {
  const script = process.argv[1];
  if (!isMainThread || script === undefined || basename(script) !== "tslab") return;
  unlimitPublishers(realpathSync(script));
  const local = resolveFrom(join(process.cwd(), "notebook.js"), "tslab/package.json");
  if (local !== undefined) unlimitPublishers(local);
}

function resolveFrom(file: string, name: string): string | undefined {
  try {
    return createRequire(file).resolve(name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "MODULE_NOT_FOUND") return undefined;
    throw error;
  }
}
