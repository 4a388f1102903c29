"""Small copies lie beside the pictures and go with them."""

from pathlib import Path

from storage import pictures, thumbnails
from storage.database import Database
from tests.storage.making import draw_job


def files(db: Database) -> set[str]:
    return {path.stem for path in (db.folder / "thumbnails").glob("??/*")}


async def test_a_small_copy_is_kept_until_its_picture_is_deleted(db: Database) -> None:
    job = await draw_job(db, b"first", b"second")
    first, second = await pictures.of_job(db, job.id)
    assert await thumbnails.read(db, first.sha256) is None
    await thumbnails.keep(db, first.sha256, b"small first")
    assert await thumbnails.read(db, first.sha256) == b"small first"
    await pictures.delete_of_job(db, job.id)
    assert await thumbnails.read(db, first.sha256) is None
    await thumbnails.keep(db, second.sha256, b"too late")
    assert files(db) == set()


async def test_the_sweep_takes_small_copies_that_belong_to_nothing(db: Database) -> None:
    job = await draw_job(db, b"kept")
    [picture] = await pictures.of_job(db, job.id)
    await thumbnails.keep(db, picture.sha256, b"small")
    stray = db.folder / "thumbnails" / "ff" / f"{'f' * 64}.webp"
    stray.parent.mkdir(parents=True)
    stray.write_bytes(b"of nothing")
    half = Path(stray.parent / "half.tmp")
    half.write_bytes(b"")
    await pictures.sweep(db)
    assert files(db) == {picture.sha256}
