"""How far siplens' MOS is from PESQ's and ViSQOL's on real speech with known loss.

    validate.py SIPLENS [--visqol] [--clips N] > table.md

Recorded speech (Debian's asterisk-core-sounds-en-wav) is sent as G.711 mu-law at 20 ms, packets are dropped at random
and in bursts, and the capture is given to `siplens analyze` and `siplens audio`. What siplens says (MOS-LQ, with and
without concealment in its codec row) is set beside what PESQ (ITU-T P.862.1, narrow band) and ViSQOL (speech mode)
hear in the decoded sound (with concealment, and with silence in the place of losses) against the sound without loss.

Needs numpy, scipy, pesq and visqol-python from PyPI. Same seed, same table.
"""

import argparse
import json
import pathlib
import random
import struct
import subprocess
import tempfile
import wave

import numpy
from pesq import pesq
from scipy.signal import resample_poly

SOUNDS = pathlib.Path("/usr/share/asterisk/sounds/en_US_f_Allison")
RATE, PACKET = 8000, 160
SECONDS = 8.0
# Loss in percent and mean length of a run of losses in packets.
PATTERNS = [(0, 1)] + [(loss, run) for run in (1, 2, 4) for loss in (1, 2, 3, 5, 8, 12, 20)]


def read(path):
    with wave.open(str(path)) as file:
        samples = numpy.frombuffer(file.readframes(file.getnframes()), "<i2")
        return samples.reshape(-1, file.getnchannels())[:, 0], file.getframerate()


