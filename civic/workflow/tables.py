"""All seven machines by name: the one place that lists them."""

from __future__ import annotations

from collections.abc import Mapping

from civic.kit.result import NotFound
from civic.workflow import assignment, case, coverage, exposure, publication, referral, tip
from civic.workflow.machine import Machine

MACHINES: Mapping[str, Machine] = {
    module.MACHINE.name: module.MACHINE
    for module in (tip, case, exposure, assignment, referral, coverage, publication)
}


def machine(name: str) -> Machine:
    """The machine of that name; NotFound for any other word."""
    try:
        return MACHINES[name]
    except KeyError:
        raise NotFound() from None
