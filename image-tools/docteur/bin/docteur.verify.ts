// The command `docteur.verify`: `docteur verify` under the name of the original's commands.
import { runAlone } from '../run-alone.ts';

void runAlone('verify');
