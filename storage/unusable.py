"""Why a database file cannot be used; each message is one sentence for the operator."""


class UnusableDatabase(Exception):
    """The file cannot be used as it is."""


class NewerDatabase(UnusableDatabase):
    """A later version of Genga wrote the file."""


class DamagedDatabase(UnusableDatabase):
    """SQLite found the file inconsistent."""
