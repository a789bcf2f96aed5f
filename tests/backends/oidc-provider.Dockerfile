# The provider of compose.oidc.yaml: for a try-out on one machine, and for nothing else. Whoever types a name is believed.
ARG NODE=docker.io/library/node:22-bookworm-slim
FROM ${NODE}
WORKDIR /provider
COPY package.json package-lock.json ./
RUN npm ci --no-audit --no-fund --omit=dev
COPY oidc-provider.js ./
USER 1000
ENTRYPOINT ["node", "oidc-provider.js", "9000", "http://localhost:8081", "0.0.0.0"]
