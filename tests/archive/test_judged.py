"""The judged set passes on both engines (`LIHUI_TEST_STACK=full` runs it on PostgreSQL)."""

import pytest

from tests.archive.judged import build, judge


@pytest.mark.django_db
@pytest.mark.timeout(600)
def test_the_right_things_are_found_and_come_first(county, observer):
    build(county)
    scores = judge(observer, county)
    print(f"\nrecall@10 {scores.recall_at_10:.4f}, MRR {scores.mrr:.4f}", *scores.failed, sep="\n")
    assert len(scores.recall) == 200
    assert min(scores.precision) == 1
    assert scores.recall_at_10 >= 0.98
    assert scores.mrr >= 0.9
