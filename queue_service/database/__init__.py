"""The database under the journal and the records: engines, tables' common ground, migrations."""

from queue_service.database.engines import Unavailable, make_engine
from queue_service.database.migrate import migrate
from queue_service.database.schema import metadata

__all__ = ["Unavailable", "make_engine", "metadata", "migrate"]
