"""The key ring of this installation: read once for each application, from the file the settings name.

Whoever needs to seal, open, or recognise a sealed value asks here; nothing else reads the file.
"""

from __future__ import annotations

from flask import current_app

from civic.kit.crypto import KeyRing


def ring() -> KeyRing:
    """The ring; KeyRingBroken when the file is missing, malformed or readable by others."""
    held: KeyRing | None = current_app.extensions.get("civic.keys")
    if held is None:
        held = current_app.extensions["civic.keys"] = KeyRing.load(current_app.config["CIVIC"].keyring_path)
    return held


def forget() -> None:
    """Reads the file again at the next need: after a rotation."""
    current_app.extensions.pop("civic.keys", None)
