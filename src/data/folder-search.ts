/** The search for images below a folder, through links as well: each file once. */
import { type Dirent, lstatSync, readdirSync, type Stats, statSync } from "node:fs";
import { join } from "node:path";
import { fail, firstFew, kindOf } from "../util";

/** torchvision's `IMG_EXTENSIONS`; upper case counts as well. */
const EXTENSIONS = /\.(jpe?g|png|ppm|bmp|pgm|tiff?|webp)$/i;

export interface FolderEntry {
  readonly name: string;
  /** What it is, or what the link leads to. */
  readonly kind: "folder" | "image" | "other";
  readonly link: boolean;
  /** Its name begins with a dot: .DS_Store, ._1.png, .ipynb_checkpoints */
  readonly hidden: boolean;
}

/** The entries of a folder, by name. @throws NonsmoothError as `listClasses` does */
export function entriesIn(folder: string): FolderEntry[] {
  const entries = readdirSync(folder, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1));
  return entries.map((entry) => {
    const { name } = entry;
    const hidden = name.startsWith(".");
    const link = entry.isSymbolicLink();
    return { name, kind: hidden && link ? "other" : kindOfEntry(folder, entry), link, hidden };
  });
}

function kindOfEntry(folder: string, entry: Dirent): FolderEntry["kind"] {
  const path = join(folder, entry.name);
  const isImage = EXTENSIONS.test(entry.name);
  if ((isImage || entry.isDirectory()) && entry.name.includes("\ufffd")) requireUtf8(path);
  if (entry.isDirectory()) return "folder";
  if (entry.isFile()) return isImage ? "image" : "other";
  const found = targetOf(path);
  if (found.isDirectory()) return "folder";
  if (!isImage) return "other";
  return found.isFile() ? "image" : fail(path, "must be a regular file", kindOf(found));
}

/** Node replaces the bytes of a name that are not UTF-8, and cannot open the file by what it made of them. */
function requireUtf8(path: string): void {
  if (lstatSync(path, { throwIfNoEntry: false })) return;
  fail(path, "names of files and folders must be UTF-8", "other bytes where it shows \ufffd");
}

function targetOf(path: string): Stats {
  try {
    return statSync(path);
  } catch (error) {
    const got = (error as NodeJS.ErrnoException).code;
    return fail(path, "a link must lead to a file or folder", got === "ELOOP" ? "a link to itself" : got);
  }
}

/** A folder that is still to be read, below the one that is searched. */
interface Place {
  readonly className: string;
  /** With forward slashes. */
  readonly path: string;
}

export class FolderSearch {
  /** When each folder that was read had last changed: by path, in milliseconds. */
  readonly changes = new Map<string, number>();
  /** Links to what is listed anyway, below the folder. */
  readonly repeated: string[] = [];
  private readonly hidden = new Set<string>();
  /** Files that are no images by their names. */
  private readonly others: string[] = [];
  /** Links to folders; what they lead to is read after all folders that are no links. */
  private readonly links: Place[] = [];
  private readonly linkedFiles = new Set<string>();
  /** Identities of the folders that were read. */
  private readonly read = new Set<string>();

  constructor(private readonly directory: string) {}

  /** For each class the paths of its images, by folder, then by name. */
  imagesIn(classNames: readonly string[]): string[][] {
    this.noteChange(this.directory);
    this.read.add(identityOf(this.directory));
    const found = new Map(classNames.map((name) => [name, new Map<string, string[]>()]));
    for (const { name, link, hidden } of entriesIn(this.directory)) {
      if (hidden) this.hidden.add(name);
      else if (link && found.has(name)) this.links.push({ className: name, path: name });
      else if (found.has(name)) this.readFolder({ className: name, path: name }, found.get(name)!);
    }
    for (let link = this.links.shift(); link; link = this.links.shift())
      this.readFolder(link, found.get(link.className)!);
    const members = classNames.map((name) => inOrder(found.get(name)!));
    return this.linkedFiles.size === 0 ? members : this.withoutRepeated(members);
  }

  /** What was left out, one line each. */
  get notes(): string[] {
    return [
      ...named("hidden file or folder", "hidden files and folders", [...this.hidden]),
      ...named("file that is no image by its name", "files that are no images by their names", this.others),
      ...named("link to what is listed anyway", "links to what is listed anyway", this.repeated),
    ];
  }

  private readFolder({ className, path }: Place, found: Map<string, string[]>): void {
    const folder = join(this.directory, path);
    const identity = identityOf(folder);
    if (this.read.has(identity)) {
      this.repeated.push(path);
      return;
    }
    this.read.add(identity);
    this.noteChange(folder);
    const images: string[] = [];
    found.set(path, images);
    for (const { name, kind, link, hidden } of entriesIn(folder)) {
      const inner = { className, path: `${path}/${name}` };
      if (hidden) this.hidden.add(inner.path);
      else if (kind === "folder" && link) this.links.push(inner);
      else if (kind === "folder") this.readFolder(inner, found);
      else if (kind === "image") images.push(name);
      else this.others.push(inner.path);
      if (kind === "image" && link) this.linkedFiles.add(inner.path);
    }
  }

  /** Leaves out links to files that are listed themselves, and all but one of several links to a file. */
  private withoutRepeated(members: readonly string[][]): string[][] {
    const identity = (path: string) => identityOf(join(this.directory, path));
    const seen = new Set(members.flatMap((paths) => paths.filter((path) => !this.linkedFiles.has(path)).map(identity)));
    const isNew = (path: string) => {
      if (!this.linkedFiles.has(path)) return true;
      const id = identity(path);
      if (seen.has(id)) this.repeated.push(path);
      return !seen.has(id) && seen.add(id);
    };
    return members.map((paths) => paths.filter(isNew));
  }

  private noteChange(folder: string): void {
    this.changes.set(folder, statSync(folder).mtimeMs);
  }
}

const inOrder = (folders: ReadonlyMap<string, readonly string[]>): string[] =>
  [...folders.keys()].sort().flatMap((folder) => folders.get(folder)!.map((name) => `${folder}/${name}`));

/** The same for all paths to one file or folder. */
function identityOf(path: string): string {
  const { dev, ino } = statSync(path, { bigint: true });
  return `${dev}:${ino}`;
}

/** "left out: 2 hidden files and folders (.DS_Store, n01/._1.png)" */
function named(one: string, several: string, paths: readonly string[]): string[] {
  if (paths.length === 0) return [];
  return [`left out: ${paths.length} ${paths.length === 1 ? one : several} (${firstFew(paths)})`];
}
