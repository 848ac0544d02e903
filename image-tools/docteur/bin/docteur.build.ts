// The command `docteur.build`: `docteur build` under the name of the original's commands.
import { runAlone } from '../run-alone.ts';

void runAlone('build');
