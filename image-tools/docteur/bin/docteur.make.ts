// The command `docteur.make`: `docteur make` under the name of the original's commands.
import { runAlone } from '../run-alone.ts';

void runAlone('make');
