import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const FOLDER = join(import.meta.dirname, '../../sql/segments');
const PEOPLE = '-- One branch for each file of sql/segments follows here.';
const NAMES = /\[\] -- The files of sql\/segments follow here\./;

/** A file of sql/segments: its name is the segment's, its one SELECT gives the person_ids of its members. */
interface Segment {
  name: string;
  select: string;
}

/**
 * The text of a file of sql/base with the segments of the shop's own put in: adding a segment is adding a file. Errors: a
 * file whose name is no segment's, or that is no single SELECT.
 */
export function withSegments(text: string): string {
  if (!text.includes(PEOPLE) && !NAMES.test(text)) return text;
  const segments = ownSegments();
  const branches = segments.map(
    ({ name, select }) =>
      `UNION ALL\nSELECT '${name}' AS segment, person_id FROM (\n${select}\n) WHERE {segment:String} IN ('', '${name}')`,
  );
  const names = segments.map(({ name }) => `'${name}'`).join(', ');
  return text
    .replace(PEOPLE, () => branches.join('\n'))
    .replace(NAMES, () => (names === '' ? 'emptyArrayString()' : `[${names}]`));
}

function ownSegments(): Segment[] {
  if (!existsSync(FOLDER)) return [];
  return readdirSync(FOLDER)
    .filter(file => file.endsWith('.sql'))
    .sort()
    .map(file => {
      const name = file.slice(0, -'.sql'.length);
      if (!/^[a-z][a-z0-9_]{0,39}$/.test(name))
        throw new Error(`sql/segments/${file}: name it by small letters, digits and _`);
      const select = readFileSync(join(FOLDER, file), 'utf8')
        .replace(/^\s*--.*$/gm, '')
        .trim()
        .replace(/;$/, '');
      if (!/^(SELECT|WITH)\b/i.test(select) || select.includes(';'))
        throw new Error(`sql/segments/${file}: a segment is one SELECT of person_id`);
      return { name, select };
    });
}
