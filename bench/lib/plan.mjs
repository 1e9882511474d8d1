import { areas, availabilityRules, drawMentor, drawPatient, drawPriority, drawReasons, drawWishes, zones } from './people.mjs'
import { createRandom, weighted } from './random.mjs'
import { supervisionDueAt } from './service.mjs'

export const dayMs = 86_400_000
const historyDays = 548

/** The sizes of the goals, at scale 1. The first operator is the large one, the next are the medium ones. */
export function sizesAt(scale) {
  const scaled = (count) => Math.max(1, Math.round(count * scale))
  return {
    clinics: 20,
    operators: 100,
    mentors: scaled(100_000),
    largeOperator: scaled(5_000),
    mediumOperators: 5,
    mediumOperator: scaled(2_000),
    referrals: scaled(200_000),
    contacts: scaled(1_000_000),
    /** People without a mentor in the first program of the large operator, and of the first medium one. */
    waitingAtLarge: scaled(2_000),
    waitingAtMedium: scaled(5_000),
  }
}

/**
 * Who there is and what happened to whom, as far as one part of it depends on another: a mentor's load is that of the
 * mentorships that live, and the number of contacts is exact. The rest is drawn when the rows are written.
 */
export function makePlan({ seed, scale, asOf }) {
  const sizes = sizesAt(scale)
  const now = asOf.getTime()
  const random = createRandom(seed, 'directory')
  const networkId = random.id(now - 900 * dayMs)
  const organizations = planOrganizations(random, sizes, now)
  const mentors = planMentors(createRandom(seed, 'mentors'), sizes, organizations.operators, now)
  const stories = planStories(createRandom(seed, 'stories'), sizes, organizations, now)
  const patients = planPatients(createRandom(seed, 'patients'), stories)
  const contacts = shareOutContacts(stories, sizes.contacts)
  return { seed, scale, asOf, sizes, networkId, ...organizations, mentors, stories, patients, contacts }
}

function planOrganizations(random, { clinics, operators }, now) {
  const organization = (kind, name, number) => {
    const at = random.below(areas.length)
    const createdAt = now - (899 - number / 10) * dayMs
    return {
      id: random.id(createdAt),
      clientId: random.id(createdAt),
      kind,
      name: `${name} ${String(number).padStart(3, '0')}`,
      createdAt,
      area: areas[at],
      zone: zones[at % zones.length],
    }
  }
  const program = (operator, number) => ({
    id: random.id(operator.createdAt + number),
    operator,
    name: `Sample Program ${number + 1}`,
    cadence: number === 0 ? 'stepped_default' : random.one(['telephone_weekly_12', 'stepped_default', 'mentoring_4h_month', 'post_overdose_90']),
  })
  const withPrograms = (operator) => {
    operator.programs = Array.from({ length: 1 + random.below(3) }, (_, number) => program(operator, number))
    return operator
  }
  return {
    hub: organization('hub', 'Sample Network Office', 0),
    clinics: Array.from({ length: clinics }, (_, n) => organization(random.one(['treatment_program', 'hospital', 'fqhc']), 'Sample Clinic', n + 1)),
    operators: Array.from({ length: operators }, (_, n) => withPrograms(organization(random.one(['rco', 'recovery_center', 'mutual_help']), 'Sample Recovery Community', n + 1))),
  }
}

/** How many mentors each operator has: one large, a few medium, the rest alike. */
function headcounts({ operators, mentors, largeOperator, mediumOperators, mediumOperator }) {
  const named = [largeOperator, ...Array.from({ length: mediumOperators }, () => mediumOperator)]
  const others = operators - named.length
  const left = mentors - named.reduce((sum, count) => sum + count, 0)
  return [...named, ...Array.from({ length: others }, (_, n) => Math.floor((left * (n + 1)) / others) - Math.floor((left * n) / others))]
}

function planMentors(random, sizes, operators, now) {
  const rules = availabilityRules(random)
  const mentors = []
  for (const [index, count] of headcounts(sizes).entries()) {
    const operator = operators[index]
    operator.mentors = Array.from({ length: count }, () => {
      const drawn = drawMentor(random, { rules, area: operator.area, zone: operator.zone })
      const createdAt = now - random.between(20, 880) * dayMs
      const activatedAt = ['active', 'paused', 'ended'].includes(drawn.status) ? createdAt + random.between(1, 19) * dayMs : null
      const supervisedAt = activatedAt === null || random.chance(0.05) ? null : Math.max(activatedAt, now - random.between(0, 16) * dayMs)
      const due = activatedAt === null ? null : supervisionDueAt(new Date(activatedAt), supervisedAt === null ? null : new Date(supervisedAt))
      return { ...drawn, id: random.id(createdAt), operator, createdAt, activatedAt, supervisedAt, supervisionDueAt: due, load: 0 }
    })
    mentors.push(...operator.mentors)
  }
  return mentors
}

