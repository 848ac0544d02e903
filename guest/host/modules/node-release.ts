/** The release of Node that runs this, by its first number: some rules of its loaders differ between releases. */
export const NODE_RELEASE = Number.parseInt(process.versions.node, 10);
