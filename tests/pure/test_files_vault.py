"""Originals at rest are unreadable, unswappable and whole (promises U6, D4, R13)."""

from __future__ import annotations

import errno
import io
import os
import secrets
import shutil
import stat
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from civic.files.vault import CHUNK, Derived, NoRoom, Vault
from civic.kit.crypto import KeyRing, SealBroken
from civic.kit.result import NotFound

RING = KeyRing.fresh()
SIZES = [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK, 3 * CHUNK + 17]


@pytest.fixture
def vault(tmp_path: Path) -> Vault:
    return Vault(tmp_path / "vault", RING)


def files(root: Path) -> list[Path]:
    return [path for path in root.rglob("*") if path.is_file()]


@pytest.mark.promise("U6")
@pytest.mark.parametrize("size", SIZES)
def test_what_goes_in_comes_out(vault: Vault, size: int) -> None:
    data = secrets.token_bytes(size)
    stored = vault.put(io.BytesIO(data))
    assert stored.size == size
    assert vault.read(stored.address) == data
    assert vault.exists(stored.address)
    assert list(vault.addresses()) == [stored.address]
    (file,) = files(vault.root)
    assert file == vault.root / stored.address[:2] / stored.address[2:4] / stored.address
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700


@pytest.mark.promise("U6")
def test_the_disk_shows_nothing(vault: Vault) -> None:
    stored = vault.put(b"CANARY" * 30_000)
    (file,) = files(vault.root)
    assert b"CANARY" not in file.read_bytes()
    assert Vault(vault.root.parent / "other", KeyRing.fresh()).put(b"CANARY" * 30_000).address != stored.address


@pytest.mark.promise("U6")
def test_the_same_content_has_one_address(vault: Vault) -> None:
    assert vault.put(b"same") == vault.put(io.BytesIO(b"same"))
    assert len(files(vault.root)) == 1


def test_short_reads_do_not_matter(vault: Vault) -> None:
    class Dripping(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            return super().read(min(size or 1, 1000))

    data = secrets.token_bytes(2 * CHUNK + 5)
    assert vault.read(vault.put(Dripping(data)).address) == data


@pytest.mark.promise("U6")
@pytest.mark.parametrize("size", [0, 5, CHUNK, 2 * CHUNK + 9])
def test_any_alteration_is_found(vault: Vault, size: int) -> None:
    stored = vault.put(secrets.token_bytes(size))
    (file,) = files(vault.root)
    whole = file.read_bytes()
    places = {0, 4, 5, 20, 60, len(whole) // 2, len(whole) - 1}
    altered = [whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :] for at in places]
    altered += [whole[:-1], whole + b"\0", whole + whole[-32:], b"", whole[:3], whole[:40]]
    if size > CHUNK:
        start = len(whole) - (size - 2 * CHUNK) - 2 * CHUNK - 3 * 16
        block = CHUNK + 16
        one, two, rest = (
            whole[start : start + block],
            whole[start + block : start + 2 * block],
            whole[start + 2 * block :],
        )
        altered += [whole[:start] + two + one + rest, whole[:start] + one + rest, whole[:start] + one + two]
    for bad in altered:
        file.write_bytes(bad)
        with pytest.raises(SealBroken):
            vault.read(stored.address)


@pytest.mark.promise("U6")
def test_a_renamed_file_is_found(vault: Vault) -> None:
    one, two = vault.put(b"one").address, vault.put(b"two").address
    shutil.copyfile(vault._path(one), vault._path(two))
    with pytest.raises(SealBroken):
        vault.read(two)


def test_delete(vault: Vault) -> None:
    address = vault.put(b"x").address
    assert vault.delete(address)
    assert not vault.delete(address)
    assert not vault.exists(address)
    with pytest.raises(NotFound):
        vault.read(address)


@pytest.mark.promise("U6")
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.one_of(st.text(max_size=80), st.sampled_from(["../../etc/passwd", "A" * 64, "a" * 64 + "\n", "a" * 63])))
def test_only_addresses_reach_the_disk(vault: Vault, name: str) -> None:
    assert not vault.exists(name)
    with pytest.raises(NotFound):
        vault.read(name)
    with pytest.raises(NotFound):
        Derived(vault.root).read(name)


@pytest.mark.promise("D4")
def test_resealing_moves_to_the_active_key(vault: Vault) -> None:
    data = secrets.token_bytes(CHUNK + 3)
    address = vault.put(data).address
    assert not vault.reseal(address)
    newer = Vault(vault.root, RING.rotated())
    assert newer.read(address) == data
    assert newer.reseal(address)
    assert not newer.reseal(address)
    assert Vault(vault.root, newer.ring.without(RING.active)).read(address) == data
    assert newer.put(data).address == address
    with pytest.raises(SealBroken):
        vault.read(address)


@pytest.mark.promise("R13")
@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EROFS, errno.EDQUOT])
def test_a_full_disk_is_said_in_words_and_leaves_nothing(
    vault: Vault, code: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_descriptor: Any) -> None:
        raise OSError(code, "full")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(NoRoom, match="空间不足"):
        vault.put(b"x" * 100)
    with pytest.raises(NoRoom):
        Derived(vault.root.parent / "derived").put(b"x")
    assert files(vault.root.parent) == []


@pytest.mark.promise("U2")
def test_the_disk_floor_is_kept(tmp_path: Path) -> None:
    with pytest.raises(NoRoom):
        Vault(tmp_path, RING, floor=1 << 60).put(b"x")
    assert files(tmp_path) == []


def test_a_failing_source_leaves_nothing(vault: Vault) -> None:
    class Torn(io.BytesIO):
        left = 3

        def read(self, size: int | None = -1, /) -> bytes:
            self.left -= 1
            if self.left < 0:
                raise ConnectionResetError
            return super().read(size)

    with pytest.raises(ConnectionResetError):
        vault.put(Torn(b"x" * (2 * CHUNK)))
    assert files(vault.root) == []


def test_derivatives_have_random_names(tmp_path: Path) -> None:
    derived = Derived(tmp_path / "derived")
    names = {derived.put(b"pixels") for _ in range(20)}
    assert len(names) == 20
    assert set(derived.names()) == names
    name = names.pop()
    assert derived.read(name) == b"pixels"
    assert stat.S_IMODE(derived.path(name).stat().st_mode) == 0o600
    assert derived.delete(name)
    assert not derived.delete(name)
    with pytest.raises(NotFound):
        derived.read(name)
    with pytest.raises(NotFound):
        derived.put(b"x", "html")