function planStories(random, sizes, { clinics, operators }, now) {
  const clinicOf = weighted(clinics.map((clinic, n) => [clinic, 1 / (n + 2)]))
  const operatorOf = weighted(operators.map((operator) => [operator, operator.mentors.length]))
  const waiting = [
    [operators[0], sizes.waitingAtLarge],
    [operators[1], sizes.waitingAtMedium],
  ].flatMap(([operator, count]) => Array.from({ length: count }, () => ({ waits: true, operator, program: operator.programs[0] })))
  const others = Array.from({ length: sizes.referrals - waiting.length }, () => {
    const operator = operatorOf(random)
    return { waits: false, operator, program: random.one(operator.programs) }
  })
  return [...waiting, ...others]
    .map((base) => ({
      ...base,
      createdAt: base.waits ? now - random.between(2, 70) * dayMs : now - historyDays * dayMs * (1 - random.unit() ** 0.8) - 60_000,
      clinic: clinicOf(random),
    }))
    .sort((a, b) => a.createdAt - b.createdAt)
    .map((base) => planStory(random, base, now))
}

/** What was agreed to happen, cut off at now: what would come later has not happened. */
function planStory(random, base, now) {
  const { createdAt, operator } = base
  const story = {
    ...base,
    id: random.id(createdAt),
    priority: base.waits ? 'routine' : drawPriority(random),
    acceptedAt: null,
    offers: [],
    mentorships: [],
    ending: null,
    hold: null,
  }
  const endsBy = (at, command, reason) => {
    if (at <= now) story.ending = { at, command, reason }
    return story
  }
  const fate = base.waits ? 1 : random.unit()
  const answeredAt = createdAt + random.between(0.05, 2) * dayMs
  if (fate < 0.08) return endsBy(answeredAt, 'reject', random.one(['no_capacity', 'not_eligible_area', 'no_suitable_match']))
  if (fate < 0.12) return endsBy(answeredAt, 'cancel', random.one(['person_declined', 'requester_withdrew']))
  if (answeredAt > now) return story
  story.acceptedAt = answeredAt
  if (base.waits) return story
  if (fate < 0.15) return endsBy(answeredAt + random.between(20, 60) * dayMs, 'fail', 'no_mentor_found_in_time')
  const startedAt = planOffers(random, story, now)
  if (startedAt !== null) planMentorships(random, story, startedAt, now, operator)
  return story
}

/** One to three mentors are asked one after the other. Null while nobody has said yes. */
function planOffers(random, story, now) {
  let at = story.acceptedAt + random.between(0.05, 1.5) * dayMs
  for (let asked = 0; asked < 3; asked += 1) {
    if (at > now) return null
    const agrees = asked === 2 || random.chance(0.75)
    const silent = !agrees && random.chance(0.4)
    const mentor = pickMentor(random, story.operator.mentors, at, 1)
    if (!mentor) return null
    const answeredAt = at + (silent ? 1 : random.between(0.02, 0.9)) * dayMs
    const offer = { id: random.id(at), at, mentor, expiresAt: at + dayMs, answeredAt, status: agrees ? 'accepted' : silent ? 'expired' : 'declined' }
    story.offers.push(offer)
    if (answeredAt > now) {
      Object.assign(offer, { status: 'pending', answeredAt: null })
      return null
    }
    if (agrees) return answeredAt
    at = answeredAt + random.between(0.02, 0.5) * dayMs
  }
  return null
}

const intensities = weighted([['standard', 80], ['high', 7], ['maintenance', 13]])
const points = { high: 2, standard: 1, maintenance: 0.5 }
const outcomes = weighted([['goals_met', 40], ['planned_end', 25], ['person_ended', 12], ['lost_contact', 13], ['transferred', 5], ['mentor_unavailable', 0], ['incarcerated', 3], ['hospital_or_residential', 2]])

function planMentorships(random, story, startedAt, now, operator) {
  const lastsDays = 3 + random.exponential(190)
  const endsAt = startedAt + lastsDays * dayMs
  const handsOverAt = random.chance(0.04) ? startedAt + random.between(0.2, 0.8) * lastsDays * dayMs : null
  const spans = handsOverAt === null ? [[startedAt, endsAt]] : [[startedAt, handsOverAt], [handsOverAt, endsAt]]
  for (const [from, to] of spans) {
    if (from > now) break
    const mentorship = planMentorship(random, story, { from, to, last: to === endsAt }, now, operator)
    // Nobody has room: the offer was not accepted after all, and the person still waits.
    if (mentorship === null) {
      const [before] = story.mentorships
      if (before) story.ending = { at: before.closedAt, command: 'close', reason: 'transferred' }
      else story.offers.pop()
      return
    }
    story.mentorships.push(mentorship)
  }
  const living = story.mentorships.at(-1)
  if (living?.closedAt === null) return planBreak(random, story, living, now)
  const outcome = outcomes(random)
  living.outcome = outcome
  story.ending = { at: living.closedAt, command: 'close', reason: outcome }
}

