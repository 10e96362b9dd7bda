/** Opens a page in the user's browser. */
import { spawn } from "node:child_process";

/** Nothing happens where there is no browser: the address is on the screen. */
export function openBrowser(url: string): void {
  const [program, ...words] = opener();
  if (program === undefined) return;
  const child = spawn(program, [...words, url], { detached: true, stdio: "ignore" });
  child.on("error", () => {});
  child.unref();
}

function opener(): string[] {
  if (process.platform === "darwin") return ["open"];
  if (process.platform === "win32") return ["rundll32", "url.dll,FileProtocolHandler"];
  return process.env.DISPLAY || process.env.WAYLAND_DISPLAY ? ["xdg-open"] : [];
}
