/** Who may ask: whoever has the token, from a page of this server. */
import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import type { IncomingMessage } from "node:http";

/** How long the word in the command line of a browser opens the page, in milliseconds. */
const OPENS_FOR = 60_000;

export interface Refusal {
  readonly status: 403 | 405;
  readonly message: string;
}

/** Checks requests to one server. */
export class Guard {
  readonly token = randomBytes(32).toString("base64url");
  private opener: { readonly word: string; readonly until: number } | undefined;

  /** @param port of the server: cookies are shared by all ports of a host */
  constructor(private readonly port: number) {}

  /** Why a request gets no answer; undefined if it may have one. */
  refusal(request: IncomingMessage, url: URL): Refusal | undefined {
    const { host = "", origin, "sec-fetch-site": site, "sec-fetch-mode": mode } = request.headers;
    if (request.method !== "GET" && request.method !== "HEAD") return { status: 405, message: "only GET is answered" };
    // a name that someone else's DNS leads to this machine
    if (!/^(127\.0\.0\.1|localhost)(:\d+)?$/.test(host)) return refused("the host must be 127.0.0.1 or localhost");
    const isForeign = origin !== undefined && origin !== `http://${host}`;
    // a link may lead here from anywhere; a page elsewhere may not ask
    if (isForeign || (site === "cross-site" && mode !== "navigate")) return refused("pages elsewhere get no answer");
    const given = [url.searchParams.get("token"), this.cookieOf(request)];
    if (given.some((token) => token !== null && isSame(token, this.token))) return undefined;
    return refused("the link must have the token of this start; nonsmooth explore prints it");
  }

  /** The header that lets the page's later requests through. */
  cookie(): string {
    return `${this.cookieName}=${this.token}; Path=/; HttpOnly; SameSite=Strict`;
  }

  /** A word that leads to the token once: other users of a machine see the command lines of programs. */
  newOpener(): string {
    const word = randomBytes(16).toString("base64url");
    this.opener = { word, until: performance.now() + OPENS_FOR };
    return word;
  }

  /** Whether this is the word, which then is used up. */
  opens(word: string): boolean {
    const { opener } = this;
    if (opener === undefined || performance.now() > opener.until || !isSame(word, opener.word)) return false;
    this.opener = undefined;
    return true;
  }

  private get cookieName(): string {
    return `nonsmooth-${this.port}`;
  }

  private cookieOf(request: IncomingMessage): string | null {
    const pairs = (request.headers.cookie ?? "").split("; ");
    const own = pairs.find((pair) => pair.startsWith(`${this.cookieName}=`));
    return own === undefined ? null : own.slice(this.cookieName.length + 1);
  }
}

const refused = (message: string): Refusal => ({ status: 403, message });

/** In a time that does not depend on how many characters are right. */
const isSame = (a: string, b: string): boolean => timingSafeEqual(digest(a), digest(b));
const digest = (text: string) => createHash("sha256").update(text).digest();