function planMentorship(random, story, { from, to, last }, now, operator) {
  const closedAt = to <= now ? to : null
  const intensity = intensities(random)
  const mentor = pickMentor(random, operator.mentors, from, closedAt === null ? points[intensity] : null, true)
  if (!mentor) return null
  if (closedAt === null) mentor.load += points[intensity]
  // The accepted offer is that of the mentor who took the person.
  if (story.mentorships.length === 0) story.offers.at(-1).mentor = mentor
  const end = closedAt ?? now
  const stillTalks = random.chance(0.8)
  const talksShare = stillTalks ? 1 : random.between(0.3, 0.95)
  const pauseFrom = from + random.between(0.3, 0.6) * (end - from)
  const paused = end - from > 40 * dayMs && random.chance(0.05)
  const reassignSince = closedAt === null && mentor.status === 'paused' ? now - random.between(0.1, Math.min(6, (now - from) / dayMs)) * dayMs : null
  return {
    id: random.id(from),
    mentor,
    intensity,
    startedAt: from,
    closedAt,
    outcome: closedAt !== null && !last ? 'transferred' : null,
    status: closedAt === null ? 'active' : 'closed',
    cadence: story.program.cadence,
    pauses: paused ? [{ from: pauseFrom, to: pauseFrom + random.between(3, 10) * dayMs }] : [],
    reassignSince,
    stillTalks,
    talksUntil: Math.min(from + talksShare * (end - from), reassignSince ?? end),
    appetite: random.between(0.5, 1.4),
    contacts: 0,
  }
}

/**
 * Some mentors are asked more often than others, so that loads differ. `needs` points where the mentorship lives or may
 * soon; one that lives may be that of a mentor who has paused since.
 */
function pickMentor(random, mentors, from, needs, mayPause = false) {
  const fits = ({ activatedAt, status, load, capacity }) =>
    activatedAt !== null && activatedAt <= from && (needs === null || ((status === 'active' || (mayPause && status === 'paused')) && load + needs <= capacity))
  for (let tries = 0; tries < 20; tries += 1) {
    const mentor = mentors[Math.floor(random.unit() ** 1.7 * mentors.length)]
    if (fits(mentor)) return mentor
  }
  return mentors.find(fits)
}

/** Of the people who are accompanied now some are on a pause or a hold. */
function planBreak(random, story, living, now) {
  const began = now - random.between(0.5, Math.min(12, Math.max(0.6, (now - living.startedAt) / dayMs / 2))) * dayMs
  if (began <= living.startedAt + dayMs || living.reassignSince !== null || living.pauses.some(({ to }) => to >= began)) return
  const fate = random.unit()
  const resumeBy = new Date(now + random.between(1, 20) * dayMs).toISOString().slice(0, 10)
  if (fate < 0.03) {
    living.pauses.push({ from: began, to: null })
    Object.assign(living, { status: 'paused', resumeBy, talksUntil: Math.min(living.talksUntil, began) })
  } else if (fate < 0.06) {
    story.hold = { from: began, resumeBy, reason: random.one(['person_requested_pause', 'in_hospital_or_residential', 'incarcerated']) }
    living.talksUntil = Math.min(living.talksUntil, began)
  }
}

/** Some are referred again: most referrals bring a new person, the others one that the clinic knows. */
function planPatients(random, stories) {
  const known = new Map()
  const patients = []
  for (const story of stories) {
    const { clinic, operator, createdAt } = story
    const before = known.get(clinic) ?? []
    const returning = before.length > 10 && random.chance(0.14)
    const patient = returning
      ? random.one(before)
      : { id: random.id(createdAt), number: patients.length + 1, clinic, createdAt, readers: new Set(), ...drawPatient(random, clinic) }
    if (!returning) {
      patients.push(patient)
      before.push(patient)
      known.set(clinic, before)
    }
    patient.readers.add(operator.id)
    story.patient = patient
    story.consentId = random.id(createdAt)
    story.reasons = drawReasons(random)
    story.preferences = drawWishes(random)
  }
  return patients
}

/** As many conversations as the usual rhythm would bring, made more or fewer until the total is exact. */
function shareOutContacts(stories, total) {
  const mentorships = stories.flatMap((story) => story.mentorships)
  const expected = mentorships.map(({ startedAt, talksUntil, appetite }) => {
    const days = (talksUntil - startedAt) / dayMs
    const within = (from, to) => Math.max(0, Math.min(days, to) - from)
    return appetite * (within(0, 14) / 3.5 + within(14, 84) / 7 + within(84, 182) / 14 + within(182, 1e9) / 30)
  })
  const sum = expected.reduce((a, b) => a + b, 0)
  let running = 0
  let given = 0
  for (const [index, mentorship] of mentorships.entries()) {
    running += expected[index]
    mentorship.contacts = Math.round((running / sum) * total) - given
    given += mentorship.contacts
  }
  return given
}
