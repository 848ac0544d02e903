/** What the kernel took from a guest's process before it became Node. */
export interface Walls {
  /** Its user id, if it is not the tender's. */
  readonly user: number | undefined;
  /** Each kind of namespace, and whether the process has its own. */
  readonly namespaces: readonly (readonly [name: string, had: boolean])[];
  /** It has no capability. */
  readonly capabilities: boolean;
  /** It can get none by executing a program. */
  readonly boundingSet: boolean;
  /** The version of Landlock that holds it; 0 for none. */
  readonly landlock: number;
}

/** The walls between a guest and the host, and those that this system lacks, one a line. */
export function describeWalls(walls: Walls, uid: number): string[] {
  const { user, namespaces, capabilities, boundingSet, landlock } = walls;
  const had = namespaces.filter(([, own]) => own).map(([name]) => name);
  const standing = [
    'seccomp',
    'no new privileges',
    capabilities && 'no capabilities',
    boundingSet && 'an empty bounding set',
    user !== undefined && `user ${user}`,
    had.length > 0 && `own namespaces (${had.join(' ')})`,
    landlock > 0 && `Landlock ${landlock}`,
  ].filter((wall) => wall !== false);
  const lacking = namespaces.filter(([, own]) => !own).map(([name]) => name);
  const missing = [
    !capabilities && 'capabilities cannot be dropped',
    !boundingSet && 'the bounding set cannot be emptied',
    user === undefined &&
      uid === 0 &&
      'the guest runs as root: the user nobody cannot read the files of docteur',
    lacking.length > 0 && `no own namespaces (${lacking.join(' ')})`,
    landlock === 0 && 'no Landlock',
  ].filter((wall) => wall !== false);
  const lines = [`walls: ${standing.join(', ')}`];
  if (missing.length > 0) lines.push(`missing walls: ${missing.join(', ')}`);
  return lines;
}
