export { FuseServer } from './fuse-server.ts';
