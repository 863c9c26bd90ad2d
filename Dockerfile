# Built with `docker build -t grandcompte .`; run with `docker run -v grandcompte:/data --env-file FILE grandcompte run`.
# Secrets (GRANDCOMPTE_PEPPER, keys, the database's address) come from the environment at run time, never from a layer.

FROM python:3.11-slim-bookworm AS build
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
WORKDIR /src
RUN python -m venv /opt/venv
# The lock first: this layer is built again only when a dependency changes.
COPY requirements.lock ./
RUN /opt/venv/bin/python -m pip install --require-hashes --no-deps -r requirements.lock
COPY pyproject.toml README.md LICENSE NOTICE ./
COPY schemas ./schemas
COPY enrich ./enrich
COPY connectors ./connectors
COPY flows ./flows
RUN /opt/venv/bin/python -m pip install --no-deps --no-build-isolation .

FROM python:3.11-slim-bookworm
COPY --from=build /opt/venv /opt/venv
# A number, so that a cluster can see that it is not root; /data is the only place that it writes to.
RUN mkdir /data && chown 65532:65532 /data
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    HOME=/data \
    PREFECT_HOME=/data/prefect \
    PREFECT_SERVER_ANALYTICS_ENABLED=false \
    DO_NOT_TRACK=1 \
    GRANDCOMPTE_DATABASE_URL=sqlite:////data/grandcompte.db \
    GRANDCOMPTE_ARCHIVE_URL=/data/archive
USER 65532:65532
WORKDIR /data
VOLUME ["/data"]
ENTRYPOINT ["grandcompte"]
CMD ["--help"]
