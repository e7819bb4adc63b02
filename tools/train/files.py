"""Writes files whole, so that a run that is stopped at any moment leaves nothing half made."""
import hashlib
import os


def replace(path, content):
    """Writes under a temporary name and renames: a reader never sees half a file."""
    temporary = path.with_name(path.name + ".part")
    temporary.write_bytes(content)
    os.replace(temporary, path)


def sha256(content):
    return hashlib.sha256(content).hexdigest()
