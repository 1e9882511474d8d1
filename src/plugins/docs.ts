import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import swagger from '@fastify/swagger'
import swaggerUi from '@fastify/swagger-ui'
import type { FastifyInstance } from 'fastify'
import { marked } from 'marked'
import { AppError } from '../core/errors.ts'
import { createOpenApi } from '../rest/openapi.ts'
import { countAddresses } from './auth.ts'

const errorPages = fileURLToPath(new URL('../../docs/errors/', import.meta.url))

/** A page of text with a style of its own, and nothing else. */
const pagePolicy = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"

/** The contract, its human form, and the pages that error answers point at. All of it works without a network. */
export async function docs(app: FastifyInstance, { publicUrl }: { publicUrl: () => string }) {
  countAddresses(app)
  const pages = new Map(
    readdirSync(errorPages)
      .filter((name) => name.endsWith('.md'))
      .map((name) => [name.slice(0, -'.md'.length), readFileSync(`${errorPages}/${name}`, 'utf8')]),
  )
  const written = new Map<string, ReturnType<typeof createOpenApi>>()
  function openApi() {
    const url = publicUrl()
    const document = written.get(url) ?? createOpenApi(url)
    written.set(url, document)
    return document
  }
  app.get('/openapi.json', async () => openApi())

  app.get('/errors', async (_request, reply) => {
    const links = [...pages.keys()].sort().map((code) => `- [${code}](/errors/${code})`)
    return reply
      .header('content-security-policy', pagePolicy)
      .type('text/html; charset=utf-8')
      .send(await toPage('Errors', `# Errors\n\n${links.join('\n')}`))
  })

  app.get<{ Params: { code: string } }>('/errors/:code', async ({ params }, reply) => {
    const page = pages.get(params.code)
    if (page === undefined) throw new AppError('not_found', 'There is no such error code.')
    return reply
      .header('content-security-policy', pagePolicy)
      .type('text/html; charset=utf-8')
      .send(await toPage(params.code, page))
  })

  await app.register(async (ui) => {
    // The address is known only once the service listens, so the document is written when the page asks for it.
    await ui.register(swagger, {
      mode: 'static',
      specification: {
        document: { openapi: '3.1.0', info: { title: 'Alongside', version: '1.0.0' }, paths: {} },
      },
    })
    await ui.register(swaggerUi, {
      routePrefix: '/docs',
      staticCSP: true,
      uiConfig: { docExpansion: 'list' },
      transformSpecification: () => ({ ...openApi() }),
      transformSpecificationClone: false,
    })
  })
}

async function toPage(title: string, markdown: string) {
  return `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>${title} · Alongside</title>
<style>body{font:16px/1.5 system-ui,sans-serif;max-width:46rem;margin:2rem auto;padding:0 1rem}pre{background:#f4f4f4;padding:1rem;overflow:auto}code{font-size:.9em}table{border-collapse:collapse}td,th{border:1px solid #ccc;padding:.3rem .6rem;text-align:left}</style>
${await marked.parse(markdown)}</html>`
}
