/** Files that hold actions: what is in them is called from outside the domain only. */
const actions =
  '/(service|commands|contacts|agreements|voices|shortlist|speaking|milestones|appeals|import|revocation|many)\\.ts$'

/** Files that are functions of values: no table, no transaction. A type of a row is a value's shape, and may be named. */
const pure = [
  '/(rules|decision|facts|agreed|finding|onboarding|consented|outcome|restricted|signers|statements|cadence|elements|turn|intensity|calendar|supervision|availability|import-lines|releases)\\.ts$',
  '/matching/(facts|constraints|score|rank|explain|weigh)\\.ts$',
  '/engagement/simulation\\.ts$',
  '/matching/assignment/',
]
  .map((path) => `^src/domains.*${path}`)
  .join('|')

/** Imports go only downward: main → app → rest, jobs → domains → db → core. Each rule's name is what a reviewer would say. */
export default {
  forbidden: [
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } } },
    {
      name: 'core-stands-alone',
      severity: 'error',
      from: { path: '^src/core/' },
      to: { path: '^src/(?!core/)', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'db-knows-no-domain-and-no-protocol',
      severity: 'error',
      from: { path: '^src/db/' },
      to: { path: '^src/(?!core/|db/)' },
    },
    {
      name: 'edges-reach-data-only-by-actions',
      severity: 'error',
      from: { path: '^src/(rest|graphql|fhir|openreferral)/|^src/domains/.*/(rest|graphql|fhir)\\.ts$' },
      to: { path: '/(table|store)\\.ts$|^src/db/|node_modules/(drizzle-orm|pg)/' },
    },
    {
      name: 'domains-know-no-protocol',
      severity: 'error',
      from: { path: '^src/domains/', pathNot: '/(rest|graphql|fhir|jobs)\\.ts$' },
      to: { path: '^src/(rest|graphql|fhir|openreferral|jobs|plugins)/|node_modules/(fastify|mercurius|graphql|@pothos)/' },
    },
    {
      name: 'stores-stand-below-actions',
      severity: 'error',
      from: { path: '^src/domains/', pathNot: `/(rest|graphql|fhir|jobs)\\.ts$|${actions}` },
      to: { path: `^src/domains/[^/]+${actions}` },
    },
    {
      name: 'an-action-is-called-from-the-edges-only',
      severity: 'error',
      from: { path: '^src/domains/([^/]+)/', pathNot: '/(rest|graphql|fhir|jobs)\\.ts$' },
      to: { path: `^src/domains/(?!$1/)[^/]+${actions}` },
    },
    {
      name: 'rules-are-pure',
      severity: 'error',
      from: { path: pure },
      to: {
        path: `/(table|store)\\.ts$|${actions}|^src/db/|node_modules/(drizzle-orm|pg)/`,
        dependencyTypesNot: ['type-only'],
      },
    },
    {
      name: 'a-story-never-ranks-a-mentor',
      severity: 'error',
      from: { path: '^src/domains/(matching|offers|runs)/' },
      to: { path: '^src/domains/(stories|publications|blueprints|recovery-plans)/' },
    },
    {
      name: 'jobs-know-no-protocol',
      severity: 'error',
      from: { path: '^src/jobs/|^src/domains/.*/jobs\\.ts$' },
      to: { path: '^src/(rest|graphql|fhir|openreferral|plugins)/|node_modules/(fastify|mercurius|graphql|@pothos)/' },
    },
    {
      name: 'the-queue-is-reached-through-jobs',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/jobs/' },
      to: { path: 'node_modules/pg-boss/' },
    },
    {
      name: 'only-the-process-reads-the-environment',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/(main|cli)\\.ts$' },
      to: { path: '^src/(main|cli)\\.ts$' },
    },
    {
      name: 'the-demo-is-nobodys-foundation',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/(demo/|main\\.ts|cli\\.ts)' },
      to: { path: '^src/demo/' },
    },
    {
      name: 'what-ships-is-a-dependency',
      severity: 'error',
      from: { path: '^src/' },
      to: { dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'] },
    },
  ],
  options: {
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'default'] },
  },
}
