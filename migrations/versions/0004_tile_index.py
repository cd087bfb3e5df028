"""Tiles of one kind of problem are found by the kind, not by reading the cells of every kind in a tile."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = '0004'
down_revision = '0003'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index('ix_tile_cells_category', 'tile_cells', ['layer', 'level', 'category', 'x', 'y'], unique=False,
                    postgresql_include=['state', 'stage', 'outcome', 'town', 'n', 'sx', 'sy'], postgresql_where=sa.text("kind = 'c'"))


def downgrade() -> None:
    op.drop_index('ix_tile_cells_category', table_name='tile_cells', postgresql_where=sa.text("kind = 'c'"))
