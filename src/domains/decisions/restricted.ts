import type { DataClass } from '../consents/codes.ts'
import type { Restriction } from './facts.ts'

/** What is left of the classes for this recipient after all that the person has ruled out. */
export function withoutRestricted(
  restrictions: readonly Restriction[],
  recipientId: string,
  dataClasses: readonly DataClass[],
): DataClass[] {
  const binding = restrictions.filter(
    ({ recipientOrganizationId, mentorId }) =>
      mentorId === null && (recipientOrganizationId === null || recipientOrganizationId === recipientId),
  )
  return dataClasses.filter(
    (dataClass) =>
      !binding.some(
        (restriction) => restriction.dataClasses.length === 0 || restriction.dataClasses.includes(dataClass),
      ),
  )
}
