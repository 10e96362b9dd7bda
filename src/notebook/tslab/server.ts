/** tslab's server for Jupyter's protocol, with a publisher that loses nothing and cells that report how they failed. */
import { type JupyterHandlerImpl, ZmqServer } from "tslab/dist/jupyter";
import type { Handler } from "./handler";
import type { Send } from "./outbox";

type Message = Parameters<ZmqServer["handleKernelInfo"]>[1];

/** Private in tslab's declarations; its `init` calls it for each socket before anything is sent. */
interface Binds {
  bindSocket(socket: object, port: number): Promise<void>;
}

/** How long the work of cells may take to stop when the kernel is to end, in milliseconds: less than Jupyter waits. */
const GRACE_MS = 2_000;

export class Server extends ZmqServer {
  private isClosed = false;

  constructor(
    private readonly cells: Handler,
    configPath: string,
  ) {
    super(cells as unknown as JupyterHandlerImpl, configPath);
    const { bindSocket } = ZmqServer.prototype as unknown as Binds;
    Object.assign(this, {
      bindSocket: (socket: object, port: number) => {
        if (socket === this.iopub) this.loseNothing();
        return bindSocket.call(this, socket, port);
      },
    });
  }

  /**
   * After 512 synchronous sends zeromq.js leaves one pending and refuses all others until the event loop turns; libzmq drops
   * messages when a subscriber is more than 1,000 behind. A publisher never blocks, so with a time-out of 0 each send is carried out
   * at once, and without a high-water mark nothing is dropped. Pipes get the mark that is set before the bind. It must not be
   * changed on a live socket: once a subscriber has left, libzmq crashes.
   */
  private loseNothing(): void {
    this.iopub.sendTimeout = 0;
    this.iopub.sendHighWaterMark = 0;
  }

  override async handleExecute(socket: object, message: Message): Promise<void> {
    const send: Send = (type, content) => this.sendReply(this.iopub, message, type, content);
    const request = message.content as Parameters<Handler["execute"]>[0];
    const reply = await this.cells.execute(request, send);
    this.sendReply(socket, message, "execute_reply", reply);
  }

  /** The kernel is to end, and does so once its work has stopped. */
  override close(): void {
    this.isClosed = true;
    super.close();
    setTimeout(() => process.exit(0), GRACE_MS).unref();
  }

  private sendReply(socket: object, message: Message, type: string, content: object): void {
    // work that is about to stop may still report, but nobody hears it
    if (this.isClosed) return;
    const reply = message.createReply();
    reply.header.msg_type = type;
    reply.content = content;
    reply.signAndSend(this.connInfo.key, socket);
  }
}
