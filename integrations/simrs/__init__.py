"""SIMRS Khanza and mLITE, read from their MariaDB: what is registered, called and handed over there."""