def clips(count):
    """Speech of eight seconds each: prompts one after the other, with pauses of 0.3 s."""
    prompts = sorted(path for path in SOUNDS.rglob("*.wav") if 1.5 < path.stat().st_size / 16000 < 6)
    random.Random(1).shuffle(prompts)
    prompts, made = iter(prompts), []
    while len(made) < count:
        parts, length = [], 0
        while length < SECONDS * RATE:
            samples, _ = read(next(prompts))
            parts += [samples, numpy.zeros(int(0.3 * RATE), "<i2")]
            length += len(samples) + int(0.3 * RATE)
        made.append(numpy.concatenate(parts)[: int(SECONDS * RATE) // PACKET * PACKET])
    return made


def mu_law(samples):
    """ITU-T G.711 table 2a, as arithmetic."""
    size = numpy.minimum(numpy.abs(samples.astype(int)), 32635) + 132
    chord = numpy.floor(numpy.log2(size)).astype(int) - 7
    step = (size >> (chord + 3)) & 15
    return (~(numpy.where(samples < 0, 0x80, 0) | chord << 4 | step) & 0xFF).astype("u1")


def lost(count, percent, run, seed):
    """Which packets are lost: a two-state (Gilbert) model with this share and mean run; never the first or last.
    A run of 1 means independent losses."""
    chance, losing, out = random.Random(seed), False, []
    share = percent / 100
    end = (1 - share) if run == 1 else 1 / run
    begin = share * end / (1 - share) if share else 0
    for index in range(count):
        losing = chance.random() < ((1 - end) if losing else begin)
        out.append(losing and 0 < index < count - 1)
    return out


def capture(path, payloads, dropped):
    """A pcap of one G.711 stream without its dropped packets."""
    with open(path, "wb") as file:
        file.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 101))
        for index, payload in enumerate(payloads):
            if dropped[index]:
                continue
            rtp = struct.pack(">BBHII", 0x80, 0, index, index * PACKET, 0x51504C4E) + payload
            udp = struct.pack(">HHHH", 40000, 40002, 8 + len(rtp), 0) + rtp
            ip = struct.pack(">BBHHHBBH4s4s", 0x45, 0, 20 + len(udp), index, 0, 64, 17, 0, b"\xc0\0\2\1", b"\xc0\0\2\2")
            micros = index * 20000
            file.write(struct.pack("<IIII", micros // 10**6, micros % 10**6, len(ip + udp), len(ip + udp)) + ip + udp)


def run(*command):
    return subprocess.run([str(word) for word in command], check=True, capture_output=True, text=True).stdout


class Visqol:
    def __init__(self):
        from visqol import VisqolApi

        self.api = VisqolApi()
        self.api.create(mode="speech")

    def __call__(self, reference, heard):
        wide = [resample_poly(samples.astype(float) / 32768, 2, 1) for samples in (reference, heard)]
        return self.api.measure_from_arrays(*wide, 2 * RATE).moslqo


def measure(siplens, folder, clip, percent, burst, seed, visqol):
    payloads = [bytes(part) for part in mu_law(clip).reshape(-1, PACKET)]
    dropped = lost(len(payloads), percent, burst, seed)
    path = folder / "stream.pcap"
    capture(path, payloads, dropped)
    result = {}
    for name, options in (("concealed", []), ("silent", ["--no-plc"])):
        stream = json.loads(run(siplens, "analyze", "--json", *options, path))["streams"][0]
        result[f"siplens {name}"] = stream["quality"]["mos_lq"]
        result["lost"], result["burst_ratio"] = stream["lost_percent"], stream["loss_pattern"]["burst_ratio"]
    assert stream["lost"] == sum(dropped), "siplens counts what was dropped"
    # The reference has been through the codec too: what is judged is the loss alone.
    capture(path.with_name("whole.pcap"), payloads, [False] * len(payloads))
    run(siplens, "audio", "--force", "-o", folder / "whole.wav", path.with_name("whole.pcap"))
    reference, _ = read(folder / "whole.wav")
    for name, options in (("concealed", ["--concealment"]), ("silent", [])):
        run(siplens, "audio", "--force", *options, "-o", folder / "heard.wav", path)
        heard, _ = read(folder / "heard.wav")
        length = min(len(reference), len(heard))
        result[f"pesq {name}"] = pesq(RATE, reference[:length], heard[:length], "nb")
        if visqol:
            result[f"visqol {name}"] = visqol(reference[:length], heard[:length])
    return result


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("siplens")
    parser.add_argument("--clips", type=int, default=6)
    parser.add_argument("--visqol", action="store_true")
    options = parser.parse_args()
    speech, visqol = clips(options.clips), Visqol() if options.visqol else None
    judges = ["pesq", "visqol"] if visqol else ["pesq"]
    heads = ["loss %", "burst ratio"]
    for name in ("concealed", "silent"):
        heads += [f"siplens {name}"] + [f"{judge} {name}" for judge in judges]
    print("| " + " | ".join(heads) + " |\n|" + "---:|" * len(heads))
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        for percent, burst in PATTERNS:
            runs = [
                measure(options.siplens, pathlib.Path(folder), clip, percent, burst, 1000 * index + 10 * percent + burst, visqol)
                for index, clip in enumerate(speech)
            ]
            mean = {key: numpy.mean([one[key] for one in runs]) for key in runs[0]}
            rows += runs
            figures = [mean["lost"], mean["burst_ratio"]] + [mean[head] for head in heads[2:]]
            print("| " + " | ".join(f"{figure:.2f}" for figure in figures) + " |", flush=True)
    print()
    for judge in judges:
        for row in ("concealed", "silent"):
            for heard in ("concealed", "silent"):
                apart = numpy.array([one[f"siplens {row}"] - one[f"{judge} {heard}"] for one in rows])
                together = numpy.corrcoef([one[f"siplens {row}"] for one in rows], [one[f"{judge} {heard}"] for one in rows])[0, 1]
                print(
                    f"siplens ({row} row) against {judge} ({heard} sound): mean difference {apart.mean():+.2f}, "
                    f"root mean square {numpy.sqrt((apart**2).mean()):.2f}, correlation {together:.3f}, {len(rows)} runs"
                )


if __name__ == "__main__":
    main()
