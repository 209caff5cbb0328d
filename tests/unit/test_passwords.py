"""Passwords: what will do, and that nobody learns from the time whether a user is there."""

from __future__ import annotations

import argon2
import pytest

from parley.actions.passwords import check_password, needs_rehash, prove
from parley.actions.provision import hash_password
from parley.domain.problems import InvalidValue

BCRYPT = "$2a$04$abcdefghijklmnopqrstuuxrGSISMTKyosTvgCfhrm6ULh5Y0go.W"


@pytest.mark.parametrize("password", ["Short1!"[:5], "alllower1!", "ALLUPPER1!", "NoDigits!", "NoSpecial1", "A1!a" * 33])
def test_a_weak_password_is_refused(password: str) -> None:
    with pytest.raises(InvalidValue) as refused:
        check_password(password)
    assert refused.value.field == "password"


def test_a_good_one_is_not() -> None:
    check_password("Sample-1234")


async def test_a_hash_is_proved_by_its_own_rule() -> None:
    hashed = hash_password("Sample-1234")
    assert (await prove("Sample-1234", hashed), await prove("Sample-1235", hashed)) == (True, False)
    assert (await prove("Sample-1234", BCRYPT), await prove("Sample-1235", BCRYPT)) == (True, False)
    assert not await prove("Sample-1234", "no hash at all")
    assert (needs_rehash(hashed), needs_rehash(BCRYPT)) == (False, True)


async def test_nobodys_password_costs_as_much_to_refuse(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    verify = argon2.PasswordHasher.verify

    def counted(self: argon2.PasswordHasher, hashed: str, password: str) -> bool:
        asked.append(hashed)
        return verify(self, hashed, password)

    monkeypatch.setattr(argon2.PasswordHasher, "verify", counted)
    assert not await prove("nobody's", None), "also with the very password of the stand-in"
    assert asked[0].startswith("$argon2id$")
    assert len(asked) == 1
