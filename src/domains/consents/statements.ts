/**
 * The statements of 42 CFR 2.31(a) as a consent form makes them, by version: a consent keeps the version that was
 * signed, so its copy can be written out again word for word. A new wording is a new version.
 */
export const statementTexts = {
  'statements-2024-1': {
    rightToRevoke:
      'I may revoke this consent in writing at any time, except to the extent that somebody has already acted in reliance on it.',
    redisclosurePotential:
      'What is disclosed under this consent may be redisclosed by its recipient and may then no longer be protected by 42 CFR part 2.',
    refusalConsequences:
      'I have been told what follows if I do not sign. Being accompanied by a mentor is voluntary; treatment does not depend on it.',
    hipaaRedisclosure:
      'A recipient that is a covered entity or business associate may redisclose my records as the HIPAA regulations permit, except for use in proceedings against me.',
  },
} as const

export const statementVersions = ['statements-2024-1'] as const
export type StatementVersion = (typeof statementVersions)[number]
