# `antrean serve`, and with `--target load` the crowd that tries it. No stage asks any registry by name.

FROM debian:bookworm-slim AS system
RUN apt-get update \
    && apt-get install --yes --no-install-recommends ca-certificates python3 \
    && rm -rf /var/lib/apt/lists/* \
    && groupadd --gid 10001 antrean \
    && useradd --uid 10001 --gid antrean --no-create-home --home-dir /var/lib/antrean --shell /usr/sbin/nologin antrean
ENV PATH=/srv/venv/bin:$PATH PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1
WORKDIR /srv/antrean

FROM system AS built
RUN apt-get update && apt-get install --yes --no-install-recommends python3-venv && rm -rf /var/lib/apt/lists/*
RUN python3 -m venv /srv/venv
COPY requirements.lock ./
RUN pip install --no-cache-dir --require-hashes --requirement requirements.lock
COPY pyproject.toml README.md ./
COPY display display
COPY examples examples
COPY integrations integrations
COPY queue_service queue_service
# In place, as in a checkout: what the README says of paths is true here too.
RUN pip install --no-cache-dir --no-deps --no-build-isolation --editable . && python3 -m compileall -q integrations queue_service

FROM built AS built-load
COPY requirements-load.lock ./
RUN pip install --no-cache-dir --require-hashes --requirement requirements-load.lock
COPY loadtests loadtests

FROM system AS load
COPY --from=built-load /srv /srv
USER 10001:10001
EXPOSE 8089
CMD ["locust", "--locustfile", "loadtests/locustfile.py"]

FROM system AS service
COPY --from=built /srv /srv
RUN install --directory --owner antrean --group antrean --mode 0700 /var/lib/antrean
ENV ANTREAN_DATA_DIR=/var/lib/antrean
USER 10001:10001
EXPOSE 8000
CMD ["antrean", "serve", "--host", "0.0.0.0", "--port", "8000"]
