/** Proxies that the environment names. Node's fetch uses them only if it is told to, and before Node 22.21 not at all. */

/** A proxy that is set and not used. */
export interface UnusedProxy {
  /** "HTTPS_PROXY is set and not used" */
  readonly fact: string;
  /** What to do. */
  readonly remedy: string;
}

/** A proxy that is set for an address and not used; undefined if there is none. */
export function unusedProxy(url: string, env: NodeJS.ProcessEnv = process.env): UnusedProxy | undefined {
  const { protocol, hostname } = new URL(url);
  const names = protocol === "https:" ? ["https_proxy", "HTTPS_PROXY"] : ["http_proxy", "HTTP_PROXY"];
  const set = names.find((name) => env[name]);
  if (set === undefined || isExcepted(hostname, env.no_proxy ?? env.NO_PROXY ?? "")) return undefined;
  if (env.NODE_USE_ENV_PROXY === "1" && usesProxies(process.versions.node)) return undefined;
  const remedy =
    `run with NODE_USE_ENV_PROXY=1 and Node.js 22.21, 24 or newer (this is ${process.versions.node}), ` +
    "or download the files otherwise and copy them: npx nonsmooth data fetch <name> --from <dir>";
  return { fact: `${set} is set and not used`, remedy };
}

/** Hosts between commas, each with the hosts below it; * is all of them. */
const isExcepted = (host: string, list: string): boolean =>
  list
    .split(/[\s,]+/)
    .map((name) => name.replace(/^\*?\./, "").replace(/:\d+$/, ""))
    .some((name) => name === "*" || (name !== "" && (host === name || host.endsWith(`.${name}`))));

function usesProxies(version: string): boolean {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  return major >= 24 || (major === 22 && minor >= 21);
}
