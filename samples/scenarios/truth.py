"""Writes truth.json: what each sample holds as tshark counts it, and what the software itself counted.

    truth.py                     counts all samples again with tshark; what the software counted is kept
    truth.py NAME LOG-FOLDER     the sample just made, with the logs of the software that made it
"""

import collections
import csv
import json
import pathlib
import re
import subprocess
import sys

SAMPLES = pathlib.Path(__file__).resolve().parent.parent


def run(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def fields(path, display_filter, *names):
    """One list per frame that passes the filter; several values in one frame are joined by `|`."""
    arguments = [word for name in names for word in ("-e", name)]
    separators = ("-E", "separator=\t", "-E", "aggregator=|")
    text = run("tshark", "-r", str(path), "-Y", display_filter, "-T", "fields", *arguments, *separators)
    return [line.split("\t") for line in text.splitlines()]


def each(rows, column):
    return collections.Counter(value for row in rows for value in row[column].split("|") if value)


def sip(path):
    """Requests and responses, retransmissions included; those quoted in ICMP errors are not."""
    rows = fields(path, "sip && !icmp", "sip.Method", "sip.Status-Code", "sip.Call-ID", "sip.resend")
    methods, statuses = each(rows, 0), each(rows, 1)
    return {
        "messages": methods.total() + statuses.total(),
        "requests": dict(sorted(methods.items())),
        "responses": dict(sorted(statuses.items())),
        "resends": each(rows, 3)["1"] + each(rows, 3)["True"],
        "call_ids": dict(each(rows, 2)),
    }


STREAM = re.compile(
    r"^\s*[\d.]+\s+[\d.]+\s+(\S+)\s+(\d+)\s+(\S+)\s+(\d+)\s+0x([0-9A-F]{8})\s+(.+?)\s+(\d+)\s+(-?\d+) \([-\d.]+%\)"
    r"\s+([\d.]+)\s+([\d.]+)\s+([\d.]+)\s+([\d.]+)\s+([\d.]+)\s+([\d.]+)"
)


def rtp(path):
    """The streams of `tshark -z rtp,streams`; `lost` is by sequence number, jitter that of RFC 3550 in ms."""
    streams = []
    for line in run("tshark", "-r", str(path), "-q", "-z", "rtp,streams").splitlines():
        if found := STREAM.match(line):
            source, source_port, target, target_port, ssrc, payload, packets, lost, *times = found.groups()
            streams.append({
                "source": f"{source} {source_port}",
                "destination": f"{target} {target_port}",
                "ssrc": int(ssrc, 16),
                "payload": payload,
                "packets": int(packets),
                "lost": int(lost),
                "mean_delta_ms": float(times[1]),
                "max_delta_ms": float(times[2]),
                "mean_jitter_ms": float(times[4]),
                "max_jitter_ms": float(times[5]),
            })
    return sorted(streams, key=lambda stream: (stream["source"], stream["destination"], stream["ssrc"]))


def counted(path):
    frames = fields(path, "frame", "frame.time_relative")
    names = {"200": "SR", "201": "RR", "202": "SDES", "203": "BYE", "204": "APP"}
    rtcp = each(fields(path, "rtcp && !icmp", "rtcp.pt"), 0)
    kind, link = run("capinfos", "-T", "-r", "-t", "-E", str(path)).strip().split("\t")[1:3]
    return {
        "format": kind,
        "link": link,
        "frames": len(frames),
        "seconds": round(float(frames[-1][0]), 3),
        "sip": sip(path),
        "rtp": rtp(path),
        "rtcp": {names.get(number, number): count for number, count in sorted(rtcp.items())},
        "icmp_errors": len(fields(path, "icmp", "frame.number")),
    }


def phones(logs):
    """baresip, for each call that had media: RTP sent and received; losses are those of its last RTCP report."""
    told = {}
    for log in sorted(logs.glob("*.log")):
        text = log.read_text(errors="replace")
        calls = re.findall(r"^packets:\s+(\d+)\s+(\d+)\n(?:.*\n){3}lost:\s+(-?\d+)\s+(-?\d+)", text, re.MULTILINE)
        names = ("rtp_sent", "rtp_received", "rtcp_lost_sent", "rtcp_lost_received")
        if calls:
            told[log.stem] = [dict(zip(names, map(int, call))) for call in calls]
    return told


def sipps(logs):
    told = {}
    for path in sorted(logs.glob("*.csv")):
        last = list(csv.DictReader(path.open(), delimiter=";"))[-1]
        told[path.stem] = {
            "calls_successful": int(last["SuccessfulCall(C)"]),
            "calls_failed": int(last["FailedCall(C)"]),
            "retransmissions": int(last["Retransmissions(C)"]),
        }
    return told


def nft(logs):
    listing = logs / "nft.json"
    if not listing.exists():
        return {}
    objects = json.loads(listing.read_text())["nftables"]
    return {item["counter"]["name"]: item["counter"]["packets"] for item in objects if "counter" in item}


def told_by(logs):
    parts = {"baresip": phones(logs), "sipp": sipps(logs), "nftables": nft(logs)}
    return {name: part for name, part in parts.items() if part}


def main():
    target = SAMPLES / "truth.json"
    truth = json.loads(target.read_text()) if target.exists() else {}
    files = sorted(path for path in SAMPLES.iterdir() if path.suffix in (".pcap", ".pcapng"))
    if len(sys.argv) == 3:
        name, logs = sys.argv[1], pathlib.Path(sys.argv[2])
        files = [path for path in files if path.stem == name]
        for path in files:
            truth[path.name] = {"software": told_by(logs)}
    for path in files:
        truth[path.name] = counted(path) | {"software": truth.get(path.name, {}).get("software", {})}
    target.write_text(json.dumps(dict(sorted(truth.items())), indent=1) + "\n")


main()
