"""governance."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from geoalchemy2 import Geometry
from sqlalchemy.dialects import postgresql

revision = '0002'
down_revision = '0001'
branch_labels = None
depends_on = None


TILES = """
CREATE FUNCTION tile_x(v double precision) RETURNS integer LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
$$ SELECT floor((v + 20037508.342789244) / 9.554628535647032)::integer $$;

CREATE FUNCTION tile_y(v double precision) RETURNS integer LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
$$ SELECT floor((20037508.342789244 - v) / 9.554628535647032)::integer $$;

CREATE FUNCTION tile_spots() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.public_spot := ST_Transform(NEW.public_point, 3857);
  NEW.spot := ST_Transform(coalesce(NEW.point, (
    SELECT ST_SetSRID(ST_MakePoint(t.lng, t.lat), 4326) FROM towns t
    WHERE t.code = NEW.town AND t.lng IS NOT NULL AND t.lat IS NOT NULL
    ORDER BY t.valid_from DESC NULLS LAST LIMIT 1)), 3857);
  RETURN NEW;
END $$;

CREATE FUNCTION tile_rows(c cases) RETURNS TABLE (layer smallint, x integer, y integer, mx bigint, my bigint, state text,
  stage text, outcome text, town text, category text, month text) LANGUAGE sql STABLE AS $$
  SELECT l.layer, coalesce(tile_x(ST_X(l.g)), -1), coalesce(tile_y(ST_Y(l.g)), -1), coalesce(round(ST_X(l.g) * 10), 0)::bigint,
    coalesce(round(ST_Y(l.g) * 10), 0)::bigint, c.state, c.stage, coalesce(c.resolution, ''), coalesce(c.town, ''),
    coalesce(c.category, ''), to_char(timezone('Asia/Shanghai', c.opened_at), 'YYYY-MM')
  FROM (VALUES (0::smallint, c.public_spot, c.exposure = 'public' AND c.state <> 'merged'), (1::smallint, c.spot, true))
    AS l (layer, g, there)
  WHERE l.there $$;

CREATE FUNCTION tile_note() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE gone boolean := false; changed integer := 0;
BEGIN
  IF TG_OP = 'UPDATE' THEN
    gone := OLD.exposure = 'public' AND OLD.state <> 'merged' AND (NEW.exposure <> 'public' OR NEW.state = 'merged');
  ELSIF TG_OP = 'DELETE' THEN
    gone := OLD.exposure = 'public';
  END IF;
  IF TG_OP = 'INSERT' THEN
    INSERT INTO tile_deltas (layer, n, hidden, x, y, mx, my, state, stage, outcome, town, category, month)
      SELECT r.layer, 1, false, r.x, r.y, r.mx, r.my, r.state, r.stage, r.outcome, r.town, r.category, r.month FROM tile_rows(NEW) r;
  ELSIF TG_OP = 'DELETE' THEN
    INSERT INTO tile_deltas (layer, n, hidden, x, y, mx, my, state, stage, outcome, town, category, month)
      SELECT r.layer, -1, gone AND r.layer = 0, r.x, r.y, r.mx, r.my, r.state, r.stage, r.outcome, r.town, r.category, r.month
      FROM tile_rows(OLD) r;
  ELSE
    INSERT INTO tile_deltas (layer, n, hidden, x, y, mx, my, state, stage, outcome, town, category, month)
      SELECT r.layer, r.n, gone AND r.layer = 0, r.x, r.y, r.mx, r.my, r.state, r.stage, r.outcome, r.town, r.category, r.month FROM (
        (SELECT -1 AS n, a.* FROM tile_rows(OLD) a EXCEPT SELECT -1, b.* FROM tile_rows(NEW) b)
        UNION ALL
        (SELECT 1, b.* FROM tile_rows(NEW) b EXCEPT SELECT 1, a.* FROM tile_rows(OLD) a)) r;
    GET DIAGNOSTICS changed = ROW_COUNT;
    IF changed = 0 THEN
      INSERT INTO tile_deltas (layer, n, hidden, x, y, mx, my, state, stage, outcome, town, category, month)
        VALUES (-1, 0, false, -1, -1, 0, 0, '', '', '', '', '', '');
    END IF;
  END IF;
  RETURN NULL;
END $$;

CREATE VIEW tile_levels AS SELECT * FROM (VALUES (0, ''), (0, 'c'), (0, 'm'), (12, ''), (12, 'c'), (12, 'm'), (15, ''), (15, 'c'),
  (17, '')) AS l (level, kind);

CREATE FUNCTION tile_fold(most integer) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE handled integer;
BEGIN
  IF NOT pg_try_advisory_xact_lock(7304412) THEN
    RETURN 0;
  END IF;
  WITH gone AS (
    DELETE FROM tile_deltas WHERE id IN (SELECT id FROM tile_deltas ORDER BY id LIMIT most) RETURNING *
  ), added AS (
    INSERT INTO tile_cells AS t (layer, level, kind, x, y, state, stage, outcome, town, category, month, n, sx, sy)
    SELECT g.layer, l.level, l.kind, CASE WHEN l.level = 0 THEN 0 ELSE g.x >> (22 - l.level) END AS cx,
      CASE WHEN l.level = 0 THEN 0 ELSE g.y >> (22 - l.level) END AS cy, g.state, g.stage, g.outcome, g.town,
      CASE WHEN l.kind = 'c' THEN g.category ELSE '' END AS cat, CASE WHEN l.kind = 'm' THEN g.month ELSE '' END AS mon,
      sum(g.n), sum(g.n * g.mx), sum(g.n * g.my)
    FROM gone g CROSS JOIN tile_levels l WHERE g.n <> 0 AND (l.level = 0 OR g.x >= 0)
    GROUP BY g.layer, l.level, l.kind, cx, cy, g.state, g.stage, g.outcome, g.town, cat, mon
    ON CONFLICT (layer, level, kind, x, y, state, stage, outcome, town, category, month)
      DO UPDATE SET n = t.n + excluded.n, sx = t.sx + excluded.sx, sy = t.sy + excluded.sy
  ), noted AS (
    UPDATE tile_state SET folded = folded + (SELECT count(*) FROM gone), last = greatest(last, (SELECT max(id) FROM gone)),
      hidden = hidden + (SELECT count(*) FROM gone WHERE gone.hidden) WHERE EXISTS (SELECT 1 FROM gone)
  )
  SELECT count(*) INTO handled FROM gone;
  DELETE FROM tile_cells WHERE n = 0;
  RETURN handled;
END $$;

CREATE FUNCTION tile_rebuild() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_advisory_xact_lock(7304412);
  LOCK TABLE cases IN SHARE ROW EXCLUSIVE MODE;
  WITH gone AS (DELETE FROM tile_deltas RETURNING *)
    UPDATE tile_state SET folded = folded + 1 + (SELECT count(*) FROM gone), last = greatest(last, (SELECT max(id) FROM gone)),
      hidden = hidden + (SELECT count(*) FROM gone WHERE gone.hidden);
  DELETE FROM tile_cells;
  INSERT INTO tile_cells (layer, level, kind, x, y, state, stage, outcome, town, category, month, n, sx, sy)
    SELECT r.layer, l.level, l.kind, CASE WHEN l.level = 0 THEN 0 ELSE r.x >> (22 - l.level) END AS cx,
      CASE WHEN l.level = 0 THEN 0 ELSE r.y >> (22 - l.level) END AS cy, r.state, r.stage, r.outcome, r.town,
      CASE WHEN l.kind = 'c' THEN r.category ELSE '' END AS cat, CASE WHEN l.kind = 'm' THEN r.month ELSE '' END AS mon,
      count(*), sum(r.mx), sum(r.my)
    FROM cases c CROSS JOIN LATERAL tile_rows(c) r CROSS JOIN tile_levels l WHERE l.level = 0 OR r.x >= 0
    GROUP BY r.layer, l.level, l.kind, cx, cy, r.state, r.stage, r.outcome, r.town, cat, mon;
END $$;

INSERT INTO tile_state (name, folded, last, hidden) VALUES ('tiles', 0, 0, 0);

CREATE TRIGGER cases_tile_spots BEFORE INSERT OR UPDATE OF point, public_point, town ON cases
  FOR EACH ROW EXECUTE FUNCTION tile_spots();

UPDATE cases SET town = town;

SELECT tile_rebuild();

