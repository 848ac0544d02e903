import type { Kind } from '#reader';
import { button, make } from './dom.ts';
import { listFolder } from './images.ts';
import { encodeBytes, joinPath, showName, stepsOf } from './names.ts';
import type { PageImage } from './page-image.ts';

/** Entries of a folder that are shown at once. */
const PAGE = 500;

const ICONS: Readonly<Record<Kind, string>> = {
  directory: '▸',
  file: '',
  executable: '',
  link: '↪',
  submodule: '⊙',
};

interface Item {
  readonly path: Uint8Array;
  /** The path as text, to be compared. */
  readonly key: string;
  readonly kind: Kind;
}

/** The folders and files of an image, to be walked with the arrow keys as WAI-ARIA's tree view says. */
export class Tree {
  readonly element: HTMLElement = make('ul', { role: 'tree', 'aria-label': 'Files' });
  readonly #image: PageImage;
  readonly #choose: (path: Uint8Array) => void;
  readonly #items = new WeakMap<Element, Item>();

  constructor(image: PageImage, choose: (path: Uint8Array) => void) {
    this.#image = image;
    this.#choose = choose;
    this.element.addEventListener('keydown', (event) => this.#onKey(event));
    this.element.addEventListener('click', (event) => {
      const item = (event.target as Element).closest('[role=treeitem]');
      if (!(item instanceof HTMLElement) || (event.target as Element).closest('button')) return;
      this.#focus(item);
      this.#activate(item);
    });
  }

  async start(): Promise<void> {
    await this.#fill(this.element, new Uint8Array(0));
    this.element.querySelector('[role=treeitem]')?.setAttribute('tabindex', '0');
  }

  /** Opens the folders on a path, and marks what stands there; as far as the tree shows it. */
  async reveal(path: Uint8Array): Promise<void> {
    let list: Element | null = this.element;
    for (const step of stepsOf(path)) {
      const items: Element[] = [...(list?.querySelectorAll(':scope > [role=treeitem]') ?? [])];
      const item = items.find((item) => this.#items.get(item)?.key === encodeBytes(step.path));
      if (!(item instanceof HTMLElement)) return;
      if (step.path.length === path.length) {
        this.#mark(item);
        item.querySelector('.label')?.scrollIntoView({ block: 'nearest' });
      } else if (item.getAttribute('aria-expanded') === 'false') await this.#toggle(item);
      list = item.querySelector(':scope > ul');
    }
  }

  async #fill(list: HTMLElement, folder: Uint8Array): Promise<void> {
    const entries = await listFolder(this.#image, folder);
    list.replaceChildren();
    const more = (from: number): void => {
      const page = entries.slice(from, from + PAGE);
      list.append(
        ...page.map(({ name, kind }) => this.#itemOf(joinPath(folder, name), name, kind)),
      );
      const left = entries.length - from - page.length;
      if (left === 0) return;
      const next = button(`${left} more`, () => {
        next.remove();
        more(from + PAGE);
      });
      list.append(next);
    };
    more(0);
    if (entries.length === 0) list.append(make('li', { class: 'quiet', role: 'none' }, 'empty'));
  }

  #itemOf(path: Uint8Array, name: Uint8Array, kind: Kind): HTMLElement {
    const label = make('span', { class: 'label' }, showName(name));
    const icon = make('span', { class: 'icon', 'aria-hidden': 'true' }, ICONS[kind]);
    const item = make('li', { role: 'treeitem', tabindex: '-1', class: kind }, icon, label);
    if (kind === 'directory') item.setAttribute('aria-expanded', 'false');
    this.#items.set(item, { path, key: encodeBytes(path), kind });
    return item;
  }

  #mark(item: HTMLElement): void {
    for (const chosen of this.element.querySelectorAll('[aria-selected=true]')) {
      chosen.removeAttribute('aria-selected');
    }
    item.setAttribute('aria-selected', 'true');
  }

  #activate(item: HTMLElement): void {
    const { path, kind } = this.#items.get(item) as Item;
    this.#mark(item);
    if (kind === 'directory') void this.#toggle(item);
    this.#choose(path);
  }

  async #toggle(
    item: HTMLElement,
    isOpen = item.getAttribute('aria-expanded') === 'false',
  ): Promise<void> {
    item.setAttribute('aria-expanded', String(isOpen));
    let list = item.querySelector<HTMLElement>(':scope > ul');
    if (list !== null || !isOpen) return;
    list = make('ul', { role: 'group' }, make('li', { class: 'quiet', role: 'none' }, '…'));
    item.append(list);
    try {
      await this.#fill(list, (this.#items.get(item) as Item).path);
    } catch (error) {
      list.replaceChildren(
        make('li', { class: 'error', role: 'none' }, String((error as Error).message)),
      );
    }
  }

  #focus(item: HTMLElement): void {
    for (const other of this.element.querySelectorAll('[tabindex="0"]')) {
      other.setAttribute('tabindex', '-1');
    }
    item.setAttribute('tabindex', '0');
    item.focus();
  }

  #onKey(event: KeyboardEvent): void {
    const item = document.activeElement;
    if (!(item instanceof HTMLElement) || !this.#items.has(item)) return;
    const shown = [...this.element.querySelectorAll<HTMLElement>('[role=treeitem]')].filter(
      (other) => other.parentElement?.closest('[aria-expanded=false]') === null,
    );
    const at = shown.indexOf(item);
    const expanded = item.getAttribute('aria-expanded');
    const keys: Record<string, () => void> = {
      ArrowDown: () => this.#focus(shown[Math.min(at + 1, shown.length - 1)] as HTMLElement),
      ArrowUp: () => this.#focus(shown[Math.max(at - 1, 0)] as HTMLElement),
      Home: () => this.#focus(shown[0] as HTMLElement),
      End: () => this.#focus(shown.at(-1) as HTMLElement),
      ArrowRight: () => {
        if (expanded === 'false') void this.#toggle(item, true);
        else if (expanded === 'true') {
          const first = item.querySelector<HTMLElement>(':scope > ul > [role=treeitem]');
          if (first !== null) this.#focus(first);
        }
      },
      ArrowLeft: () => {
        if (expanded === 'true') void this.#toggle(item, false);
        else {
          const above = item.parentElement?.closest<HTMLElement>('[role=treeitem]');
          if (above) this.#focus(above);
        }
      },
      Enter: () => this.#activate(item),
      ' ': () => this.#activate(item),
    };
    const act = keys[event.key];
    if (act === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    act();
  }
}
