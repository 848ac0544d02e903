// The command `docteur.index`: `docteur index` under the name of the original's commands.
import { runAlone } from '../run-alone.ts';

void runAlone('index');
