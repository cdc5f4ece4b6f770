"""An account that does not exist and a network that is not there: all that oracle-ads needs to work offline.

Import it before `ads`.
"""

import atexit
import os
import shutil
import socket
import tempfile

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

ADDRESSES = []


def account():
    """A configuration file with a key that was made a moment ago."""
    home = tempfile.mkdtemp(prefix="oci-home-")
    atexit.register(shutil.rmtree, home, ignore_errors=True)
    os.makedirs(os.path.join(home, ".oci"))
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    content = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path = os.path.join(home, ".oci", "key.pem")
    with open(path, "wb") as file:
        file.write(content)
    lines = [
        "[DEFAULT]",
        "user=ocid1.user.oc1..nobody",
        "fingerprint=" + ":".join(["00"] * 16),
        "tenancy=ocid1.tenancy.oc1..nowhere",
        "region=us-ashburn-1",
        "key_file=" + path,
    ]
    with open(os.path.join(home, ".oci", "config"), "w", encoding="utf-8") as file:
        file.write("\n".join(lines) + "\n")
    os.environ["HOME"] = home
    for name in [name for name in os.environ if name.lower().endswith("_proxy")]:
        del os.environ[name]


def refuse(*arguments, **_):
    """Whoever asks for an address is told at once that there is none."""
    ADDRESSES.append(str(arguments[0]))
    raise socket.gaierror(socket.EAI_NONAME, "there is no network")


account()
socket.getaddrinfo = refuse
socket.create_connection = refuse
