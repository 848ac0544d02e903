/**
 * What the viewer's page may do: run its own two scripts, and show what they have read out of an image. Nothing in
 * an image is a script, a style or a frame, and text cannot become any, be the viewer's code as wrong as it may.
 * @param origins of images, beside the page's own: `https://example.org`
 */
export function securityPolicy(origins: readonly string[]): string {
  return [
    "default-src 'none'",
    "script-src 'self' 'wasm-unsafe-eval'",
    "worker-src 'self'",
    "style-src 'self'",
    `connect-src ${["'self'", ...origins].join(' ')}`,
    'img-src blob:',
    'media-src blob:',
    "base-uri 'none'",
    "form-action 'none'",
    "require-trusted-types-for 'script'",
    'trusted-types docteur',
  ].join('; ');
}
