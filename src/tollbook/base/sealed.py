"""Secrets in the database, sealed with a key that is not in it.

`seal(b"token", "connection:con_x:token")` encrypts with AES-256-GCM. The context (row and field) is bound in, so that
a sealed value moved to another row does not open. The key is `TOLLBOOK_SEAL_KEY` (32 bytes in base64, or
several divided by commas: the first seals, all open, which is how keys are changed), else a file beside the embedded
database.
"""

import os
from base64 import b64decode, b64encode
from binascii import Error as NotBase64
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from tollbook.base.home import home
from tollbook.kernel.errors import Permanent

VARIABLE = "TOLLBOOK_SEAL_KEY"
KEY_BYTES = 32
NONCE_BYTES = 12
_VERSION = b"\x01"


def seal(secret: bytes, context: str) -> bytes:
    """`secret` encrypted under the current key and bound to `context`; equal secrets give different bytes."""
    nonce = os.urandom(NONCE_BYTES)
    return _VERSION + nonce + AESGCM(_keys()[0]).encrypt(nonce, secret, _VERSION + context.encode())


def unseal(sealed: bytes, context: str) -> bytes:
    """What was sealed for `context`; Permanent "seal_broken" for other bytes, another context or another key."""
    sealed = bytes(sealed)
    nonce, body = sealed[1 : 1 + NONCE_BYTES], sealed[1 + NONCE_BYTES :]
    if sealed[:1] == _VERSION and len(nonce) == NONCE_BYTES:
        for key in _keys():
            try:
                return AESGCM(key).decrypt(nonce, body, _VERSION + context.encode())
            except InvalidTag:
                continue  # sealed under another key of the list, or broken
    raise Permanent("seal_broken", f"the secret of {context} cannot be opened with the keys of this installation")


def has_key() -> bool:
    """Whether this installation has a key already; one is made when the first secret is sealed."""
    return bool(os.environ.get(VARIABLE)) or (home() / "seal.key").exists()


def known_keys() -> list[bytes]:
    """The keys of this installation, the one that seals first; Permanent "seal_key_wrong" that names the one at fault.

    For backups and checks, which tell digests of them and nothing else.
    """
    return _keys()


def _keys() -> list[bytes]:
    given = os.environ.get(VARIABLE) or _kept(home() / "seal.key")
    keys = []
    for number, text in enumerate(given.split(","), 1):
        try:
            key = b64decode(text.strip(), validate=True)
        except NotBase64:
            key = b""
        if len(key) != KEY_BYTES:
            message = f"{VARIABLE}: key {number} is not {KEY_BYTES} bytes in base64"
            raise Permanent("seal_key_wrong", message, param=VARIABLE)
        keys.append(key)
    return keys


def _kept(path: Path) -> str:
    """The key kept in a file that only its owner reads, made if there is none."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        # Written whole under another name and then linked: a process that starts at the same time reads all or none.
        draft = path.with_name(f"{path.name}.{os.getpid()}")
        with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            file.write(b64encode(os.urandom(KEY_BYTES)).decode("ascii"))
        try:
            os.link(draft, path)
        except FileExistsError:
            pass  # the other process was first; its key counts
        draft.unlink()
    return path.read_text()
