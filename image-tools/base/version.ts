/** Put in by the bundler; absent when the sources run as they are. */
declare const DOCTEUR_VERSION: string | undefined;

/** The version of this package, `development` when it runs from its sources. */
export const VERSION = typeof DOCTEUR_VERSION === 'undefined' ? 'development' : DOCTEUR_VERSION;
