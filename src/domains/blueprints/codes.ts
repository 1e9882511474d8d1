/** SAMHSA's four dimensions that support a life in recovery. */
export const planDomains = ['health', 'home', 'purpose', 'community'] as const
export type PlanDomain = (typeof planDomains)[number]

/** With whom a step is taken. */
export const companions = ['self', 'mentor', 'peers', 'family', 'program', 'clinic', 'community'] as const
