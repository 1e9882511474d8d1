import type { AssignmentProblem, Pair } from './problem.ts'

/**
 * Every answer passes here before anybody sees it, and against the problem as it was handed in. It throws, because what
 * breaks a limit is a bug of ours, and must not reach people as a mentor who has no time for them.
 */
export function verify({ waiting, mentors, maxPerMentor }: AssignmentProblem, pairs: readonly Pair[]): void {
  const people = new Map(waiting.map((person) => [person.id, person]))
  const room = new Map(mentors.map(({ id, freeHalfPoints }) => [id, { left: freeHalfPoints, pairs: 0 }]))
  const seen = new Set<string>()
  for (const { waitingId, mentorId, scoreMillionths } of pairs) {
    const person = people.get(waitingId)
    const mentor = room.get(mentorId)
    const candidate = person?.candidates.find((one) => one.mentorId === mentorId)
    if (!person || !mentor || candidate?.scoreMillionths !== scoreMillionths)
      throw new Error(
        `The assignment pairs ${waitingId} with ${mentorId}, which was no candidate at this score`,
      )
    if (seen.has(waitingId)) throw new Error(`The assignment gives ${waitingId} two mentors`)
    seen.add(waitingId)
    mentor.left -= person.weightHalfPoints
    mentor.pairs += 1
    if (mentor.left < 0 || mentor.pairs > (maxPerMentor ?? Infinity))
      throw new Error(`The assignment gives mentor ${mentorId} more than there is room for`)
  }
}
