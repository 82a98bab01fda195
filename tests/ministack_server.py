"""ministack with what it leaves out of AWS and these tests need: `python ministack_server.py` runs it.

- A task's container is as strict as its definition says: read-only root, no capability, scratch volumes; it sees the
  machine's network, where the emulator listens on 127.0.0.1 only.
- Athena reads a table of Glue's that is an Iceberg table by its metadata_location, not every file below its folder.
"""

import glob
import os
import runpy

import duckdb
import duckdb_extension_avro
import duckdb_extension_iceberg
from docker.models.containers import ContainerCollection
from ministack.services import athena, ecs


def as_fargate(run):
    def start(self, image, **options):
        variables = options.pop("environment", None) or {}
        for name in ("extra_hosts", "network", "network_mode", "ports"):
            options.pop(name, None)
        return run(
            self,
            image,
            environment={name: value.replace("host.docker.internal", "127.0.0.1") for name, value in variables.items()},
            network_mode="host",
            read_only=True,
            cap_drop=["ALL"],
            **options,
        )

    return start


def with_iceberg(connect):
    def open_database(*arguments, **options):
        connection = connect(*arguments, **options)
        for package in (duckdb_extension_avro, duckdb_extension_iceberg):
            for file in glob.glob(os.path.dirname(package.__file__) + "/extensions/*/*.duckdb_extension"):
                connection.execute(f"LOAD '{file}'")
        return connection

    return open_database


def by_metadata(relation):
    def relation_of(table, files):
        parameters = table.get("Parameters") or {}
        if parameters.get("table_type", "").upper() != "ICEBERG" or not files:
            return relation(table, files)
        name = parameters["metadata_location"].rsplit("/", 1)[1]
        place = next(file for file in files if file.endswith(f"/metadata/{name}"))
        folder = place.removesuffix(f"/metadata/{name}")
        version = name.removeprefix("v").removesuffix(".metadata.json")
        return f"iceberg_scan('{folder}', allow_moved_paths = true, version = '{version}')"

    return relation_of


if __name__ == "__main__":
    ContainerCollection.run = as_fargate(ContainerCollection.run)
    duckdb.connect = with_iceberg(duckdb.connect)
    athena._table_relation = by_metadata(athena._table_relation)
    assert ecs._get_docker() is not None, "docker's service does not answer: DOCKER_HOST"
    runpy.run_module("ministack", run_name="__main__", alter_sys=True)
