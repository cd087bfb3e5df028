"""The declarative base, the session and the few column shapes every table shares."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Annotated, Any

from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import DateTime, MetaData, Text
from sqlalchemy.dialects.postgresql import JSONB, UUID
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, registry

from civic.kit.clock import now
from civic.kit.ids import uuid7

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}

Instant = Annotated[datetime, mapped_column(DateTime(timezone=True))]
"""An aware instant, UTC."""


class Base(DeclarativeBase):
    """Base of all tables: naming of constraints and the Python → PostgreSQL types."""

    # one registry with everything in it: Flask-SQLAlchemy copies this class, and SQLAlchemy 2.1 refuses a copied
    # type map beside a registry
    registry = registry(
        metadata=MetaData(naming_convention=NAMING),
        type_annotation_map={
            str: Text,
            datetime: DateTime(timezone=True),
            dict[str, Any]: JSONB,
            list[Any]: JSONB,
            uuid.UUID: UUID(as_uuid=True),
        },
    )


class Keyed:
    """A UUIDv7 primary key and the moment of creation."""

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid7)
    created_at: Mapped[datetime] = mapped_column(default=now)


class Stated:
    """A row whose state is written by the door only. `event_id` is the last event that touched it (stale check)."""

    state: Mapped[str]
    event_id: Mapped[int] = mapped_column(default=0)


db = SQLAlchemy(model_class=Base)
