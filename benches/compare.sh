#!/usr/bin/env bash
# Runs siplens and the peers that are installed on the same generated captures
# and prints for each: wall seconds, processor seconds (user and system), peak
# memory, packets a processor second, and what each took relative to siplens.
#
#   benches/compare.sh [--quick] [-n RUNS] [-d DIRECTORY] [-l SECONDS] [PRESET...]
#
# --quick  captures of a tenth of the size, the median of three runs: under a
#     minute once siplens is built; start-up counts for more in it
# -n  runs of which the median counts, after one to warm up (default 5)
# -d  directory for the captures, kept and used again (default: a temporary one)
# -l  a peer whose first run takes longer than this is not run again (default 60)
# PRESET is media, signalling or both (default), as examples/generate.rs has them.
#
# Needs GNU time. Peers: tshark, sngrep, sipmon, sipnab, those that are in PATH.
# What tools print goes to /dev/null, siplens' JSON document too; to write it
# elsewhere, say where with SIPLENS_JSON=FILE.
set -euo pipefail

runs=5
directory=
patience=60
size=full
arguments=()
for argument in "$@"; do
    case $argument in
        --quick) size=quick runs=3 patience=5 ;;
        --help) sed -n '2,/^set /s/^# \{0,1\}//p' "$0" | sed '/^set /d'; exit 0 ;;
        *) arguments+=("$argument") ;;
    esac
done
set -- "${arguments[@]}"
while getopts n:d:l: option; do
    case $option in
        n) runs=$OPTARG ;;
        d) directory=$OPTARG ;;
        l) patience=$OPTARG ;;
        *) exit 2 ;;
    esac
done
shift $((OPTIND - 1))
presets=("${@:-media}")
[ $# -gt 0 ] || presets=(media signalling)

gnu_time=$(type -P time) || {
    echo "compare.sh: GNU time is needed (apt-get install time)" >&2
    exit 1
}
if [ -z "$directory" ]; then
    directory=$(mktemp -d)
    trap 'rm -rf "$directory"' EXIT
fi
mkdir -p "$directory"
measured=$(mktemp)
json=${SIPLENS_JSON:-/dev/null}

cd "$(dirname "$0")/.."
cargo build --release --quiet --bins --examples
target=${CARGO_TARGET_DIR:-target}/release

# What is run for a preset, a line each: the name, a tab, and the command, in
# which FILE is the capture.
tools() {
    printf 'floor\t%s FILE\n' "$target/examples/floor"
    printf 'siplens\t%s analyze --json FILE > %s\n' "$target/siplens" "$json"
    printf 'siplens, text\t%s analyze FILE\n' "$target/siplens"
    if type -P tshark > /dev/null; then
        case $1 in
            media) printf 'tshark\ttshark -q -z rtp,streams -r FILE\n' ;;
            *) printf 'tshark\ttshark -q -z sip,stat -r FILE\n' ;;
        esac
    fi
    if type -P sngrep > /dev/null; then
        printf 'sngrep\tsngrep -N -q -I FILE\n'
        # Without a limit it stops at 20,000 dialogs and says nothing.
        [ "$1" = media ] || printf 'sngrep -l 250000\tsngrep -N -q -l 250000 -I FILE\n'
    fi
    if type -P sipmon > /dev/null; then
        printf 'sipmon\tsipmon --no-tui --dry-run --max-calls 250000 FILE\n'
    fi
    if type -P sipnab > /dev/null; then
        printf 'sipnab\tsipnab -N -q -I FILE --limit 250000 --json-dialogs\n'
    fi
}

# How many calls a capture has, if not as many as its preset.
calls() {
    case $size-$1 in
        quick-media) echo --calls 200 ;;
        quick-*) echo --calls 20000 ;;
    esac
}

# Runs a command once: "wall user system kilobytes status" into $measured.
once() {
    local status=0
    "$gnu_time" -q -o "$measured.one" -f '%e %U %S %M' \
        timeout 1800 bash -c "$1" < /dev/null > /dev/null 2>&1 || status=$?
    echo "$(tail -n 1 "$measured.one") $status" >> "$measured"
}

median() {
    sort -n | awk '{ value[NR] = $1 } END { print value[int((NR + 1) / 2)] }'
}

# The median of column $1 of what was measured, or of a sum of two columns.
column() {
    awk -v columns="$1" '{ n = split(columns, c, "+"); s = 0
        for (i = 1; i <= n; i++) s += $c[i]; print s }' "$measured" | median
}

echo "$(nproc) cores, $(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1); load" \
    "$(cut -d' ' -f1-3 /proc/loadavg) at the start; siplens writes JSON to $json;" \
    "median of $runs after one to warm up"
for preset in "${presets[@]}"; do
    capture=$directory/$preset-$size.pcap
    [ -s "$capture" ] ||
        "$target/examples/generate" --preset "$preset" $(calls "$preset") --out "$capture" \
            > /dev/null
    packets=$("$target/examples/floor" "$capture" | cut -d' ' -f1)
    echo
    echo "$preset: $packets packets, $(($(stat -Lc %s "$capture") / 1000000)) MB"
    echo
    echo '| tool | wall s | CPU s | peak MB | packets/s | packets/CPU s | wall : siplens | CPU : siplens | peak : siplens | runs |'
    echo '|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|'
    of_siplens=
    rows=()
    while IFS=$'\t' read -r name command; do
        : > "$measured"
        command=${command//FILE/\"$capture\"}
        once "$command"
        if [ "$(awk '{ print ($1 < '"$patience"') }' "$measured")" = 1 ]; then
            # The first run brings the file into the page cache and does not count.
            : > "$measured"
            for _ in $(seq "$runs"); do once "$command"; done
        fi
        figures="$(column 1)|$(column 2+3)|$(column 4)"
        [ "$name" = siplens ] && of_siplens=$figures
        status=$(awk '{ if ($5 > worst) worst = $5 } END { print worst + 0 }' "$measured")
        [ "$status" = 0 ] || name="$name (exit $status)"
        rows+=("$name|$figures|$(wc -l < "$measured")")
    done < <(tools "$preset")
    printf '%s\n' "${rows[@]}" | awk -F'|' -v packets="$packets" -v siplens="$of_siplens" '
        function over(a, b, form) { return b > 0 ? sprintf(form, a / b) : "-" }
        BEGIN { split(siplens, of, "|") }
        {
            printf "| %s | %.2f | %.2f | %.0f | %s | %s | %s | %s | %s | %d |\n", $1, $2, $3,
                $4 / 1000, over(packets, $2, "%.0f"), over(packets, $3, "%.0f"),
                over($2, of[1], "%.2f"), over($3, of[2], "%.2f"), over($4, of[3], "%.2f"), $5
        }'
done
echo
echo "load $(cut -d' ' -f1-3 /proc/loadavg) at the end"
rm -f "$measured" "$measured.one"
