/** Turns the kernel's messages into the outputs that a notebook stores. */
import type { Message } from "./jupyter-client";
import type { DisplayOutput, ErrorOutput, Json, Output } from "./nbformat";

interface Stream {
  readonly output_type: "stream";
  readonly name: string;
  /** Kept apart until the end: a cell may print 100,000 times. */
  readonly pieces: string[];
}

interface Display extends DisplayOutput {
  data: Readonly<Record<string, Json>>;
  metadata: Readonly<Record<string, Json>>;
}

interface CellOutputs {
  list: (Stream | Display | ErrorOutput)[];
  /** A `clear_output` that waits for the next output. */
  clear: boolean;
}

/** Collects outputs by the request that caused them. */
export class OutputCollector {
  private readonly cells = new Map<string, CellOutputs>();
  /** By name: an update reaches outputs in any cell. */
  private readonly displays = new Map<string, Display[]>();

  /** @param onProgress receives the text of displays that are only for the screen, and the request that caused them */
  constructor(private readonly onProgress: (text: string, request: string) => void = () => {}) {}

  /** Starts to collect what a request causes. */
  begin(request: string): void {
    this.cells.set(request, { list: [], clear: false });
  }

  /** Takes a message; one that is not an output, or belongs to another request, has no effect. */
  receive({ type, parent, content }: Message): void {
    if (type === "update_display_data") this.updateDisplays(content);
    const cell = this.cells.get(parent);
    if (!cell) return;
    if (type === "display_data" || type === "update_display_data") this.tellProgress(content, parent);
    if (type === "clear_output") cell.clear = true;
    if (type === "clear_output" && content.wait !== true) this.clearNow(cell);
    const output = this.toOutput(type, content, cell);
    if (output) cell.list.push(output);
  }

  /** The outputs of a request so far: text is merged by stream, as a terminal would show it. */
  outputs(request: string): Output[] {
    return (this.cells.get(request)?.list ?? []).map((output) =>
      output.output_type === "stream"
        ? { name: output.name, output_type: output.output_type, text: overwrite(output.pieces.join("")) }
        : output,
    );
  }

  private toOutput(
    type: string,
    content: Message["content"],
    cell: CellOutputs,
  ): CellOutputs["list"][number] | undefined {
    const isOutput = type === "stream" || type === "display_data" || type === "execute_result" || type === "error";
    if (isOutput && cell.clear) this.clearNow(cell);
    switch (type) {
      case "stream":
        return mergeStream(cell.list, String(content.name), String(content.text));
      case "display_data":
      case "execute_result":
        return this.display(type, content);
      case "error": {
        const { ename, evalue, traceback } = content as unknown as ErrorOutput;
        return { output_type: "error", ename, evalue, traceback };
      }
      default:
        return undefined;
    }
  }

  private display(type: "display_data" | "execute_result", content: Message["content"]): Display {
    const { data, metadata } = bundle(content);
    const count = type === "execute_result" ? { execution_count: Number(content.execution_count) } : {};
    const display: Display = { output_type: type, data, metadata, ...count };
    const name = displayId(content);
    if (name !== undefined) this.displays.set(name, [...(this.displays.get(name) ?? []), display]);
    return display;
  }

  private updateDisplays(content: Message["content"]): void {
    for (const display of this.displays.get(displayId(content) ?? "") ?? []) Object.assign(display, bundle(content));
  }

  private tellProgress(content: Message["content"], request: string): void {
    const { data, metadata } = bundle(content);
    const mark = metadata.nonsmooth as { readonly volatile?: boolean } | undefined;
    const text = data["text/plain"];
    if (mark?.volatile === true && typeof text === "string" && text !== "") this.onProgress(text, request);
  }

  private clearNow(cell: CellOutputs): void {
    cell.list = [];
    cell.clear = false;
  }
}

/** Appends to the last output if it is the same stream; otherwise returns a new one. */
function mergeStream(list: CellOutputs["list"], name: string, text: string): Stream | undefined {
  const last = list.at(-1);
  if (last?.output_type !== "stream" || last.name !== name) return { output_type: "stream", name, pieces: [text] };
  last.pieces.push(text);
  return undefined;
}

function bundle(content: Message["content"]): Pick<DisplayOutput, "data" | "metadata"> {
  const { data, metadata } = content as unknown as Partial<DisplayOutput>;
  return { data: data ?? {}, metadata: metadata ?? {} };
}

function displayId(content: Message["content"]): string | undefined {
  const transient = content.transient as { display_id?: string } | undefined;
  return transient?.display_id;
}

/** Text as a terminal shows it after carriage returns and backspaces; JupyterLab keeps the same. */
export function overwrite(text: string): string {
  if (!/[\r\b]/.test(text)) return text;
  return text.split("\n").map(overwriteLine).join("\n");
}

function overwriteLine(line: string): string {
  if (!/[\r\b]/.test(line)) return line;
  const shown: string[] = [];
  let column = 0;
  for (const character of line) {
    if (character === "\r") column = 0;
    else if (character === "\b") column = Math.max(0, column - 1);
    else shown[column++] = character;
  }
  return shown.join("");
}
