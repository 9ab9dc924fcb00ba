"""Prints a PASSporT (RFC 8225, 8588) signed with ES256 at this moment.

    passport.py KEY.pem ORIG-NUMBER DEST-NUMBER CERTIFICATE-URL
"""

import base64
import json
import subprocess
import sys
import time


def encoded(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def integer(der, at):
    """The integer of 32 bytes at a place of a DER sequence, and the place after it."""
    assert der[at] == 2, "an INTEGER"
    end = at + 2 + der[at + 1]
    return der[at + 2 : end].lstrip(b"\0").rjust(32, b"\0"), end


def main():
    key, orig, dest, url = sys.argv[1:]
    header = {"alg": "ES256", "ppt": "shaken", "typ": "passport", "x5u": url}
    claims = {"attest": "A", "dest": {"tn": [dest]}, "iat": int(time.time()), "orig": {"tn": orig},
              "origid": "8d2b1e84-6b5a-4c1e-9a37-2f0d5c7e1b90"}
    signed = ".".join(encoded(json.dumps(part, separators=(",", ":")).encode()) for part in (header, claims))
    command = ["openssl", "dgst", "-sha256", "-sign", key]
    der = subprocess.run(command, input=signed.encode(), check=True, capture_output=True).stdout
    r, after = integer(der, 2)
    s, _ = integer(der, after)
    print(f"{signed}.{encoded(r + s)}")


main()
