import { changesView, changeView } from './changes-view.ts';
import { type Child, make } from './dom.ts';
import { clearContent, fileView } from './file-view.ts';
import { loadImages } from './images.ts';
import { mapView } from './map-view.ts';
import { showName, stepsOf } from './names.ts';
import type { PageImage } from './page-image.ts';
import { addressOf, type Route, routeOf } from './route.ts';
import { Tree } from './tree.ts';

const views = make('nav', { 'aria-label': 'Views' });
const side = make('nav', { id: 'side', 'aria-label': 'Files' });
const content = make('main', { tabindex: '-1' });

async function start(): Promise<void> {
  document.querySelector('header')?.append(views);
  document.body.append(make('div', { id: 'panes' }, side, content));
  const images = await loadImages();
  document.title = images.map(({ name }) => name).join(' and ');
  const page = new Page(images);
  addEventListener('hashchange', () => void page.show());
  await page.show();
}

/** What is shown, by the page's address. */
class Page {
  readonly #images: readonly PageImage[];
  readonly #trees: (Tree | undefined)[] = [];
  /** Grows with each view: what comes late for an older one is dropped. */
  #turn = 0;

  constructor(images: readonly PageImage[]) {
    this.#images = images;
  }

  async show(): Promise<void> {
    this.#turn += 1;
    const turn = this.#turn;
    const route = routeOf(location.hash, this.#images.length);
    this.#showViews(route);
    const path = route.view === 'files' ? route.path : undefined;
    void this.#showTree(route.view === 'changes' ? 1 : route.image, path);
    const { heading, title } = this.#headingOf(route);
    document.title = title;
    content.replaceChildren(heading, make('p', { class: 'quiet' }, '…'));
    try {
      const parts = await this.#contentOf(route, () => turn === this.#turn);
      if (turn !== this.#turn) return;
      content.replaceChildren(heading, ...parts);
    } catch (error) {
      if (turn !== this.#turn) return;
      const words = make('p', { class: 'error', role: 'alert' }, String((error as Error).message));
      content.replaceChildren(heading, words);
    }
  }

  #contentOf(route: Route, isShown: () => boolean): Promise<Child[]> | Child[] {
    clearContent();
    const [before, after] = this.#images;
    if (route.view === 'changes') {
      const both = [before, after] as [PageImage, PageImage];
      return route.path === undefined ? changesView(both, isShown) : changeView(both, route.path);
    }
    const image = this.#images[route.image] as PageImage;
    if (route.view === 'map') return mapView(image, route.image, isShown);
    return fileView(image, route.image, route.path);
  }

  #headingOf(route: Route): { readonly heading: HTMLElement; readonly title: string } {
    const [before, after] = this.#images;
    if (route.view === 'map') {
      const words = `Where the bytes of ${this.#images[route.image]?.name} went`;
      return { heading: make('h2', {}, words), title: words };
    }
    if (route.view === 'changes') {
      const words = `From ${before?.name} to ${after?.name}`;
      const path = route.path === undefined ? '' : showName(route.path);
      const heading = path === '' ? [words] : [link('#changes', words), `: ${path}`];
      return { heading: make('h2', {}, ...heading), title: path || words };
    }
    const { image, path } = route;
    const name = this.#images[image]?.name ?? '';
    const steps = stepsOf(path);
    const crumbs: Child[] = [
      link(addressOf({ view: 'files', image, path: new Uint8Array(0) }), name),
    ];
    for (const step of steps) {
      crumbs.push(
        ' / ',
        link(addressOf({ view: 'files', image, path: step.path }), showName(step.name)),
      );
    }
    const last = steps.at(-1);
    return {
      heading: make('h2', { class: 'crumbs' }, ...crumbs),
      title: last === undefined ? name : `${showName(last.name)} · ${name}`,
    };
  }

  #showViews(route: Route): void {
    const root = new Uint8Array(0);
    const links = this.#images.flatMap(({ name }, image) => {
      const isOne = this.#images.length === 1;
      return [
        tab(
          addressOf({ view: 'files', image, path: root }),
          isOne ? 'Files' : name,
          route.view === 'files' && route.image === image,
        ),
        tab(
          addressOf({ view: 'map', image }),
          isOne ? 'Map' : `Map of ${name}`,
          route.view === 'map' && route.image === image,
        ),
      ];
    });
    if (this.#images.length > 1) links.push(tab('#changes', 'Changes', route.view === 'changes'));
    views.replaceChildren(...links);
  }

  async #showTree(number: number, path: Uint8Array = new Uint8Array(0)): Promise<void> {
    const known = this.#trees[number];
    if (known !== undefined) {
      if (known.element.parentElement !== side) side.replaceChildren(known.element);
      await known.reveal(path);
      return;
    }
    const choose = (path: Uint8Array) => {
      location.hash = addressOf({ view: 'files', image: number, path });
    };
    const tree = new Tree(this.#images[number] as PageImage, choose);
    this.#trees[number] = tree;
    side.replaceChildren(tree.element);
    // What is wrong with the image is said where its content would stand.
    try {
      await tree.start();
      await tree.reveal(path);
    } catch {
      this.#trees[number] = undefined;
    }
  }
}

function link(href: string, words: string): HTMLElement {
  return make('a', { href }, words);
}

function tab(href: string, words: string, isCurrent: boolean): HTMLElement {
  return make('a', { href, ...(isCurrent && { 'aria-current': 'page' }) }, words);
}

start().catch((error) => {
  content.replaceChildren(make('p', { class: 'error', role: 'alert' }, String(error.message)));
});
