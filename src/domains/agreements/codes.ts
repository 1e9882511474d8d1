/**
 * What two organizations agreed on, and what it lets go between them without a consent. A BAA by itself lets nothing go:
 * it binds, together with a QSOA, whoever serves the program (42 CFR 2.11, 2.12(c)(3)-(4), 2.52, 2.53, subpart E).
 */
export const agreementKinds = [
  'baa',
  'qsoa',
  'baa_qsoa',
  'administrative_control',
  'research',
  'audit',
  'court_order',
] as const
export type AgreementKind = (typeof agreementKinds)[number]

/** Sections of 42 CFR part 2, subpart E, under which a court may order a disclosure. */
export const orderSections = ['2.64', '2.65', '2.66', '2.67'] as const
