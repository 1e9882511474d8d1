import { weighted } from './random.mjs'

/** What sample people are like. All of them are plainly samples; the shares are guesses, chosen so that lists differ. */

export const zones = ['America/New_York', 'America/Chicago', 'America/Denver', 'America/Los_Angeles', 'America/Phoenix', 'America/Anchorage']
export const areas = ['021', '100', '191', '303', '331', '481', '606', '733', '802', '850', '900', '980']

const languages = weighted([
  [['en'], 55], [['en', 'es'], 16], [['es', 'en'], 9], [['es'], 6], [['en', 'vi'], 3], [['en', 'zh'], 3],
  [['so', 'en'], 2], [['ht', 'en'], 2], [['en', 'ar'], 2], [['en', 'ru'], 2],
])
const modes = weighted([
  [['phone', 'video'], 30], [['phone', 'text'], 20], [['phone', 'in_person'], 20], [['phone', 'video', 'text'], 15],
  [['in_person', 'group'], 8], [['video', 'chat'], 7],
])
const types = weighted([
  ['peer_certified', 44], ['peer_volunteer', 25], ['family_peer', 8], ['clinician_with_lived_experience', 4],
  ['clinician_ally', 4], ['health_student', 6], ['community_ally', 9],
])
const substances = ['alcohol', 'opioids', 'stimulants', 'cannabis', 'benzodiazepines', 'nicotine', 'inhalants', 'kratom']
const pathways = ['twelve_step', 'medication_supported', 'secular', 'faith_based', 'smart_recovery', 'harm_reduction', 'natural_recovery', 'wellbriety']
const situations = ['parenting', 'veteran', 'justice_involved', 'chronic_pain', 'rural', 'student', 'night_work', 'unhoused', 'caregiving', 'grief']
const interests = ['gardening', 'fishing', 'music', 'cooking', 'hiking', 'reading', 'sports', 'films', 'crafts', 'cars', 'pets', 'chess']
const reasons = ['newly_engaged', 'transition_of_care', 'post_overdose', 'post_detox', 'recurrence_of_use', 'isolation', 'family_support', 'justice_reentry', 'pregnancy_parenting', 'medication_support']
const howMany = weighted([[1, 55], [2, 30], [3, 15]])
const capacities = weighted([[1, 10], [2, 20], [3, 25], [4, 15], [5, 14], [6, 8], [8, 6], [10, 2]])
const statuses = weighted([['active', 86], ['paused', 3], ['ended', 5], ['applicant', 2], ['screening', 1], ['in_training', 2], ['ready', 1]])
const wished = ['weekday_morning', 'weekday_afternoon', 'weekday_evening', 'weekend_morning', 'weekend_afternoon', 'weekend_evening', 'night']
const genders = ['female', 'male', 'nonbinary']
const ages = ['18_29', '30_44', '45_59', '60_plus']
const priorities = weighted([['routine', 74], ['urgent', 19], ['asap', 5], ['stat', 2]])

/** A few hundred rules, as people state them: some days of the week at one or two hours. */
export function availabilityRules(random, count = 400) {
  const days = ['MO', 'TU', 'WE', 'TH', 'FR', 'SA', 'SU']
  const rules = new Set()
  while (rules.size < count) {
    const on = random.some(days, 1 + random.below(4)).sort((a, b) => days.indexOf(a) - days.indexOf(b))
    const hour = 7 + random.below(15)
    const hours = random.chance(0.4) ? `${hour},${hour + 1}` : `${hour}`
    rules.add(random.chance(0.05) ? `FREQ=DAILY;BYHOUR=${hours}` : `FREQ=WEEKLY;BYDAY=${on.join(',')};BYHOUR=${hours}`)
  }
  return [...rules]
}

const statement =
  'Sample statement: I have walked this road myself and I remember how long the first weeks are. I like to listen first, to talk about ordinary days, and to look together for what comes next. '

