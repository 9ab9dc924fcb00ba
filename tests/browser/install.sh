#!/usr/bin/env bash
# What the browser checks need, into target/browser: Chromium and Node.js of the
# system, playwright-core, axe-core and mermaid of package-lock.json.
set -euo pipefail
cd "$(dirname "$0")/../.."

missing=()
command -v chromium > /dev/null || missing+=(chromium)
command -v node > /dev/null || missing+=(nodejs)
command -v npm > /dev/null || missing+=(npm)
if [ ${#missing[@]} -gt 0 ]; then
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends "${missing[@]}"
fi

mkdir -p target/browser
cp tests/browser/package.json tests/browser/package-lock.json tests/browser/.npmrc target/browser/
if ! cmp -s target/browser/package-lock.json target/browser/node_modules/installed.json; then
    npm ci --prefix target/browser --ignore-scripts --no-audit --no-fund --silent
    cp target/browser/package-lock.json target/browser/node_modules/installed.json
fi
