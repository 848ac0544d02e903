import t from 'tap';
import { testLanguageWall } from '../../fixtures/language-wall.ts';

await testLanguageWall(t, '22');
