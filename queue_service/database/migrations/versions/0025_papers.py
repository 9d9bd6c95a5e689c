"""A visit may begin several papers: one case for each of its services."""

from alembic import op

revision = "0025"
down_revision = "0023"
branch_labels = None
depends_on = None

BEFORE = "one_case_for_a_ticket"
NOW = "one_case_for_a_ticket_and_service"


def upgrade() -> None:
    with op.batch_alter_table("cases") as cases:
        cases.drop_constraint(BEFORE, type_="unique")
        cases.create_unique_constraint(NOW, ["branch", "day", "label", "service"])


def downgrade() -> None:
    """Of several papers of a visit, one stays."""
    first = "SELECT min(number) FROM cases WHERE label IS NOT NULL GROUP BY branch, day, label"
    later = f"SELECT number FROM cases WHERE label IS NOT NULL AND number NOT IN ({first})"  # noqa: S608 - ours
    op.execute(f"DELETE FROM case_steps WHERE number IN ({later})")  # noqa: S608 - ours
    op.execute(f"DELETE FROM cases WHERE number IN ({later})")  # noqa: S608 - ours
    with op.batch_alter_table("cases") as cases:
        cases.drop_constraint(NOW, type_="unique")
        cases.create_unique_constraint(BEFORE, ["branch", "day", "label"])