CREATE TRIGGER cases_tile_note AFTER INSERT OR UPDATE OR DELETE ON cases FOR EACH ROW EXECUTE FUNCTION tile_note();
"""


def upgrade() -> None:
    # ### commands auto generated by Alembic - please adjust! ###
    op.create_table('area_states',
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('upto', sa.BigInteger(), nullable=False),
    sa.Column('whole_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('changed_at', sa.DateTime(timezone=True), nullable=True),
    sa.PrimaryKeyConstraint('name', name=op.f('pk_area_states'))
    )
    op.create_table('history_sources',
    sa.Column('code', sa.Text(), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('note', sa.Text(), nullable=False),
    sa.Column('public', sa.Boolean(), nullable=False),
    sa.Column('as_of', sa.DateTime(timezone=True), nullable=True),
    sa.Column('changed_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('summed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('upto', sa.BigInteger(), nullable=False),
    sa.Column('id', sa.UUID(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_history_sources')),
    sa.UniqueConstraint('code', name=op.f('uq_history_sources_code'))
    )
    op.create_geospatial_table('place_names',
    sa.Column('kind', sa.Text(), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('code', sa.Text(), nullable=False),
    sa.Column('town', sa.Text(), nullable=False),
    sa.Column('village', sa.Text(), nullable=True),
    sa.Column('spot', Geometry(geometry_type='POINT', srid=4326, dimension=2, spatial_index=False, from_text='ST_GeomFromEWKT', name='geometry'), nullable=True),
    sa.Column('approx', sa.Boolean(), nullable=False),
    sa.Column('source', sa.Text(), nullable=False),
    sa.Column('pinyin', sa.Text(), nullable=False),
    sa.Column('sound', sa.Text(), nullable=False),
    sa.Column('initials', sa.Text(), nullable=False),
    sa.Column('id', sa.UUID(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint("kind IN ('town','village','area','road','landmark')", name=op.f('ck_place_names_kind')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_place_names'))
    )
    op.create_index('ix_place_names_initials', 'place_names', ['initials'], unique=False, postgresql_ops={'initials': 'text_pattern_ops'})
    op.create_index('ix_place_names_pinyin', 'place_names', ['pinyin'], unique=False, postgresql_using='gin', postgresql_ops={'pinyin': 'gin_trgm_ops'})
    op.create_index('ix_place_names_sound', 'place_names', ['sound'], unique=False, postgresql_using='gin', postgresql_ops={'sound': 'gin_trgm_ops'})
    op.create_index('uq_place_names_once', 'place_names', ['kind', 'name', 'code', 'town'], unique=True)
    op.create_table('tile_cells',
    sa.Column('layer', sa.SmallInteger(), nullable=False),
    sa.Column('level', sa.SmallInteger(), nullable=False),
    sa.Column('kind', sa.Text(), nullable=False),
    sa.Column('x', sa.Integer(), nullable=False),
    sa.Column('y', sa.Integer(), nullable=False),
    sa.Column('state', sa.Text(), nullable=False),
    sa.Column('stage', sa.Text(), nullable=False),
    sa.Column('outcome', sa.Text(), nullable=False),
    sa.Column('town', sa.Text(), nullable=False),
    sa.Column('category', sa.Text(), nullable=False),
    sa.Column('month', sa.Text(), nullable=False),
    sa.Column('n', sa.Integer(), nullable=False),
    sa.Column('sx', sa.BigInteger(), nullable=False),
    sa.Column('sy', sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint('layer', 'level', 'kind', 'x', 'y', 'state', 'stage', 'outcome', 'town', 'category', 'month', name=op.f('pk_tile_cells'))
    )
    op.create_index('ix_tile_cells_none', 'tile_cells', ['n'], unique=False, postgresql_where=sa.text('n = 0'))
    op.create_table('tile_deltas',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=True), nullable=False),
    sa.Column('layer', sa.SmallInteger(), nullable=False),
    sa.Column('n', sa.SmallInteger(), nullable=False),
    sa.Column('hidden', sa.Boolean(), nullable=False),
    sa.Column('x', sa.Integer(), nullable=False),
    sa.Column('y', sa.Integer(), nullable=False),
    sa.Column('mx', sa.BigInteger(), nullable=False),
    sa.Column('my', sa.BigInteger(), nullable=False),
    sa.Column('state', sa.Text(), nullable=False),
    sa.Column('stage', sa.Text(), nullable=False),
    sa.Column('outcome', sa.Text(), nullable=False),
    sa.Column('town', sa.Text(), nullable=False),
    sa.Column('category', sa.Text(), nullable=False),
    sa.Column('month', sa.Text(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_tile_deltas'))
    )
    op.create_table('tile_state',
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('folded', sa.BigInteger(), nullable=False),
    sa.Column('last', sa.BigInteger(), nullable=False),
    sa.Column('hidden', sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint('name', name=op.f('pk_tile_state'))
    )
    op.create_table('area_imports',
    sa.Column('file_name', sa.Text(), nullable=False),
    sa.Column('digest', sa.Text(), nullable=False),
    sa.Column('kind', sa.Text(), nullable=False),
    sa.Column('datum', sa.Text(), nullable=False),
    sa.Column('source', sa.Text(), nullable=False),
    sa.Column('state', sa.Text(), nullable=False),
    sa.Column('payload', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('counts', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('end_missing', sa.Boolean(), nullable=False),
    sa.Column('by_user_id', sa.UUID(), nullable=True),
    sa.Column('applied_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('id', sa.UUID(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint("state IN ('draft','applied','dropped')", name=op.f('ck_area_imports_state')),
    sa.ForeignKeyConstraint(['by_user_id'], ['users.id'], name=op.f('fk_area_imports_by_user_id_users'), ondelete='SET NULL'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_area_imports'))
    )
    op.create_index('ix_area_imports_created', 'area_imports', ['created_at'], unique=False)
    op.create_table('hand_overs',
    sa.Column('department', sa.Text(), nullable=False),
    sa.Column('from_user_id', sa.UUID(), nullable=True),
    sa.Column('from_name', sa.Text(), nullable=False),
    sa.Column('note', sa.Text(), nullable=False),
    sa.Column('orders', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('taken_by', sa.UUID(), nullable=True),
    sa.Column('taken_name', sa.Text(), nullable=False),
    sa.Column('taken_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('replaced_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('id', sa.UUID(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['from_user_id'], ['users.id'], name=op.f('fk_hand_overs_from_user_id_users'), ondelete='SET NULL'),
    sa.ForeignKeyConstraint(['taken_by'], ['users.id'], name=op.f('fk_hand_overs_taken_by_users'), ondelete='SET NULL'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_hand_overs'))
    )
    op.create_index('ix_hand_overs_department', 'hand_overs', ['department', 'created_at'], unique=False)
    op.create_table('history_records',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=True), nullable=False),
    sa.Column('source_id', sa.UUID(), nullable=False),
    sa.Column('number', sa.Text(), nullable=False),
    sa.Column('opened_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('closed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('due_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('month', sa.Text(), nullable=False),
    sa.Column('unit', sa.Text(), nullable=False),
    sa.Column('kind', sa.Text(), nullable=False),
    sa.Column('area', sa.Text(), nullable=False),
    sa.Column('channel', sa.Text(), nullable=False),
    sa.Column('passed_on', sa.Integer(), nullable=True),
    sa.Column('chain', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('excluded', sa.Text(), nullable=False),
    sa.Column('print', sa.Text(), nullable=False),
    sa.CheckConstraint("excluded IN ('','backwards')", name=op.f('ck_history_records_excluded')),
    sa.CheckConstraint('passed_on >= 0', name=op.f('ck_history_records_passed_on')),
    sa.ForeignKeyConstraint(['source_id'], ['history_sources.id'], name=op.f('fk_history_records_source_id_history_sources'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_history_records')),
    sa.UniqueConstraint('source_id', 'number', name=op.f('uq_history_records_source_id_number'))
    )
    op.create_index('ix_history_records_area', 'history_records', ['source_id', 'area'], unique=False)
    op.create_index('ix_history_records_kind', 'history_records', ['source_id', 'kind'], unique=False)
    op.create_index('ix_history_records_month', 'history_records', ['source_id', 'month'], unique=False)
    op.create_index('ix_history_records_opened', 'history_records', ['source_id', 'opened_at', 'id'], unique=False)
    op.create_index('ix_history_records_unit', 'history_records', ['source_id', 'unit'], unique=False)
    op.create_table('history_sums',
    sa.Column('source_id', sa.UUID(), nullable=False),
    sa.Column('cut', sa.Text(), nullable=False),
    sa.Column('key', sa.Text(), nullable=False),
    sa.Column('counts', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('times', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.CheckConstraint("cut IN ('','unit','kind','area','month')", name=op.f('ck_history_sums_cut')),
    sa.ForeignKeyConstraint(['source_id'], ['history_sources.id'], name=op.f('fk_history_sums_source_id_history_sources'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('source_id', 'cut', 'key', name=op.f('pk_history_sums'))
    )
    op.create_table('list_entries',
    sa.Column('period', sa.Text(), nullable=False),
    sa.Column('kind', sa.Text(), nullable=False),
    sa.Column('department', sa.Text(), nullable=False),
    sa.Column('peers', sa.Text(), nullable=False),
    sa.Column('reasons', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('figures', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('evidence', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('noticed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('object_until', sa.DateTime(timezone=True), nullable=True),
    sa.Column('objection', sa.Text(), nullable=False),
    sa.Column('objected_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('objected_by', sa.UUID(), nullable=True),
    sa.Column('decision', sa.Text(), nullable=False),
    sa.Column('decided_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('decided_by', sa.UUID(), nullable=True),
    sa.Column('published_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('published_by', sa.UUID(), nullable=True),
    sa.Column('expires_on', sa.Date(), nullable=True),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('corrections', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('is_demo', sa.Boolean(), nullable=False),
    sa.Column('id', sa.UUID(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('state', sa.Text(), nullable=False),
    sa.Column('event_id', sa.Integer(), nullable=False),
    sa.CheckConstraint("kind IN ('red','improve')", name=op.f('ck_list_entries_kind')),
    sa.CheckConstraint("state IN ('draft','noticed','objected','ready','published','struck','expired')", name=op.f('ck_list_entries_state')),
    sa.ForeignKeyConstraint(['decided_by'], ['users.id'], name=op.f('fk_list_entries_decided_by_users')),
    sa.ForeignKeyConstraint(['objected_by'], ['users.id'], name=op.f('fk_list_entries_objected_by_users')),
    sa.ForeignKeyConstraint(['published_by'], ['users.id'], name=op.f('fk_list_entries_published_by_users')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_list_entries')),
    sa.UniqueConstraint('period', 'kind', 'department', name=op.f('uq_list_entries_period_kind_department'))
    )
    op.create_index('ix_list_entries_state', 'list_entries', ['state', 'period', 'id'], unique=False)
    op.create_index('ix_list_entries_unit', 'list_entries', ['department', 'period', 'id'], unique=False)
    op.create_table('order_exports',
    sa.Column('user_id', sa.UUID(), nullable=True),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('departments', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('kind', sa.Text(), nullable=False),
    sa.Column('filters', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('numbers', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('total', sa.Integer(), nullable=False),
    sa.Column('done', sa.Integer(), nullable=False),
    sa.Column('stage', sa.Text(), nullable=False),
    sa.Column('file', sa.Text(), nullable=True),
    sa.Column('gone_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('id', sa.UUID(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint("kind IN ('csv','xlsx','print','zip')", name=op.f('ck_order_exports_kind')),
    sa.CheckConstraint("stage IN ('running','ready','failed','gone')", name=op.f('ck_order_exports_stage')),
    sa.ForeignKeyConstraint(['user_id'], ['users.id'], name=op.f('fk_order_exports_user_id_users'), ondelete='SET NULL'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_order_exports'))
    )
    op.create_index('ix_order_exports_user', 'order_exports', ['user_id', 'created_at'], unique=False)
    op.create_table('routing_rules',
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('active', sa.Boolean(), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('category', sa.Text(), nullable=True),
    sa.Column('town', sa.Text(), nullable=True),
    sa.Column('village', sa.Text(), nullable=True),
    sa.Column('weekdays', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('from_time', sa.Time(), nullable=True),
    sa.Column('to_time', sa.Time(), nullable=True),
    sa.Column('from_on', sa.Date(), nullable=True),
    sa.Column('to_on', sa.Date(), nullable=True),
    sa.Column('words', postgresql.ARRAY(sa.Text()), nullable=False),
    sa.Column('department', sa.Text(), nullable=False),
    sa.Column('duty', sa.Text(), nullable=False),
    sa.Column('sla', sa.Text(), nullable=True),
    sa.Column('note', sa.Text(), nullable=False),
    sa.Column('changed_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('changed_by', sa.UUID(), nullable=True),
    sa.Column('id', sa.UUID(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint("duty IN ('lead','partner')", name=op.f('ck_routing_rules_duty')),
    sa.CheckConstraint('(from_time IS NULL) = (to_time IS NULL)', name=op.f('ck_routing_rules_times')),
    sa.CheckConstraint('to_on >= from_on', name=op.f('ck_routing_rules_dates')),
    sa.ForeignKeyConstraint(['changed_by'], ['users.id'], name=op.f('fk_routing_rules_changed_by_users')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_routing_rules')),
    sa.UniqueConstraint('position', deferrable=True, initially='DEFERRED', name=op.f('uq_routing_rules_position'))
    )
    op.create_geospatial_table('stubborn',
    sa.Column('category', sa.Text(), nullable=False),
    sa.Column('town', sa.Text(), nullable=True),
    sa.Column('subject', sa.Text(), nullable=True),
    sa.Column('point', Geometry(geometry_type='POINT', srid=4326, dimension=2, spatial_index=False, from_text='ST_GeomFromEWKT', name='geometry'), nullable=True),
    sa.Column('found_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('cases', sa.Integer(), nullable=False),
    sa.Column('theme', sa.Text(), nullable=False),
    sa.Column('theme_note', sa.Text(), nullable=False),
    sa.Column('decided_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('decided_by', sa.UUID(), nullable=True),
    sa.Column('is_demo', sa.Boolean(), nullable=False),
    sa.Column('id', sa.UUID(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint("theme IN ('proposed','taken','left')", name=op.f('ck_stubborn_theme')),
    sa.ForeignKeyConstraint(['decided_by'], ['users.id'], name=op.f('fk_stubborn_decided_by_users')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_stubborn'))
    )
    op.create_index('ix_stubborn_category', 'stubborn', ['category', 'found_at'], unique=False)
    op.create_index('ix_stubborn_list', 'stubborn', ['found_at', 'id'], unique=False)
    op.create_geospatial_index('ix_stubborn_point', 'stubborn', ['point'], unique=False, postgresql_using='gist', postgresql_ops={})
    op.create_table('themes',
    sa.Column('month', sa.Text(), nullable=False),
    sa.Column('title', sa.Text(), nullable=False),
    sa.Column('lead', sa.Text(), nullable=False),
    sa.Column('goal', sa.Text(), nullable=False),
    sa.Column('public', sa.Boolean(), nullable=False),
    sa.Column('opened_by', sa.UUID(), nullable=True),
    sa.Column('published_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('published_by', sa.UUID(), nullable=True),
    sa.Column('closed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('closed_by', sa.UUID(), nullable=True),
    sa.Column('report', sa.Text(), nullable=False),
    sa.Column('is_demo', sa.Boolean(), nullable=False),
    sa.Column('id', sa.UUID(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint("month ~ '^\\d{4}-(0[1-9]|1[0-2])$'", name=op.f('ck_themes_month')),
    sa.ForeignKeyConstraint(['closed_by'], ['users.id'], name=op.f('fk_themes_closed_by_users')),
    sa.ForeignKeyConstraint(['opened_by'], ['users.id'], name=op.f('fk_themes_opened_by_users')),
    sa.ForeignKeyConstraint(['published_by'], ['users.id'], name=op.f('fk_themes_published_by_users')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_themes'))
    )
    op.create_index('ix_themes_month', 'themes', ['month', 'id'], unique=False)
    op.create_table('typhoon_modes',
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.Column('notice', sa.Text(), nullable=False),
    sa.Column('started_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('started_by', sa.UUID(), nullable=True),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('ended_by', sa.UUID(), nullable=True),
    sa.Column('is_demo', sa.Boolean(), nullable=False),
    sa.Column('id', sa.UUID(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint('ended_at >= started_at', name=op.f('ck_typhoon_modes_order')),
    sa.ForeignKeyConstraint(['ended_by'], ['users.id'], name=op.f('fk_typhoon_modes_ended_by_users')),
    sa.ForeignKeyConstraint(['started_by'], ['users.id'], name=op.f('fk_typhoon_modes_started_by_users')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_typhoon_modes'))
    )
    op.create_index('uq_typhoon_modes_running', 'typhoon_modes', [sa.literal_column('(ended_at IS NULL)')], unique=True, postgresql_where=sa.text('ended_at IS NULL'))
    op.create_table('unit_duties',
    sa.Column('department', sa.Text(), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('phone', sa.Text(), nullable=False),
    sa.Column('user_id', sa.UUID(), nullable=True),
    sa.Column('kind', sa.Text(), nullable=False),
    sa.Column('starts_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('ends_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('note', sa.Text(), nullable=False),
    sa.Column('made_by', sa.UUID(), nullable=True),
    sa.Column('id', sa.UUID(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint("kind IN ('day','night')", name=op.f('ck_unit_duties_kind')),
    sa.CheckConstraint('ends_at > starts_at', name=op.f('ck_unit_duties_forward')),
    sa.ForeignKeyConstraint(['made_by'], ['users.id'], name=op.f('fk_unit_duties_made_by_users'), ondelete='SET NULL'),
    sa.ForeignKeyConstraint(['user_id'], ['users.id'], name=op.f('fk_unit_duties_user_id_users'), ondelete='SET NULL'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_unit_duties'))
    )
    op.create_index(op.f('ix_unit_duties_user_id'), 'unit_duties', ['user_id'], unique=False)
    op.create_index('ix_unit_duties_when', 'unit_duties', ['department', 'ends_at', 'starts_at'], unique=False)
    op.create_table('unit_paragraphs',
    sa.Column('department', sa.Text(), nullable=False),
    sa.Column('title', sa.Text(), nullable=False),
    sa.Column('text', sa.Text(), nullable=False),
    sa.Column('uses', sa.Integer(), nullable=False),
    sa.Column('changed_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('changed_by', sa.UUID(), nullable=True),
    sa.Column('changed_name', sa.Text(), nullable=False),
    sa.Column('id', sa.UUID(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['changed_by'], ['users.id'], name=op.f('fk_unit_paragraphs_changed_by_users'), ondelete='SET NULL'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_unit_paragraphs')),
    sa.UniqueConstraint('department', 'title', name=op.f('uq_unit_paragraphs_department_title'))
    )
    op.create_geospatial_table('areas',
    sa.Column('kind', sa.Text(), nullable=False),
    sa.Column('code', sa.Text(), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('town', sa.Text(), nullable=True),
    sa.Column('geom', Geometry(geometry_type='MULTIPOLYGON', srid=4326, dimension=2, spatial_index=False, from_text='ST_GeomFromEWKT', name='geometry'), nullable=True),
    sa.Column('approx', sa.Boolean(), nullable=False),
    sa.Column('source', sa.Text(), nullable=False),
    sa.Column('src_datum', sa.Text(), nullable=False),
    sa.Column('km2', sa.Double(), nullable=True),
    sa.Column('import_id', sa.UUID(), nullable=True),
    sa.Column('valid_from', sa.Date(), nullable=True),
    sa.Column('valid_to', sa.Date(), nullable=True),
    sa.Column('id', sa.UUID(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    postgresql.ExcludeConstraint((sa.literal_column('kind'), '='), (sa.literal_column('code'), '='), (sa.literal_column("daterange(valid_from, valid_to, '[)')"), '&&'), using='gist', name='ex_areas_validity'),
    sa.CheckConstraint("kind IN ('town','village','future','grid','custom')", name=op.f('ck_areas_kind')),
    sa.CheckConstraint('valid_to >= valid_from', name=op.f('ck_areas_validity')),
    sa.ForeignKeyConstraint(['import_id'], ['area_imports.id'], name=op.f('fk_areas_import_id_area_imports')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_areas'))
    )
    op.create_index('ix_areas_code', 'areas', ['kind', 'code'], unique=False)
    op.create_geospatial_index('ix_areas_geom', 'areas', ['geom'], unique=False, postgresql_using='gist', postgresql_ops={})
    op.create_index('ix_areas_town', 'areas', ['town', 'kind'], unique=False)
    op.create_table('external_handlings',
    sa.Column('case_id', sa.UUID(), nullable=False),
    sa.Column('channel', sa.Text(), nullable=False),
    sa.Column('external_no', sa.Text(), nullable=False),
    sa.Column('handed_on', sa.Date(), nullable=False),
    sa.Column('note', sa.Text(), nullable=False),
    sa.Column('handed_by', sa.UUID(), nullable=True),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('end_reason', sa.Text(), nullable=False),
    sa.Column('id', sa.UUID(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['case_id'], ['cases.id'], name=op.f('fk_external_handlings_case_id_cases')),
    sa.ForeignKeyConstraint(['handed_by'], ['users.id'], name=op.f('fk_external_handlings_handed_by_users')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_external_handlings')),
    sa.UniqueConstraint('channel', 'external_no', name=op.f('uq_external_handlings_channel_external_no'))
    )
    op.create_index('ix_external_handlings_case', 'external_handlings', ['case_id', 'created_at'], unique=False)
    op.create_index('uq_external_handlings_active', 'external_handlings', ['case_id'], unique=True, postgresql_where=sa.text('ended_at IS NULL'))
    op.create_table('stubborn_cases',
    sa.Column('stubborn_id', sa.UUID(), nullable=False),
    sa.Column('case_id', sa.UUID(), nullable=False),
    sa.Column('root_cause', sa.Text(), nullable=False),
    sa.ForeignKeyConstraint(['case_id'], ['cases.id'], name=op.f('fk_stubborn_cases_case_id_cases'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['stubborn_id'], ['stubborn.id'], name=op.f('fk_stubborn_cases_stubborn_id_stubborn'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('stubborn_id', 'case_id', name=op.f('pk_stubborn_cases'))
    )
    op.create_index(op.f('ix_stubborn_cases_case_id'), 'stubborn_cases', ['case_id'], unique=False)
    op.create_table('theme_cases',
    sa.Column('theme_id', sa.UUID(), nullable=False),
    sa.Column('case_id', sa.UUID(), nullable=False),
    sa.Column('added_by', sa.UUID(), nullable=True),
    sa.Column('id', sa.UUID(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['added_by'], ['users.id'], name=op.f('fk_theme_cases_added_by_users')),
    sa.ForeignKeyConstraint(['case_id'], ['cases.id'], name=op.f('fk_theme_cases_case_id_cases'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['theme_id'], ['themes.id'], name=op.f('fk_theme_cases_theme_id_themes'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_theme_cases')),
    sa.UniqueConstraint('theme_id', 'case_id', name=op.f('uq_theme_cases_theme_id_case_id'))
    )
    op.create_index(op.f('ix_theme_cases_case_id'), 'theme_cases', ['case_id'], unique=False)
    op.create_table('unit_findings',
    sa.Column('department', sa.Text(), nullable=False),
    sa.Column('kind', sa.Text(), nullable=False),
    sa.Column('found_on', sa.Date(), nullable=False),
    sa.Column('case_id', sa.UUID(), nullable=True),
    sa.Column('text', sa.Text(), nullable=False),
    sa.Column('found_by', sa.UUID(), nullable=True),
    sa.Column('lifted_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('lifted_why', sa.Text(), nullable=False),
    sa.Column('id', sa.UUID(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint("kind IN ('leak')", name=op.f('ck_unit_findings_kind')),
    sa.ForeignKeyConstraint(['case_id'], ['cases.id'], name=op.f('fk_unit_findings_case_id_cases'), ondelete='SET NULL'),
    sa.ForeignKeyConstraint(['found_by'], ['users.id'], name=op.f('fk_unit_findings_found_by_users')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_unit_findings'))
    )
    op.create_index('ix_unit_findings_unit', 'unit_findings', ['department', 'found_on'], unique=False)
    op.create_table('case_areas',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=True), nullable=False),
    sa.Column('case_id', sa.UUID(), nullable=False),
    sa.Column('area_id', sa.UUID(), nullable=False),
    sa.Column('basis', sa.Text(), nullable=False),
    sa.Column('from_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('to_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint("basis IN ('point','stated')", name=op.f('ck_case_areas_basis')),
    sa.ForeignKeyConstraint(['area_id'], ['areas.id'], name=op.f('fk_case_areas_area_id_areas'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['case_id'], ['cases.id'], name=op.f('fk_case_areas_case_id_cases'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_case_areas'))
    )
    op.create_index('ix_case_areas_area', 'case_areas', ['area_id', 'case_id'], unique=False, postgresql_where=sa.text('to_at IS NULL'))
    op.create_index('ix_case_areas_case', 'case_areas', ['case_id', 'from_at'], unique=False)
    op.create_index('uq_case_areas_now', 'case_areas', ['case_id', 'area_id'], unique=True, postgresql_where=sa.text('to_at IS NULL'))
    op.create_table('conferences',
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('case_id', sa.UUID(), nullable=False),
    sa.Column('referral_id', sa.UUID(), nullable=False),
    sa.Column('units', postgresql.ARRAY(sa.Text()), nullable=False),
    sa.Column('opened_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('due_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('meets_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('meets_where', sa.Text(), nullable=False),
    sa.Column('participants', sa.Text(), nullable=False),
    sa.Column('minutes', sa.Text(), nullable=False),
    sa.Column('decision', sa.Text(), nullable=True),
    sa.Column('decided_unit', sa.Text(), nullable=True),
    sa.Column('basis', sa.Text(), nullable=False),
    sa.Column('public_text', sa.Text(), nullable=False),
    sa.Column('decided_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('decided_by', sa.UUID(), nullable=True),
    sa.Column('next_id', sa.UUID(), nullable=True),
    sa.Column('id', sa.UUID(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint("decision IN ('stay','move')", name=op.f('ck_conferences_decision')),
    sa.CheckConstraint('(decision IS NULL) = (decided_at IS NULL)', name=op.f('ck_conferences_decided')),
    sa.ForeignKeyConstraint(['case_id'], ['cases.id'], name=op.f('fk_conferences_case_id_cases')),
    sa.ForeignKeyConstraint(['decided_by'], ['users.id'], name=op.f('fk_conferences_decided_by_users')),
    sa.ForeignKeyConstraint(['next_id'], ['referrals.id'], name=op.f('fk_conferences_next_id_referrals')),
    sa.ForeignKeyConstraint(['referral_id'], ['referrals.id'], name=op.f('fk_conferences_referral_id_referrals')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_conferences')),
    sa.UniqueConstraint('case_id', 'number', name=op.f('uq_conferences_case_id_number'))
    )
    op.create_index(op.f('ix_conferences_case_id'), 'conferences', ['case_id'], unique=False)
    op.create_index('ix_conferences_decided', 'conferences', ['decided_at', 'id'], unique=False)
    op.create_index('ix_conferences_open', 'conferences', ['due_at'], unique=False, postgresql_where=sa.text('decided_at IS NULL'))
    op.create_index(op.f('ix_conferences_referral_id'), 'conferences', ['referral_id'], unique=False)
    op.create_table('contact_limits',
    sa.Column('tip_id', sa.UUID(), nullable=False),
    sa.Column('contact_hash', sa.LargeBinary(), nullable=True),
    sa.Column('ground', sa.Text(), nullable=False),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.Column('asked_by', sa.UUID(), nullable=False),
    sa.Column('decision', sa.Text(), nullable=False),
    sa.Column('decided_by', sa.UUID(), nullable=True),
    sa.Column('decided_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('until', sa.Date(), nullable=True),
    sa.Column('police_note', sa.Text(), nullable=False),
    sa.Column('id', sa.UUID(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint("decision IN ('asked','granted','refused')", name=op.f('ck_contact_limits_decision')),
    sa.CheckConstraint("ground IN ('flood','abuse','threat')", name=op.f('ck_contact_limits_ground')),
    sa.CheckConstraint('decided_by IS NULL OR decided_by <> asked_by', name=op.f('ck_contact_limits_two_people')),
    sa.ForeignKeyConstraint(['asked_by'], ['users.id'], name=op.f('fk_contact_limits_asked_by_users')),
    sa.ForeignKeyConstraint(['decided_by'], ['users.id'], name=op.f('fk_contact_limits_decided_by_users')),
    sa.ForeignKeyConstraint(['tip_id'], ['tips.id'], name=op.f('fk_contact_limits_tip_id_tips'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_contact_limits'))
    )
    op.create_index(op.f('ix_contact_limits_contact_hash'), 'contact_limits', ['contact_hash'], unique=False)
    op.create_index(op.f('ix_contact_limits_tip_id'), 'contact_limits', ['tip_id'], unique=False)
    op.create_table('demand_marks',
    sa.Column('referral_id', sa.UUID(), nullable=False),
    sa.Column('case_id', sa.UUID(), nullable=False),
    sa.Column('kind', sa.Text(), nullable=False),
    sa.Column('basis', sa.Text(), nullable=False),
    sa.Column('asked_by', sa.UUID(), nullable=True),
    sa.Column('decision', sa.Text(), nullable=False),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.Column('decided_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('decided_by', sa.UUID(), nullable=True),
    sa.Column('appealed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('appeal_tip_id', sa.UUID(), nullable=True),
    sa.Column('appeal_decision', sa.Text(), nullable=False),
    sa.Column('appeal_reason', sa.Text(), nullable=False),
    sa.Column('excluded', sa.Boolean(), nullable=False),
    sa.Column('id', sa.UUID(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint("appeal_decision IN ('','asked','upheld','overturned')", name=op.f('ck_demand_marks_appeal')),
    sa.CheckConstraint("decision IN ('asked','granted','refused')", name=op.f('ck_demand_marks_decision')),
    sa.CheckConstraint("kind IN ('unreasonable','beyond_duty')", name=op.f('ck_demand_marks_kind')),
    sa.ForeignKeyConstraint(['appeal_tip_id'], ['tips.id'], name=op.f('fk_demand_marks_appeal_tip_id_tips'), ondelete='SET NULL'),
    sa.ForeignKeyConstraint(['asked_by'], ['users.id'], name=op.f('fk_demand_marks_asked_by_users')),
    sa.ForeignKeyConstraint(['case_id'], ['cases.id'], name=op.f('fk_demand_marks_case_id_cases'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['decided_by'], ['users.id'], name=op.f('fk_demand_marks_decided_by_users')),
    sa.ForeignKeyConstraint(['referral_id'], ['referrals.id'], name=op.f('fk_demand_marks_referral_id_referrals'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_demand_marks')),
    sa.UniqueConstraint('referral_id', name=op.f('uq_demand_marks_referral_id'))
    )
    op.create_index(op.f('ix_demand_marks_case_id'), 'demand_marks', ['case_id'], unique=False)
    op.create_table('order_clocks',
    sa.Column('referral_id', sa.UUID(), nullable=False),
    sa.Column('kind', sa.Text(), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('term', sa.Text(), nullable=False),
    sa.Column('started_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('original_due_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('due_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('because', sa.Text(), nullable=False),
    sa.Column('met_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('id', sa.UUID(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint("kind IN ('contact','control','interim')", name=op.f('ck_order_clocks_kind')),
    sa.ForeignKeyConstraint(['referral_id'], ['referrals.id'], name=op.f('fk_order_clocks_referral_id_referrals'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_order_clocks')),
    sa.UniqueConstraint('referral_id', 'kind', 'number', name=op.f('uq_order_clocks_referral_id_kind_number'))
    )
    op.create_index(op.f('ix_order_clocks_referral_id'), 'order_clocks', ['referral_id'], unique=False)
    op.create_table('order_links',
    sa.Column('token_hash', sa.Text(), nullable=False),
    sa.Column('referral_id', sa.UUID(), nullable=False),
    sa.Column('department', sa.Text(), nullable=False),
    sa.Column('for_whom', sa.Text(), nullable=False),
    sa.Column('ask', sa.Text(), nullable=False),
    sa.Column('made_by', sa.UUID(), nullable=True),
    sa.Column('made_name', sa.Text(), nullable=False),
    sa.Column('by_desk', sa.Boolean(), nullable=False),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('used_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('revoked_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('revoked_name', sa.Text(), nullable=False),
    sa.Column('person', sa.Text(), nullable=False),
    sa.Column('phone', sa.Text(), nullable=False),
    sa.Column('text', sa.Text(), nullable=False),
    sa.Column('items', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('judged_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('judged_name', sa.Text(), nullable=False),
    sa.Column('verdict', sa.Text(), nullable=False),
    sa.Column('why', sa.Text(), nullable=False),
    sa.Column('id', sa.UUID(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint("verdict IN ('','used','aside')", name=op.f('ck_order_links_verdict')),
    sa.CheckConstraint('used_at IS NULL OR revoked_at IS NULL', name=op.f('ck_order_links_one_end')),
    sa.ForeignKeyConstraint(['made_by'], ['users.id'], name=op.f('fk_order_links_made_by_users'), ondelete='SET NULL'),
    sa.ForeignKeyConstraint(['referral_id'], ['referrals.id'], name=op.f('fk_order_links_referral_id_referrals'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_order_links')),
    sa.UniqueConstraint('token_hash', name=op.f('uq_order_links_token_hash'))
    )
    op.create_index(op.f('ix_order_links_referral_id'), 'order_links', ['referral_id'], unique=False)
    op.create_table('order_reports',
    sa.Column('referral_id', sa.UUID(), nullable=False),
    sa.Column('kind', sa.Text(), nullable=False),
    sa.Column('reported_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('reported_by', sa.UUID(), nullable=True),
    sa.Column('text', sa.Text(), nullable=False),
    sa.Column('late', sa.Boolean(), nullable=False),
    sa.Column('id', sa.UUID(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint("kind IN ('contact','control','interim')", name=op.f('ck_order_reports_kind')),
    sa.ForeignKeyConstraint(['referral_id'], ['referrals.id'], name=op.f('fk_order_reports_referral_id_referrals'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['reported_by'], ['users.id'], name=op.f('fk_order_reports_reported_by_users')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_order_reports'))
    )
    op.create_index(op.f('ix_order_reports_referral_id'), 'order_reports', ['referral_id'], unique=False)
    op.create_table('order_takes',
    sa.Column('referral_id', sa.UUID(), nullable=False),
    sa.Column('department', sa.Text(), nullable=False),
    sa.Column('user_id', sa.UUID(), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('released_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('id', sa.UUID(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['referral_id'], ['referrals.id'], name=op.f('fk_order_takes_referral_id_referrals'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['user_id'], ['users.id'], name=op.f('fk_order_takes_user_id_users'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_order_takes'))
    )
    op.create_index('uq_order_takes_live', 'order_takes', ['referral_id'], unique=True, postgresql_where=sa.text('released_at IS NULL'))
    op.create_table('repeats',
    sa.Column('tip_id', sa.UUID(), nullable=False),
    sa.Column('case_id', sa.UUID(), nullable=False),
    sa.Column('proposed_by', sa.UUID(), nullable=True),
    sa.Column('note', sa.Text(), nullable=False),
    sa.Column('state', sa.Text(), nullable=False),
    sa.Column('decided_by', sa.UUID(), nullable=True),
    sa.Column('decided_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('id', sa.UUID(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint("state IN ('proposed','confirmed','rejected')", name=op.f('ck_repeats_state')),
    sa.ForeignKeyConstraint(['case_id'], ['cases.id'], name=op.f('fk_repeats_case_id_cases')),
    sa.ForeignKeyConstraint(['decided_by'], ['users.id'], name=op.f('fk_repeats_decided_by_users')),
    sa.ForeignKeyConstraint(['proposed_by'], ['users.id'], name=op.f('fk_repeats_proposed_by_users')),
    sa.ForeignKeyConstraint(['tip_id'], ['tips.id'], name=op.f('fk_repeats_tip_id_tips'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_repeats'))
    )
    op.create_index(op.f('ix_repeats_case_id'), 'repeats', ['case_id'], unique=False)
    op.create_index(op.f('ix_repeats_tip_id'), 'repeats', ['tip_id'], unique=False)
    op.create_index('uq_repeats_open', 'repeats', ['tip_id'], unique=True, postgresql_where=sa.text("state = 'proposed'"))
    op.create_table('supervisions',
    sa.Column('referral_id', sa.UUID(), nullable=False),
    sa.Column('level', sa.Integer(), nullable=False),
    sa.Column('issued_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('issued_by', sa.UUID(), nullable=True),
    sa.Column('why', sa.Text(), nullable=False),
    sa.Column('requirement', sa.Text(), nullable=False),
    sa.Column('original_due_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('due_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('answered_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('answered_by', sa.UUID(), nullable=True),
    sa.Column('answer', sa.Text(), nullable=False),
    sa.Column('measures', sa.Text(), nullable=False),
    sa.Column('returns', sa.Integer(), nullable=False),
    sa.Column('decided_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('decided_by', sa.UUID(), nullable=True),
    sa.Column('note', sa.Text(), nullable=False),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('state', sa.Text(), nullable=False),
    sa.Column('id', sa.UUID(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint("state IN ('open','answered','returned','accepted','raised','ended')", name=op.f('ck_supervisions_state')),
    sa.CheckConstraint('level BETWEEN 1 AND 3', name=op.f('ck_supervisions_level')),
    sa.ForeignKeyConstraint(['answered_by'], ['users.id'], name=op.f('fk_supervisions_answered_by_users')),
    sa.ForeignKeyConstraint(['decided_by'], ['users.id'], name=op.f('fk_supervisions_decided_by_users')),
    sa.ForeignKeyConstraint(['issued_by'], ['users.id'], name=op.f('fk_supervisions_issued_by_users')),
    sa.ForeignKeyConstraint(['referral_id'], ['referrals.id'], name=op.f('fk_supervisions_referral_id_referrals'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_supervisions')),
    sa.UniqueConstraint('referral_id', 'level', name=op.f('uq_supervisions_referral_id_level'))
    )
    op.create_index('ix_supervisions_list', 'supervisions', ['state', 'due_at', 'id'], unique=False)
    op.create_index('uq_supervisions_live', 'supervisions', ['referral_id'], unique=True, postgresql_where=sa.text("state IN ('open','answered','returned')"))
    op.create_table('suspensions',
    sa.Column('referral_id', sa.UUID(), nullable=False),
    sa.Column('mode_id', sa.UUID(), nullable=False),
    sa.Column('started_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('id', sa.UUID(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['mode_id'], ['typhoon_modes.id'], name=op.f('fk_suspensions_mode_id_typhoon_modes')),
    sa.ForeignKeyConstraint(['referral_id'], ['referrals.id'], name=op.f('fk_suspensions_referral_id_referrals'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_suspensions'))
    )
    op.create_index('ix_suspensions_referral', 'suspensions', ['referral_id'], unique=False)
    op.create_index('uq_suspensions_running', 'suspensions', ['referral_id'], unique=True, postgresql_where=sa.text('ended_at IS NULL'))
    op.create_table('unit_notes',
    sa.Column('referral_id', sa.UUID(), nullable=False),
    sa.Column('department', sa.Text(), nullable=False),
    sa.Column('author_id', sa.UUID(), nullable=True),
    sa.Column('author_name', sa.Text(), nullable=False),
    sa.Column('text', sa.Text(), nullable=False),
    sa.Column('id', sa.UUID(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['author_id'], ['users.id'], name=op.f('fk_unit_notes_author_id_users'), ondelete='SET NULL'),
    sa.ForeignKeyConstraint(['referral_id'], ['referrals.id'], name=op.f('fk_unit_notes_referral_id_referrals'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_unit_notes'))
    )
    op.create_index(op.f('ix_unit_notes_referral_id'), 'unit_notes', ['referral_id'], unique=False)
    op.create_table('urges',
    sa.Column('case_id', sa.UUID(), nullable=False),
    sa.Column('tip_id', sa.UUID(), nullable=False),
    sa.Column('id', sa.UUID(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['case_id'], ['cases.id'], name=op.f('fk_urges_case_id_cases'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['tip_id'], ['tips.id'], name=op.f('fk_urges_tip_id_tips'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_urges'))
    )
    op.create_index(op.f('ix_urges_case_id'), 'urges', ['case_id'], unique=False)
    op.create_index('ix_urges_tip', 'urges', ['tip_id', 'created_at'], unique=False)
    op.create_table('answer_flags',
    sa.Column('answer_id', sa.UUID(), nullable=False),
    sa.Column('similarity', sa.Double(), nullable=False),
    sa.Column('alike_id', sa.UUID(), nullable=True),
    sa.Column('overlap', sa.Double(), nullable=False),
    sa.Column('warned', sa.Boolean(), nullable=False),
    sa.Column('confirmed_by', sa.UUID(), nullable=True),
    sa.Column('confirmed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('note', sa.Text(), nullable=False),
    sa.Column('id', sa.UUID(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['alike_id'], ['answers.id'], name=op.f('fk_answer_flags_alike_id_answers'), ondelete='SET NULL'),
    sa.ForeignKeyConstraint(['answer_id'], ['answers.id'], name=op.f('fk_answer_flags_answer_id_answers'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['confirmed_by'], ['users.id'], name=op.f('fk_answer_flags_confirmed_by_users')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_answer_flags')),
    sa.UniqueConstraint('answer_id', name=op.f('uq_answer_flags_answer_id'))
    )
    op.create_table('answer_reviews',
    sa.Column('answer_id', sa.UUID(), nullable=False),
    sa.Column('referral_id', sa.UUID(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('reviewer_id', sa.UUID(), nullable=True),
    sa.Column('itemised', sa.Boolean(), nullable=False),
    sa.Column('found', sa.Boolean(), nullable=False),
    sa.Column('basis', sa.Boolean(), nullable=False),
    sa.Column('action', sa.Boolean(), nullable=False),
    sa.Column('dated', sa.Boolean(), nullable=False),
    sa.Column('contact', sa.Boolean(), nullable=False),
    sa.Column('substantive', sa.Boolean(), nullable=False),
    sa.Column('passed', sa.Boolean(), nullable=False),
    sa.Column('note', sa.Text(), nullable=False),
    sa.Column('id', sa.UUID(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['answer_id'], ['answers.id'], name=op.f('fk_answer_reviews_answer_id_answers'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['referral_id'], ['referrals.id'], name=op.f('fk_answer_reviews_referral_id_referrals'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['reviewer_id'], ['users.id'], name=op.f('fk_answer_reviews_reviewer_id_users')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_answer_reviews')),
    sa.UniqueConstraint('answer_id', 'passed', name=op.f('uq_answer_reviews_answer_id_passed'))
    )
    op.create_index(op.f('ix_answer_reviews_answer_id'), 'answer_reviews', ['answer_id'], unique=False)
    op.create_index(op.f('ix_answer_reviews_referral_id'), 'answer_reviews', ['referral_id'], unique=False)
    op.create_table('catalogue_entries',
    sa.Column('category', sa.Text(), nullable=False),
    sa.Column('town', sa.Text(), nullable=True),
    sa.Column('department', sa.Text(), nullable=False),
    sa.Column('role', sa.Text(), nullable=False),
    sa.Column('valid_from', sa.Date(), nullable=False),
    sa.Column('valid_to', sa.Date(), nullable=True),
    sa.Column('source', sa.Text(), nullable=False),
    sa.Column('note', sa.Text(), nullable=False),
    sa.Column('entered_by', sa.UUID(), nullable=True),
    sa.Column('closed_by', sa.UUID(), nullable=True),
    sa.Column('close_reason', sa.Text(), nullable=False),
    sa.Column('conference_id', sa.UUID(), nullable=True),
    sa.Column('id', sa.UUID(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint("role IN ('lead','partner')", name=op.f('ck_catalogue_entries_role')),
    sa.CheckConstraint("source IN ('manual','conference')", name=op.f('ck_catalogue_entries_source')),
    sa.CheckConstraint('valid_to >= valid_from', name=op.f('ck_catalogue_entries_validity')),
    sa.ForeignKeyConstraint(['closed_by'], ['users.id'], name=op.f('fk_catalogue_entries_closed_by_users')),
    sa.ForeignKeyConstraint(['conference_id'], ['conferences.id'], name=op.f('fk_catalogue_entries_conference_id_conferences')),
    sa.ForeignKeyConstraint(['entered_by'], ['users.id'], name=op.f('fk_catalogue_entries_entered_by_users')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_catalogue_entries'))
    )
    op.create_index('ix_catalogue_entries_category', 'catalogue_entries', ['category', 'valid_from'], unique=False)
    op.create_table('revisits',
    sa.Column('case_id', sa.UUID(), nullable=False),
    sa.Column('round', sa.Integer(), nullable=False),
    sa.Column('kind', sa.Text(), nullable=False),
    sa.Column('due_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('assignment_id', sa.UUID(), nullable=True),
    sa.Column('publication_id', sa.UUID(), nullable=True),
    sa.Column('outcome', sa.Text(), nullable=False),
    sa.Column('judged_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('id', sa.UUID(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint("kind IN ('d30','d90','story')", name=op.f('ck_revisits_kind')),
    sa.CheckConstraint("outcome IN ('waiting','kept','failed','unclear','overtaken')", name=op.f('ck_revisits_outcome')),
    sa.ForeignKeyConstraint(['assignment_id'], ['assignments.id'], name=op.f('fk_revisits_assignment_id_assignments')),
    sa.ForeignKeyConstraint(['case_id'], ['cases.id'], name=op.f('fk_revisits_case_id_cases'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['publication_id'], ['publications.id'], name=op.f('fk_revisits_publication_id_publications')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_revisits')),
    sa.UniqueConstraint('case_id', 'round', 'kind', 'publication_id', name=op.f('uq_revisits_case_id_round_kind_publication_id'), postgresql_nulls_not_distinct=True)
    )
    op.create_index(op.f('ix_revisits_assignment_id'), 'revisits', ['assignment_id'], unique=False)
    op.create_index(op.f('ix_revisits_case_id'), 'revisits', ['case_id'], unique=False)
    op.create_index('ix_revisits_waiting', 'revisits', ['due_at'], unique=False, postgresql_where=sa.text("outcome = 'waiting'"))
    op.create_table('unit_files',
    sa.Column('note_id', sa.UUID(), nullable=True),
    sa.Column('link_id', sa.UUID(), nullable=True),
    sa.Column('kind', sa.Text(), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('size', sa.Integer(), nullable=False),
    sa.Column('original', sa.Text(), nullable=True),
    sa.Column('derived', sa.Text(), nullable=True),
    sa.Column('thumb', sa.Text(), nullable=True),
    sa.Column('width', sa.Integer(), nullable=True),
    sa.Column('height', sa.Integer(), nullable=True),
    sa.Column('id', sa.UUID(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint('num_nonnulls(note_id, link_id) = 1', name=op.f('ck_unit_files_one_owner')),
    sa.ForeignKeyConstraint(['link_id'], ['order_links.id'], name=op.f('fk_unit_files_link_id_order_links'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['note_id'], ['unit_notes.id'], name=op.f('fk_unit_files_note_id_unit_notes'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_unit_files'))
    )
    op.create_index(op.f('ix_unit_files_derived'), 'unit_files', ['derived'], unique=False)
    op.create_index(op.f('ix_unit_files_link_id'), 'unit_files', ['link_id'], unique=False)
    op.create_index(op.f('ix_unit_files_note_id'), 'unit_files', ['note_id'], unique=False)
    op.create_index(op.f('ix_unit_files_original'), 'unit_files', ['original'], unique=False)
    op.create_index(op.f('ix_unit_files_thumb'), 'unit_files', ['thumb'], unique=False)
    op.create_table('call_tries',
    sa.Column('case_id', sa.UUID(), nullable=False),
    sa.Column('round', sa.Integer(), nullable=False),
    sa.Column('tip_id', sa.UUID(), nullable=False),
    sa.Column('caller_id', sa.UUID(), nullable=True),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('outcome', sa.Text(), nullable=False),
    sa.Column('notes', sa.Text(), nullable=False),
    sa.Column('verification_id', sa.UUID(), nullable=True),
    sa.Column('id', sa.UUID(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint("outcome IN ('reached','no_answer','refused','wrong_number')", name=op.f('ck_call_tries_outcome')),
    sa.ForeignKeyConstraint(['caller_id'], ['users.id'], name=op.f('fk_call_tries_caller_id_users')),
    sa.ForeignKeyConstraint(['case_id'], ['cases.id'], name=op.f('fk_call_tries_case_id_cases'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['tip_id'], ['tips.id'], name=op.f('fk_call_tries_tip_id_tips'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['verification_id'], ['verifications.id'], name=op.f('fk_call_tries_verification_id_verifications')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_call_tries'))
    )
    op.create_index(op.f('ix_call_tries_case_id'), 'call_tries', ['case_id'], unique=False)
    op.create_index(op.f('ix_call_tries_tip_id'), 'call_tries', ['tip_id'], unique=False)
    op.create_table('promises',
    sa.Column('referral_id', sa.UUID(), nullable=False),
    sa.Column('answer_id', sa.UUID(), nullable=False),
    sa.Column('case_id', sa.UUID(), nullable=False),
    sa.Column('department', sa.Text(), nullable=False),
    sa.Column('stage', sa.Integer(), nullable=False),
    sa.Column('text', sa.Text(), nullable=False),
    sa.Column('due_on', sa.Date(), nullable=False),
    sa.Column('state', sa.Text(), nullable=False),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.Column('judged_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('judged_by', sa.UUID(), nullable=True),
    sa.Column('verification_id', sa.UUID(), nullable=True),
    sa.Column('is_demo', sa.Boolean(), nullable=False),
    sa.Column('id', sa.UUID(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint("state IN ('running','kept','broken','settled')", name=op.f('ck_promises_state')),
    sa.CheckConstraint('stage BETWEEN 1 AND 3', name=op.f('ck_promises_stage')),
    sa.ForeignKeyConstraint(['answer_id'], ['answers.id'], name=op.f('fk_promises_answer_id_answers'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['case_id'], ['cases.id'], name=op.f('fk_promises_case_id_cases'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['judged_by'], ['users.id'], name=op.f('fk_promises_judged_by_users')),
    sa.ForeignKeyConstraint(['referral_id'], ['referrals.id'], name=op.f('fk_promises_referral_id_referrals'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['verification_id'], ['verifications.id'], name=op.f('fk_promises_verification_id_verifications')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_promises')),
    sa.UniqueConstraint('answer_id', 'stage', name=op.f('uq_promises_answer_id_stage'))
    )
    op.create_index(op.f('ix_promises_answer_id'), 'promises', ['answer_id'], unique=False)
    op.create_index(op.f('ix_promises_case_id'), 'promises', ['case_id'], unique=False)
    op.create_index('ix_promises_due', 'promises', ['due_on', 'id'], unique=False, postgresql_where=sa.text("state = 'running'"))
    op.create_index('ix_promises_list', 'promises', ['state', 'due_on', 'id'], unique=False)
    op.create_index(op.f('ix_promises_referral_id'), 'promises', ['referral_id'], unique=False)
    op.create_index('ix_promises_unit', 'promises', ['department', 'due_on', 'id'], unique=False)
    op.create_table('second_looks',
    sa.Column('case_id', sa.UUID(), nullable=False),
    sa.Column('round', sa.Integer(), nullable=False),
    sa.Column('referral_id', sa.UUID(), nullable=True),
    sa.Column('evaluation_id', sa.UUID(), nullable=True),
    sa.Column('verification_id', sa.UUID(), nullable=True),
    sa.Column('why', sa.Text(), nullable=False),
    sa.Column('due_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('decision', sa.Text(), nullable=False),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.Column('handler', sa.Text(), nullable=False),
    sa.Column('decided_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('decided_by', sa.UUID(), nullable=True),
    sa.Column('id', sa.UUID(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint("decision IN ('open','redo','upheld')", name=op.f('ck_second_looks_decision')),
    sa.CheckConstraint("why IN ('no','against')", name=op.f('ck_second_looks_why')),
    sa.ForeignKeyConstraint(['case_id'], ['cases.id'], name=op.f('fk_second_looks_case_id_cases'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['decided_by'], ['users.id'], name=op.f('fk_second_looks_decided_by_users')),
    sa.ForeignKeyConstraint(['evaluation_id'], ['evaluations.id'], name=op.f('fk_second_looks_evaluation_id_evaluations'), ondelete='SET NULL'),
    sa.ForeignKeyConstraint(['referral_id'], ['referrals.id'], name=op.f('fk_second_looks_referral_id_referrals')),
    sa.ForeignKeyConstraint(['verification_id'], ['verifications.id'], name=op.f('fk_second_looks_verification_id_verifications')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_second_looks'))
    )
    op.create_index(op.f('ix_second_looks_case_id'), 'second_looks', ['case_id'], unique=False)
    op.create_index('ix_second_looks_open', 'second_looks', ['due_at'], unique=False, postgresql_where=sa.text("decision = 'open'"))
    op.create_index('uq_second_looks_open', 'second_looks', ['case_id'], unique=True, postgresql_where=sa.text("decision = 'open'"))
    op.add_column('cases', sa.Column('public_level', sa.Text(), nullable=True))
    op.add_column('cases', sa.Column('keep_reason', sa.Text(), nullable=True))
    op.add_geospatial_column('cases', sa.Column('public_spot', Geometry(geometry_type='POINT', srid=3857, dimension=2, spatial_index=False, from_text='ST_GeomFromEWKT', name='geometry'), nullable=True))
    op.add_geospatial_column('cases', sa.Column('spot', Geometry(geometry_type='POINT', srid=3857, dimension=2, spatial_index=False, from_text='ST_GeomFromEWKT', name='geometry'), nullable=True))
    op.create_geospatial_index('ix_cases_public_spot', 'cases', ['public_spot'], unique=False, postgresql_using='gist', postgresql_where=sa.text("exposure = 'public' AND state <> 'merged'"), postgresql_ops={})
    op.create_geospatial_index('ix_cases_spot', 'cases', ['spot'], unique=False, postgresql_using='gist', postgresql_ops={})
    op.add_column('figure_orders', sa.Column('sound', sa.Boolean(), nullable=True))
    op.add_column('objections', sa.Column('due_at', sa.DateTime(timezone=True), nullable=True))
    op.add_column('referrals', sa.Column('wanted_on', sa.Date(), nullable=True))
    op.add_column('referrals', sa.Column('clock_from', sa.DateTime(timezone=True), nullable=True))
    op.add_column('tips', sa.Column('search_vector', postgresql.TSVECTOR(), sa.Computed("to_tsvector('simple'::regconfig, search)", persisted=True), nullable=True))
    op.create_index('ix_tips_search', 'tips', ['search_vector'], unique=False, postgresql_using='gin')
    op.add_column('verifications', sa.Column('distance_m', sa.Integer(), nullable=True))
    # ### end Alembic commands ###
    op.drop_constraint(op.f("ck_figure_orders_excluded"), "figure_orders", type_="check")
    op.create_check_constraint(op.f("ck_figure_orders_excluded"), "figure_orders", "excluded IN ('','withdrawn','returned','merged','marked','rerouted')")
    op.execute(TILES)


def downgrade() -> None:
    for made in ("TRIGGER cases_tile_note ON cases", "TRIGGER cases_tile_spots ON cases", "FUNCTION tile_rebuild()", "FUNCTION tile_fold(integer)",
                 "VIEW tile_levels", "FUNCTION tile_note()", "FUNCTION tile_rows(cases)", "FUNCTION tile_spots()",
                 "FUNCTION tile_y(double precision)", "FUNCTION tile_x(double precision)"):
        op.execute(f"DROP {made}")
    # ### commands auto generated by Alembic - please adjust! ###
    op.drop_column('verifications', 'distance_m')
    op.drop_index('ix_tips_search', table_name='tips', postgresql_using='gin')
    op.drop_column('tips', 'search_vector')
    op.drop_column('referrals', 'clock_from')
    op.drop_column('referrals', 'wanted_on')
    op.drop_column('objections', 'due_at')
    op.drop_column('figure_orders', 'sound')
    op.drop_geospatial_index('ix_cases_spot', table_name='cases', postgresql_using='gist', column_name='spot')
    op.drop_geospatial_index('ix_cases_public_spot', table_name='cases', postgresql_using='gist', postgresql_where=sa.text("exposure = 'public' AND state <> 'merged'"), column_name='public_spot')
    op.drop_geospatial_column('cases', 'spot')
    op.drop_geospatial_column('cases', 'public_spot')
    op.drop_column('cases', 'keep_reason')
    op.drop_column('cases', 'public_level')
    op.drop_index('uq_second_looks_open', table_name='second_looks', postgresql_where=sa.text("decision = 'open'"))
    op.drop_index('ix_second_looks_open', table_name='second_looks', postgresql_where=sa.text("decision = 'open'"))
    op.drop_index(op.f('ix_second_looks_case_id'), table_name='second_looks')
    op.drop_table('second_looks')
    op.drop_index('ix_promises_unit', table_name='promises')
    op.drop_index(op.f('ix_promises_referral_id'), table_name='promises')
    op.drop_index('ix_promises_list', table_name='promises')
    op.drop_index('ix_promises_due', table_name='promises', postgresql_where=sa.text("state = 'running'"))
    op.drop_index(op.f('ix_promises_case_id'), table_name='promises')
    op.drop_index(op.f('ix_promises_answer_id'), table_name='promises')
    op.drop_table('promises')
    op.drop_index(op.f('ix_call_tries_tip_id'), table_name='call_tries')
    op.drop_index(op.f('ix_call_tries_case_id'), table_name='call_tries')
    op.drop_table('call_tries')
    op.drop_index(op.f('ix_unit_files_thumb'), table_name='unit_files')
    op.drop_index(op.f('ix_unit_files_original'), table_name='unit_files')
    op.drop_index(op.f('ix_unit_files_note_id'), table_name='unit_files')
    op.drop_index(op.f('ix_unit_files_link_id'), table_name='unit_files')
    op.drop_index(op.f('ix_unit_files_derived'), table_name='unit_files')
    op.drop_table('unit_files')
    op.drop_index('ix_revisits_waiting', table_name='revisits', postgresql_where=sa.text("outcome = 'waiting'"))
    op.drop_index(op.f('ix_revisits_case_id'), table_name='revisits')
    op.drop_index(op.f('ix_revisits_assignment_id'), table_name='revisits')
    op.drop_table('revisits')
    op.drop_index('ix_catalogue_entries_category', table_name='catalogue_entries')
    op.drop_table('catalogue_entries')
    op.drop_index(op.f('ix_answer_reviews_referral_id'), table_name='answer_reviews')
    op.drop_index(op.f('ix_answer_reviews_answer_id'), table_name='answer_reviews')
    op.drop_table('answer_reviews')
    op.drop_table('answer_flags')
    op.drop_index('ix_urges_tip', table_name='urges')
    op.drop_index(op.f('ix_urges_case_id'), table_name='urges')
    op.drop_table('urges')
    op.drop_index(op.f('ix_unit_notes_referral_id'), table_name='unit_notes')
    op.drop_table('unit_notes')
    op.drop_index('uq_suspensions_running', table_name='suspensions', postgresql_where=sa.text('ended_at IS NULL'))
    op.drop_index('ix_suspensions_referral', table_name='suspensions')
    op.drop_table('suspensions')
    op.drop_index('uq_supervisions_live', table_name='supervisions', postgresql_where=sa.text("state IN ('open','answered','returned')"))
    op.drop_index('ix_supervisions_list', table_name='supervisions')
    op.drop_table('supervisions')
    op.drop_index('uq_repeats_open', table_name='repeats', postgresql_where=sa.text("state = 'proposed'"))
    op.drop_index(op.f('ix_repeats_tip_id'), table_name='repeats')
    op.drop_index(op.f('ix_repeats_case_id'), table_name='repeats')
    op.drop_table('repeats')
    op.drop_index('uq_order_takes_live', table_name='order_takes', postgresql_where=sa.text('released_at IS NULL'))
    op.drop_table('order_takes')
    op.drop_index(op.f('ix_order_reports_referral_id'), table_name='order_reports')
    op.drop_table('order_reports')
    op.drop_index(op.f('ix_order_links_referral_id'), table_name='order_links')
    op.drop_table('order_links')
    op.drop_index(op.f('ix_order_clocks_referral_id'), table_name='order_clocks')
    op.drop_table('order_clocks')
    op.drop_index(op.f('ix_demand_marks_case_id'), table_name='demand_marks')
    op.drop_table('demand_marks')
    op.drop_index(op.f('ix_contact_limits_tip_id'), table_name='contact_limits')
    op.drop_index(op.f('ix_contact_limits_contact_hash'), table_name='contact_limits')
    op.drop_table('contact_limits')
    op.drop_index(op.f('ix_conferences_referral_id'), table_name='conferences')
    op.drop_index('ix_conferences_open', table_name='conferences', postgresql_where=sa.text('decided_at IS NULL'))
    op.drop_index('ix_conferences_decided', table_name='conferences')
    op.drop_index(op.f('ix_conferences_case_id'), table_name='conferences')
    op.drop_table('conferences')
    op.drop_index('uq_case_areas_now', table_name='case_areas', postgresql_where=sa.text('to_at IS NULL'))
    op.drop_index('ix_case_areas_case', table_name='case_areas')
    op.drop_index('ix_case_areas_area', table_name='case_areas', postgresql_where=sa.text('to_at IS NULL'))
    op.drop_table('case_areas')
    op.drop_index('ix_unit_findings_unit', table_name='unit_findings')
    op.drop_table('unit_findings')
    op.drop_index(op.f('ix_theme_cases_case_id'), table_name='theme_cases')
    op.drop_table('theme_cases')
    op.drop_index(op.f('ix_stubborn_cases_case_id'), table_name='stubborn_cases')
    op.drop_table('stubborn_cases')
    op.drop_index('uq_external_handlings_active', table_name='external_handlings', postgresql_where=sa.text('ended_at IS NULL'))
    op.drop_index('ix_external_handlings_case', table_name='external_handlings')
    op.drop_table('external_handlings')
    op.drop_index('ix_areas_town', table_name='areas')
    op.drop_geospatial_index('ix_areas_geom', table_name='areas', postgresql_using='gist', column_name='geom')
    op.drop_index('ix_areas_code', table_name='areas')
    op.drop_geospatial_table('areas')
    op.drop_table('unit_paragraphs')
    op.drop_index('ix_unit_duties_when', table_name='unit_duties')
    op.drop_index(op.f('ix_unit_duties_user_id'), table_name='unit_duties')
    op.drop_table('unit_duties')
    op.drop_index('uq_typhoon_modes_running', table_name='typhoon_modes', postgresql_where=sa.text('ended_at IS NULL'))
    op.drop_table('typhoon_modes')
    op.drop_index('ix_themes_month', table_name='themes')
    op.drop_table('themes')
    op.drop_geospatial_index('ix_stubborn_point', table_name='stubborn', postgresql_using='gist', column_name='point')
    op.drop_index('ix_stubborn_list', table_name='stubborn')
    op.drop_index('ix_stubborn_category', table_name='stubborn')
    op.drop_geospatial_table('stubborn')
    op.drop_table('routing_rules')
    op.drop_index('ix_order_exports_user', table_name='order_exports')
    op.drop_table('order_exports')
    op.drop_index('ix_list_entries_unit', table_name='list_entries')
    op.drop_index('ix_list_entries_state', table_name='list_entries')
    op.drop_table('list_entries')
    op.drop_table('history_sums')
    op.drop_index('ix_history_records_unit', table_name='history_records')
    op.drop_index('ix_history_records_opened', table_name='history_records')
    op.drop_index('ix_history_records_month', table_name='history_records')
    op.drop_index('ix_history_records_kind', table_name='history_records')
    op.drop_index('ix_history_records_area', table_name='history_records')
    op.drop_table('history_records')
    op.drop_index('ix_hand_overs_department', table_name='hand_overs')
    op.drop_table('hand_overs')
    op.drop_index('ix_area_imports_created', table_name='area_imports')
    op.drop_table('area_imports')
    op.drop_table('tile_state')
    op.drop_table('tile_deltas')
    op.drop_index('ix_tile_cells_none', table_name='tile_cells', postgresql_where=sa.text('n = 0'))
    op.drop_table('tile_cells')
    op.drop_index('uq_place_names_once', table_name='place_names')
    op.drop_index('ix_place_names_sound', table_name='place_names', postgresql_using='gin', postgresql_ops={'sound': 'gin_trgm_ops'})
    op.drop_index('ix_place_names_pinyin', table_name='place_names', postgresql_using='gin', postgresql_ops={'pinyin': 'gin_trgm_ops'})
    op.drop_index('ix_place_names_initials', table_name='place_names', postgresql_ops={'initials': 'text_pattern_ops'})
    op.drop_geospatial_table('place_names')
    op.drop_table('history_sources')
    op.drop_table('area_states')
    # ### end Alembic commands ###
    op.execute("DELETE FROM figure_orders")
    op.drop_constraint(op.f("ck_figure_orders_excluded"), "figure_orders", type_="check")
    op.create_check_constraint(op.f("ck_figure_orders_excluded"), "figure_orders", "excluded IN ('','withdrawn','returned','merged','rerouted')")
