"""Files as the tar archive that the engine takes."""

import io
import tarfile
from collections.abc import Mapping


def tar_of(files: Mapping[str, str | bytes], mtime_s: float = 0.0) -> bytes:
    """An archive of these files, by name; the same files produce the same archive."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for name, text in files.items():
            content = text.encode() if isinstance(text, str) else text
            entry = tarfile.TarInfo(name)
            entry.size, entry.mode, entry.mtime = len(content), 0o644, mtime_s
            archive.addfile(entry, io.BytesIO(content))
    return buffer.getvalue()
