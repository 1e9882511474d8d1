/** What kind of medical emergency it is (42 CFR 2.51(a)). */
export const emergencyReasons = [
  'overdose',
  'withdrawal',
  'suicidal_crisis',
  'unresponsive',
  'acute_illness',
  'injury',
  'pregnancy_complication',
  'adverse_drug_reaction',
  /** The program is closed during a declared disaster. */
  'declared_disaster',
] as const

/**
 * Medical personnel, and nobody else: police, family, employers, case managers and counsellors of a crisis line are not,
 * however helpful they are. Each has a door of their own, or none.
 */
export const medicalRoles = [
  'physician',
  'physician_assistant',
  'nurse_practitioner',
  'nurse_midwife',
  'nurse',
  'paramedic',
  'emergency_medical_technician',
  'pharmacist',
  'poison_control_specialist',
] as const
export type MedicalRole = (typeof medicalRoles)[number]

export const emergencyStatuses = ['open', 'undocumented', 'documented', 'in_follow_up', 'reviewed'] as const
export type EmergencyStatus = (typeof emergencyStatuses)[number]

export const reviewOutcomes = ['justified', 'not_justified', 'needs_follow_up'] as const
export type ReviewOutcome = (typeof reviewOutcomes)[number]
