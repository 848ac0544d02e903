import { decodeBytes, encodeBytes } from './names.ts';

/** What the page shows: the part of its address behind `#`. */
export type Route =
  | { readonly view: 'files'; readonly image: number; readonly path: Uint8Array }
  | { readonly view: 'map'; readonly image: number }
  | { readonly view: 'changes'; readonly path: Uint8Array | undefined };

/** The address of a route. */
export function addressOf(route: Route): string {
  if (route.view === 'map') return `#map/${route.image}`;
  if (route.view === 'files') return `#files/${route.image}/${encodeBytes(route.path)}`;
  return route.path === undefined ? '#changes' : `#changes/${encodeBytes(route.path)}`;
}

/** The route of an address; the first image's root for what is none. */
export function routeOf(hash: string, images: number): Route {
  const [, view, rest = ''] = /^#(files|map|changes)(?:\/(.*))?$/s.exec(hash) ?? [];
  if (view === 'changes' && images > 1) {
    return { view, path: rest === '' ? undefined : decodeBytes(rest) };
  }
  const [, digits = '0', path = ''] = /^(\d+)(?:\/(.*))?$/s.exec(rest) ?? [];
  const image = Number(digits) < images ? Number(digits) : 0;
  if (view === 'map') return { view, image };
  return { view: 'files', image, path: decodeBytes(path) };
}
