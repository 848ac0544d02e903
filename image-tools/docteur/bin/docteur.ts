// The command `docteur`.
import { runDocteur } from '../docteur.ts';
import { COMMANDS } from '../registry.ts';

void runDocteur(process.argv.slice(2), COMMANDS);
