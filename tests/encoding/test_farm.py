"""Parts through a farm are the same parts, and whatever breaks, each is made: real Redis, real workers, S3."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from redis import Redis
from rq.worker import BaseWorker

from obbligato.encoding.encoders import WANTED_NOW
from obbligato.encoding.farm_crew import Crew, worker_folder
from obbligato.encoding.storage import Storage
from tests.encoding.farming import Asked, Server, a_bucket, a_crew, a_farm, a_recipe, a_redis, made_here, until


@pytest.fixture(scope="module")
def bucket() -> Iterator[str]:
    with a_bucket() as url:
        yield url


@pytest.fixture(scope="module")
def redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with a_redis(tmp_path_factory.mktemp("redis")) as server:
        yield server


@pytest.fixture(scope="module")
def crew(redis: Server, bucket: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Crew]:
    with a_crew(redis, bucket, tmp_path_factory.mktemp("workers")) as crew:
        yield crew


def test_two_workers_make_the_same_bytes_as_this_process(
    redis: Server, bucket: str, crew: Crew, tmp_path: Path
) -> None:
    recipe = a_recipe(tmp_path, seed=1, seconds=120)
    with a_farm(redis, bucket) as farm:
        made = Asked(recipe, tmp_path / "farm").of(farm).wait()
        assert farm.counts == {"farm": recipe.parts.count}
    assert made.bytes() == made_here(recipe, tmp_path / "here")
    assert all(done > 0 for done in redis.done_by_worker().values())
    assert len(redis.done_by_worker()) == 2


def test_what_is_in_the_bucket_is_encoded_by_nobody(redis: Server, bucket: str, crew: Crew, tmp_path: Path) -> None:
    recipe = a_recipe(tmp_path, seed=2, seconds=60)
    with a_farm(redis, bucket) as farm:
        first = Asked(recipe, tmp_path / "first").of(farm).wait()
        done = sum(redis.done_by_worker().values())
        second = Asked(recipe, tmp_path / "second").of(farm).wait()
        assert farm.counts["bucket"] == recipe.parts.count
    assert sum(redis.done_by_worker().values()) == done
    assert second.bytes() == first.bytes()


def test_two_stores_that_want_the_same_have_it_made_once(
    redis: Server, bucket: str, crew: Crew, tmp_path: Path
) -> None:
    recipe = a_recipe(tmp_path, seed=3)
    before = sum(redis.done_by_worker().values())
    with a_farm(redis, bucket) as one, a_farm(redis, bucket) as other:
        asked = [Asked(recipe, tmp_path / "one").of(one), Asked(recipe, tmp_path / "other").of(other)]
        assert asked[0].wait().bytes() == asked[1].wait().bytes()
    assert sum(redis.done_by_worker().values()) - before == recipe.parts.count


def test_a_part_that_was_altered_in_the_bucket_is_made_again(
    redis: Server, bucket: str, crew: Crew, tmp_path: Path
) -> None:
    recipe = a_recipe(tmp_path, seed=4, seconds=30)
    with a_farm(redis, bucket) as farm:
        good = Asked(recipe, tmp_path / "good").of(farm).wait()
        altered = bytearray(good.bytes()[1])
        altered[len(altered) // 2] ^= 1
        storage = Storage(bucket)
        where = {"Bucket": "bucket", "Key": f"store/parts/{recipe.identity}/00001"}
        metadata = storage._client.head_object(**where)["Metadata"]
        storage._client.put_object(**where, Body=bytes(altered), Metadata=metadata)
        again = Asked(recipe, tmp_path / "again").of(farm).wait()
        assert again.bytes() == good.bytes()
    assert storage._client.get_object(**where)["Body"].read() == good.bytes()[1]


def test_a_worker_killed_in_the_middle_of_a_part_costs_no_part(bucket: str, tmp_path: Path) -> None:
    """The store waits two beats here and not five, so that the test is over sooner; the bytes are the same."""
    recipe = a_recipe(tmp_path, seed=5, seconds=60, format_name="aac-256")
    with (
        a_redis(tmp_path) as redis,
        a_crew(redis, bucket, tmp_path / "workers") as crew,
        a_farm(redis, bucket, lost_seconds=2.5) as farm,
    ):
        asked = Asked(recipe, tmp_path / "farm").of(farm)
        killed = _kill_in_the_middle(redis, crew)
        asked.wait()
        assert farm.counts["home"] >= 1
        assert asked.wait().bytes() == made_here(recipe, tmp_path / "here")
        until(lambda: len(crew.pids) == 2 and killed not in crew.pids)
        assert not worker_folder(tmp_path / "workers", killed).exists()
    assert list((tmp_path / "workers").glob("worker-*")) == []


def _kill_in_the_middle(redis: Server, crew: Crew) -> int:
    """Kill a worker that has begun a part and not finished it; its process id."""
    while True:
        with Redis.from_url(redis.url) as client:
            until(lambda: any(one.get_current_job_id() for one in BaseWorker.all(connection=client)))
            for worker in BaseWorker.all(connection=client):
                if worker.pid not in crew.pids or not worker.get_current_job_id():
                    continue
                # Stopped first, so that what is seen of it cannot change before it is killed.
                os.kill(worker.pid, signal.SIGSTOP)
                job_id = worker.get_current_job_id()
                status = client.hget(f"rq:job:{job_id}", "status") if job_id else None
                os.kill(worker.pid, signal.SIGKILL if status == b"started" else signal.SIGCONT)
                if status == b"started":
                    return int(worker.pid)


def test_when_redis_stops_parts_are_encoded_here(bucket: str, tmp_path: Path) -> None:
    recipe = a_recipe(tmp_path, seed=6, seconds=50)
    with (
        a_redis(tmp_path) as redis,
        a_crew(redis, bucket, tmp_path / "workers", processes=1),
        a_farm(redis, bucket) as farm,
    ):
        queued = Asked(recipe, tmp_path / "queued").of(farm)
        redis.stop()
        queued.wait()
        until(lambda: "Redis" in farm.illness or "worker" in farm.illness)
        asked = Asked(recipe, tmp_path / "later").of(farm, priority=WANTED_NOW).wait()
        assert asked.bytes() == queued.bytes() == made_here(recipe, tmp_path / "here")


def test_a_worker_with_other_encoders_refuses_and_the_store_encodes_itself(
    bucket: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    recipe = a_recipe(tmp_path, seed=7, seconds=50)
    with (
        a_redis(tmp_path) as redis,
        a_crew(redis, bucket, tmp_path / "workers", processes=1, build="0123456789ab"),
        a_farm(redis, bucket) as farm,
    ):
        asked = Asked(recipe, tmp_path / "farm").of(farm).wait()
        assert "0123456789ab" in farm.illness
        assert farm.counts == {"home": recipe.parts.count}
    assert asked.bytes() == made_here(recipe, tmp_path / "here")
    assert "install the same" in capfd.readouterr().err
