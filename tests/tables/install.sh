#!/usr/bin/env bash
# What the checks of exported tables need, into target/tables-python: DuckDB,
# pandas with pyarrow, and chdb (ClickHouse), of the versions in requirements.txt.
set -euo pipefail
cd "$(dirname "$0")/../.."

if ! python3 -c 'import ensurepip, venv' 2> /dev/null; then
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends python3-venv
fi
into=target/tables-python
if ! cmp -s tests/tables/requirements.txt "$into/installed.txt"; then
    python3 -m venv --clear "$into"
    "$into/bin/pip" install --quiet --disable-pip-version-check --only-binary :all: \
        --requirement tests/tables/requirements.txt
    cp tests/tables/requirements.txt "$into/installed.txt"
fi
