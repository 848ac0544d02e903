export { FuseServer } from './fuse-server.ts';
export { interruptedRequest, interruption, isRequest } from './interruption.ts';
