"""The door: every change of a workflow state goes through here, is logged, chained and told."""

from civic.ledger.door import create, create_many, lock, moves, new, perform, verify_seen
from civic.ledger.projection import refresh

__all__ = ["create", "create_many", "lock", "moves", "new", "perform", "refresh", "verify_seen"]
