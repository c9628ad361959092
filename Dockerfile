# The three services and the agent: one image, the command says which. Node.js runs the sources; only the console is built.
ARG BASE=node:24-bookworm-slim

FROM ${BASE} AS dependencies
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev --omit=optional --no-audit --no-fund

# With esbuild's program for this machine, which is an optional dependency.
FROM ${BASE} AS console
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev --no-audit --no-fund
COPY tsconfig.json ./
COPY shared ./shared
COPY web ./web
RUN node web/build.ts

FROM ${BASE}
ENV NODE_ENV=production
WORKDIR /app
# A volume takes owner and mode from the folder that it covers. The agent's is its own alone.
RUN install -d -o node -g node /var/lib/kops && install -d -m 0700 /var/lib/kops-agent
COPY --from=dependencies /app/node_modules ./node_modules
COPY package.json ./
COPY catalog ./catalog
COPY workloads ./workloads
COPY gamedays ./gamedays
COPY docs/runbooks ./docs/runbooks
COPY shared ./shared
COPY services ./services
COPY --from=console /app/web/dist ./web/dist
USER node
# kafkajs computes a negative delay on Node.js 24; it is harmless and would fill the log.
CMD ["node", "--disable-warning=TimeoutNegativeWarning", "services/admin/server.ts"]
