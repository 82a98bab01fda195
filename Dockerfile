# The images of signals; docs/docker.md says how they are used.
#   docker build --target load|transform|publish -t signals_load .   one command each
#   docker build -t signals .                                        any command
#   docker build --target ubuntu -t signals_ubuntu .                 a shell with the tool chain
#   docker build --target sbom --output . .                          what is in them, as CycloneDX
# --build-arg SIGNALS_COMMIT=$(git rev-parse HEAD) is what --version names, as there is no repository in an image.
# --build-arg BASE=debian:bookworm-slim@sha256:… fixes the base to the byte, as the release workflow does.
ARG BASE=debian:bookworm-slim

# Builds on the machine's own architecture for that of the image.
FROM --platform=$BUILDPLATFORM ${BASE} AS tools
ARG TARGETARCH
WORKDIR /signals
COPY requirements/run.txt requirements/
COPY tools/setup.sh tools/
COPY docker/tool_chain.sh docker/
RUN docker/tool_chain.sh "${TARGETARCH:-$(dpkg --print-architecture)}"

FROM tools AS build
ARG TARGETARCH
# The language is part of what ccache compares.
ENV LANG=C.UTF-8 CCACHE_DIR=/ccache CCACHE_BASEDIR=/signals CCACHE_NOHASHDIR=true
COPY . .
ARG SIGNALS_COMMIT
RUN set -e; \
    here=$(dpkg --print-architecture); arch=${TARGETARCH:-$here}; \
    chain=; [ "$arch" = "$here" ] || chain="--toolchain=cmake/$arch.cmake"; \
    cmake --preset release --log-level=WARNING $chain; \
    cmake --build build/release --target signals yahoo_sim; \
    cmake --install build/release --strip --prefix build/image; \
    docker/image_root.py build/image/bin/signals /image; \
    mkdir -p /writable/lake

FROM build AS ubuntu
RUN useradd --uid 65532 --home-dir /home --no-create-home --shell /bin/bash signals \
    && ln -s /signals/build/release/signals /signals/build/release/yahoo_sim /usr/local/bin/
USER 65532:65532
WORKDIR /home
CMD ["bash"]

FROM scratch AS sbom
COPY --from=build /image/usr/share/signals/sbom.json /

FROM scratch AS runtime
COPY --from=build /image /
COPY --from=build --chown=65532:65532 /writable/ /
ENV SIGNALS_LAKE=/lake
USER 65532:65532
VOLUME /lake
STOPSIGNAL SIGTERM

# Without arguments: ten tickers since 2003, to see it work.
FROM runtime AS load
ENTRYPOINT ["/usr/bin/signals", "load"]
CMD ["--universe", "/usr/share/signals/starter.csv"]

FROM runtime AS transform
ENTRYPOINT ["/usr/bin/signals", "transform"]

FROM runtime AS publish
ENTRYPOINT ["/usr/bin/signals", "publish"]

FROM runtime AS signals
ENTRYPOINT ["/usr/bin/signals"]
CMD ["--help"]
