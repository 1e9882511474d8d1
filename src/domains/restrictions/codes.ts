/** 42 CFR 2.26: asked for, agreed to or not, ended. An agreed one binds at once. */
export const restrictionStatuses = ['requested', 'agreed', 'denied', 'ended'] as const

/** How it may begin. */
export const firstStatuses = ['requested', 'agreed'] as const

export const requesters = ['patient', 'organization'] as const

export const endedBases = ['patient_request', 'written_agreement', 'notice_to_patient'] as const
