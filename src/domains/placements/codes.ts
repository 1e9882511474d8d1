export const relationships = ['observed', 'co_mentored'] as const
export const placementStatuses = ['active', 'completed', 'withdrawn'] as const
export const hourStatuses = ['recorded', 'signed', 'entered_in_error'] as const
