"""Duels are kept whole and read back, newest first."""

from __future__ import annotations

from lab.chat import duels, record_duel
from lab.records import Answer, Contestant, Decoding, Message
from lab.workspace import Workspace


def test_a_duel_comes_back_as_it_was(tmp_path: object) -> None:
    workspace = Workspace(str(tmp_path))
    assert duels(workspace) == []
    few = (Message("user", "你好"), Message("assistant", "您好"))
    who = [Contestant("base", "smollm2-135m"), Contestant("ft-one", "smollm2-135m", run="r1", few=few)]
    who[1] = Contestant(**{**vars(who[1]), "decoding": Decoding(temperature=0.5, stop=("。",))})
    said = [Answer(one.name, "巴黎", "abcd1234", 3, 20, 0.5, 0.1) for one in who]
    first = record_duel(workspace, "法国的首都？", who, said, system="简短回答")
    second = record_duel(workspace, "Again?", who, said)
    assert duels(workspace) == [second, first]
    with (workspace.chat() / "duels.jsonl").open("a") as torn:
        torn.write('{"id": "half')
    assert duels(workspace) == [second, first]
    third = record_duel(workspace, "After the torn line?", who, said)
    assert duels(workspace) == [third, second, first]
