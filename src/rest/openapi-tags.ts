/** What each group of operations is for, in a sentence; a group without one does not get into the contract. */
const descriptions: Readonly<Record<string, string>> = {
  Referrals: 'A person is referred to a mentor, and the referral is answered, held, cancelled or ended.',
  Engagement: 'Whether a person is being accompanied, by which rule and which facts.',
  Patients: 'The people whom your organization refers, and the summary of those whom you accompany.',
  Consents: 'Written consent under 42 CFR Part 2: the only door between organizations.',
  Restrictions: 'What a person has ruled out, whatever else permits it.',
  Agreements: 'Papers between organizations under which data may go without consent.',
  Emergencies: 'The safety record of a person in a medical emergency (42 CFR 2.51).',
  Retention: 'How long records are kept, what holds them, and their destruction.',
  Mentors: 'The mentors of your organization and when they are available.',
  Qualifications: 'Screenings and credentials of mentors, and what you demand of them.',
  'Clinicians as mentors':
    'What a licensed professional declares and accepts before mentoring, and what is still missing.',
  Supervision: 'Supervision sessions of mentors.',
  Education: 'Learners, courses, credits, certificates and placements.',
  'Conflicts of interest': 'Relations that stand between a mentor and a person.',
  Matching: 'Who fits a person, in order, and why.',
  'Matching runs': 'A whole waitlist matched at once.',
  Offers: 'A referral is offered to a mentor, who accepts or declines.',
  Mentorships: 'The accompaniment itself: contacts, agreements, pauses, endings, and both voices.',
  Stories: 'What mentors tell of themselves, and to whom.',
  Blueprints: 'Ways in steps that others can take up.',
  'Recovery plans': 'A plan that belongs to the person, and its milestones.',
  Language: 'Words that put a condition before the person, with better ones.',
  Billing: 'What was delivered, in the units of a payer, by rules that are data.',
  Worklists: 'Whom to call today, and who has waited too long.',
  Search: 'Find by a name or a number.',
  Events: 'What happened, in order: as a feed and as a stream.',
  Webhooks: 'The same events, sent to you.',
  Insights: 'Counts over time, without people.',
  Organizations: 'The members of the network.',
  Programs: 'What the members run, and how much room there is.',
  Recognition: 'Recognition that anybody can verify, the schemes behind it, and needs.',
  'Audit and ledger': 'Who read and changed what, what was disclosed, and the accountings of it.',
  'Portal tokens': 'Short-lived tokens for one mentor or one patient.',
  'API clients': 'The systems that call this service, and their secrets.',
  Access: 'Access tokens by OAuth 2.0.',
}

export function describeTag(name: string): string {
  const description = descriptions[name]
  if (description === undefined) throw new Error(`openapi-tags.ts does not say what ${name} is for`)
  return description
}
