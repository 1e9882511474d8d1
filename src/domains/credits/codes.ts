export const externalStatuses = ['submitted', 'accepted', 'rejected'] as const
export const reviewOutcomes = ['accepted', 'rejected'] as const
