"""The roll-up of kinds of problem is found by the kind, not by reading the rows of every kind in a tile."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = '0004'
down_revision = '0003'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index('ix_tile_cells_category', 'tile_cells', ['layer', 'level', 'category', 'stage', 'x', 'y'], unique=False,
                    postgresql_include=['n', 'sx', 'sy'], postgresql_where=sa.text("kind = 'c'"))


def downgrade() -> None:
    op.drop_index('ix_tile_cells_category', table_name='tile_cells', postgresql_where=sa.text("kind = 'c'"))
