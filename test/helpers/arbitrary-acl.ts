/** Random access control lists for property tests. */
import fc from 'fast-check';
import { orderAcl, type Acl, type AclEntry } from '../../src/formats/acl/acl.js';

const permissions = fc.nat(7);
/** Numbers for which no machine has names, so that writers of archives give the numbers. */
const id = fc.oneof(fc.integer({ min: 2_000_000, max: 0xfffffffe }), fc.constant(2_000_001));
const named = fc.uniqueArray(fc.tuple(id, permissions), { maxLength: 4, selector: ([id]) => id });

/** Valid lists in their order, of 3 to 12 entries. */
export function arbitraryAcl(): fc.Arbitrary<Acl> {
  return fc
    .record({
      base: fc.tuple(permissions, permissions, permissions),
      users: named,
      groups: named,
      mask: fc.option(permissions),
    })
    .map(({ base: [owner, group, other], users, groups, mask }) => {
      const entries: AclEntry[] = [
        { subject: 'owner', id: undefined, permissions: owner },
        { subject: 'owningGroup', id: undefined, permissions: group },
        { subject: 'other', id: undefined, permissions: other },
        ...users.map(([id, permissions]) => ({ subject: 'user' as const, id, permissions })),
        ...groups.map(([id, permissions]) => ({ subject: 'group' as const, id, permissions })),
      ];
      if (mask !== null || users.length + groups.length > 0)
        entries.push({ subject: 'mask', id: undefined, permissions: mask ?? 5 });
      return orderAcl(entries);
    });
}