export function drawMentor(random, { rules, area, zone }) {
  const type = types(random)
  const clinician = type.startsWith('clinician')
  const demographics = {}
  if (random.chance(0.8)) demographics.gender = random.one(genders)
  if (random.chance(0.6)) demographics.ageBand = random.one(ages)
  if (random.chance(0.15)) demographics.veteran = 'yes'
  if (random.chance(0.35)) demographics.parent = 'yes'
  return {
    type,
    clinician,
    status: statuses(random),
    languages: languages(random),
    modes: modes(random),
    substances: random.chance(0.85) ? random.some(substances, howMany(random)) : [],
    pathways: random.chance(0.8) ? random.some(pathways, howMany(random)) : [],
    lifeSituations: random.chance(0.6) ? random.some(situations, howMany(random)) : [],
    interests: random.chance(0.6) ? random.some(interests, howMany(random)) : [],
    demographics,
    releases: releasesOf(random),
    mustNot: random.chance(0.12) ? { reasons: [random.one(reasons)] } : random.chance(0.05) ? { substances: [random.one(substances)] } : {},
    availability: random.chance(0.9) ? random.some(rules, howMany(random)) : [],
    timeZone: random.chance(0.9) ? zone : random.one(zones),
    postalCode: `${area}${String(random.below(100)).padStart(2, '0')}`,
    serviceArea: random.chance(0.25) ? [area] : [],
    capacity: capacities(random),
    experienceStatement: random.chance(0.6) ? statement.repeat(1 + random.below(2)) : null,
    recoveryBand: random.chance(0.6) ? random.one(['under_2_years', 'from_2_to_5_years', 'from_5_to_10_years', 'over_10_years']) : null,
    boundaries: random.chance(0.4) ? 'Sample boundaries: I answer until nine in the evening, and I do not lend money.' : null,
  }
}

function releasesOf(random) {
  if (random.chance(0.75)) return {}
  const releases = {}
  for (const field of random.some(['substances', 'pathways', 'lifeSituations', 'interests', 'availability', 'displayName'], 1 + random.below(4)))
    releases[field] = random.one([['coordinator', 'patient'], ['coordinator', 'clinic', 'patient'], []])
  return releases
}

export function drawPatient(random, { area, zone }) {
  return {
    birthDate: `${1950 + random.below(55)}-${String(1 + random.below(12)).padStart(2, '0')}-${String(1 + random.below(28)).padStart(2, '0')}`,
    language: random.chance(0.78) ? 'en' : random.chance(0.8) ? 'es' : random.one(['vi', 'zh', 'so', 'ht', 'ar', 'ru']),
    timeZone: random.chance(0.95) ? zone : random.one(zones),
    postalCode: `${area}${String(random.below(100)).padStart(2, '0')}`,
    contactPoints: [{ system: 'phone', value: `+1303555${String(random.below(10_000)).padStart(4, '0')}`, permissions: ['call', 'text'], preferred: true }],
  }
}

export function drawWishes(random) {
  const preferences = {}
  const wish = (share, member, list, count) => {
    if (random.chance(share)) preferences[member] = random.some(list, count)
  }
  wish(0.3, 'mentorTypes', ['peer_certified', 'peer_volunteer', 'family_peer'], 1 + random.below(2))
  wish(0.7, 'substances', substances, howMany(random))
  wish(0.5, 'pathways', pathways, howMany(random))
  wish(0.6, 'modes', ['phone', 'video', 'text', 'in_person'], 1 + random.below(2))
  wish(0.5, 'lifeSituations', situations, howMany(random))
  wish(0.35, 'interests', interests, howMany(random))
  wish(0.65, 'availability', wished, 1 + random.below(3))
  if (random.chance(0.12)) preferences.must = { demographics: { gender: [random.one(['female', 'male'])] } }
  else if (random.chance(0.08)) preferences.must = { substances: [random.one(substances)] }
  if (random.chance(0.04)) preferences.mustNot = { pathways: [random.one(pathways)] }
  if (random.chance(0.02)) preferences.interpreter = true
  return preferences
}

export const drawReasons = (random) => random.some(reasons, random.chance(0.8) ? 1 : 2)
export const drawPriority = priorities
