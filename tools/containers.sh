#!/bin/sh
# containers.sh COMMAND…: runs podman or buildah with settings that work in a virtual machine, in CI, as root or not:
# no systemd, no network of its own (a container sees the machine's).
set -eu
folder=$(dirname "$0")/../build/containers
mkdir -p "$folder"
echo "127.0.0.1 localhost" >"$folder/hosts"
cat >"$folder/containers.conf" <<EOF
[containers]
base_hosts_file = "$(cd "$folder" && pwd)/hosts"
default_ulimits = ["nofile=1024:1024", "nproc=1024:1024"]
host_containers_internal_ip = "127.0.0.1"
netns = "host"
[engine]
cgroup_manager = "cgroupfs"
events_logger = "file"
runtime = "runc"
EOF
CONTAINERS_CONF=$(cd "$folder" && pwd)/containers.conf
export CONTAINERS_CONF
exec "$@"
