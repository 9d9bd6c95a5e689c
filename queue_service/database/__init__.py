"""The database under the journal and the records: how it is reached, tables' common ground, migrations."""

from queue_service.database.databases import Database, Unavailable
from queue_service.database.migrate import migrate
from queue_service.database.opening import open_database
from queue_service.database.schema import metadata

__all__ = ["Database", "Unavailable", "metadata", "migrate", "open_database"]
