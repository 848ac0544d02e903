export { KINDS, kindOfMode } from '#format';
