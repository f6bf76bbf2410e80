# A server with ONNX Runtime and XGBoost. docs/guides/run-in-production.md explains how to run it.
#
#   docker build --tag roost .
#   docker run --publish 127.0.0.1:8080:8080 --volume roost:/var/lib/roost roost

FROM swift:6.3-bookworm AS build
WORKDIR /source
COPY . .
RUN apt-get update && apt-get install -y --no-install-recommends make && rm -rf /var/lib/apt/lists/*
RUN make dist

FROM debian:12-slim
COPY --from=build /source/dist/*.deb /dist/
RUN apt-get update \
    && apt-get install -y --no-install-recommends /dist/*.deb ca-certificates python3 python3-venv \
    && rm -rf /var/lib/apt/lists/*
ENV ROOST_RUNTIMES=/usr/lib/roost/runtimes
RUN roost runtimes install onnx xgboost
USER roost
VOLUME /var/lib/roost
EXPOSE 8080
HEALTHCHECK CMD ["roost", "status"]
ENTRYPOINT ["roost", "serve", "--host", "0.0.0.0", "--data", "/var/lib/roost"]
