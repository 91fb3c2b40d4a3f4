"""Claims by API: without a token, opened by their secret, the same notice the same claim."""

import json
from typing import Any

import pytest

from obbligato.claims.models import Claim
from tests.api.calling import Caller, problem_in
from tests.storefront.makers import a_silent_release

pytestmark = pytest.mark.django_db


def body_of(answer: Any) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(answer.content)
    return found


def test_a_notice_is_sent_completed_seen_and_taken_back() -> None:
    release, caller = a_silent_release(), Caller()
    notice = {
        "name": "Carol", "mail": "carol@example.org", "work": "Piece", "places": [f"/releases/{release.slug}"],
        "is_in_good_faith": True, "is_accurate": True, "signature": "Carol",
    }  # fmt: skip
    answer = caller.post("/claims", notice)
    assert answer.status_code == 201
    (made,) = body_of(answer)["claims"]
    again = body_of(caller.post("/claims", notice))
    assert (again["is_new"], again["claims"][0]["secret"]) == (False, "")
    key, address = {"Claim-Secret": made["secret"]}, f"/claims/{made['number']}"
    shown = body_of(caller.get(address, **key))
    assert (shown["state"], len(shown["missing"])) == ("incomplete", 1)
    added = caller.post(f"{address}/additions", {"explanation": "I recorded this myself, alone."}, **key)
    assert body_of(added)["state"] == "queued"
    assert body_of(caller.delete(address, **key))["state"] == "retracted"
    problem_in(caller.delete(address, **key), 409, "not-possible-now")
    assert Claim.objects.get().channel == "api"


def test_without_its_secret_a_claim_is_not_there() -> None:
    answer = Caller().post("/claims", {"places": ["x"]})
    number = body_of(answer)["claims"][0]["number"]
    problem_in(Caller().get(f"/claims/{number}", **{"Claim-Secret": "0" * 32}), 404, "no-such-claim")
    problem_in(Caller().get(f"/claims/{number}"), 422, "invalid-request")
    problem_in(Caller().post("/claims", {"territories": ["QQ"]}), 422, "bad-notice")
