# The image of the service. Node 24 is a long-term-support line.
#
# To pin the base, so that a rebuild cannot change it unseen: `docker buildx imagetools inspect
# node:24-bookworm-slim` prints its digest; write `FROM node:24-bookworm-slim@sha256:<digest>` in both places.
#
# test/deploy/image-steps.sh carries out these instructions without an engine. It knows the ones used here.

FROM node:24-bookworm-slim AS build
WORKDIR /app
# Alone, so that a change of the sources installs nothing again. .npmrc keeps install scripts off.
COPY package.json package-lock.json .npmrc ./
RUN npm ci
COPY tsconfig.json tsconfig.build.json ./
COPY src ./src
RUN npm run build
# What will be in the image, for whoever has to ask whether a flaw concerns them (CycloneDX). Before the rest is taken away, since
# npm takes a tree without it for a broken one.
RUN npm sbom --omit=dev --sbom-format=cyclonedx --sbom-type=application > sbom.json
RUN npm prune --omit=dev

FROM node:24-bookworm-slim
ARG VERSION=unversioned
ARG REVISION=unknown
LABEL org.opencontainers.image.title="Alongside" \
      org.opencontainers.image.description="A headless mentorship service for addiction treatment" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
# On a machine with much memory Node lets hundreds of megabytes of garbage lie, in either generation. What the service holds
# under load fits twice into this; matching weighs in threads with limits of their own.
ENV NODE_ENV=production \
    NODE_OPTIONS="--max-semi-space-size=16 --max-old-space-size=256" \
    HOST=0.0.0.0 \
    PORT=3000 \
    METRICS_PORT=9464
WORKDIR /app
COPY package.json ./
COPY migrations ./migrations
COPY openapi ./openapi
COPY docs/errors ./docs/errors
COPY --from=build /app/node_modules ./node_modules
COPY --from=build /app/dist ./dist
COPY --from=build /app/sbom.json ./sbom.json
# All of it belongs to root: the service cannot change its own code. It writes nothing to its disk in production.
USER node
EXPOSE 3000
# Metrics: for Prometheus inside your network, and never published.
EXPOSE 9464
# There is no curl in the image. Ready means that the database answers too.
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT}/health/ready`).then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
# Node handles SIGTERM itself and starts no other processes. As process 1 it would not reap strangers, such as
# those of `docker exec`: run it with `--init` (compose: `init: true`) and tini, which the engine brings, does.
CMD ["node", "dist/main.js"]
