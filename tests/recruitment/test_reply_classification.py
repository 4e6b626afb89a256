"""Understanding replies: the data, the rules, the scorer against scikit-learn, the promise on frozen replies."""

import json
import re
import time
import unicodedata
from collections import Counter
from dataclasses import asdict, replace
from io import StringIO

import numpy as np
import pytest
from django.core.management import call_command
from hypothesis import given
from hypothesis import strategies as st

from recruitment.enums import ReplyLabel, TargetAttitude
from recruitment.reply_classification import embedding
from recruitment.reply_classification.agreement import agreement
from recruitment.reply_classification.classify import beside_button, classify
from recruitment.reply_classification.dataset import (
    frozen_replies,
    shipped_model,
    shipped_numbers,
    training_replies,
)
from recruitment.reply_classification.evaluation import Evaluation, evaluate
from recruitment.reply_classification.model import (
    ATTITUDES,
    LABELS,
    ModelUnusable,
    ReplyModel,
    checksum_of,
    dump_model,
    load_model,
)
from recruitment.reply_classification.report import wilson
from recruitment.reply_classification.rules import judge, negates
from recruitment.reply_classification.training import features, fit_pipeline

DECLINES = (
    *(
        "我要解约",
        "愿意支付违约金",
        "不接了",
        "把机会留给别人吧",
        "名额让给其他同学",
        "我不确认",
        "无法接受",
        "婉拒",
    ),
    *("I'm not interested", "I have to pass", "I won't be able to join", "I do not accept", "取消我的录用"),
)
CONDITIONS = (
    *("工资到一万我就来", "接受，但薪资要再谈", "如果给宿舍我就签", "前提是不派遣，我同意", "薪水谈妥才来"),
    *("I'd accept if the salary were higher", "Yes, provided that housing is included"),
)
STRANGERS = (
    "发错人了",
    "我不是本人",
    "你打错了",
    "退订",
    "别再给我发了",
    "Wrong number",
    "Stop texting me",
    "unsubscribe",
)
CANDIDATES_TEXT = st.text(max_size=300) | st.text(
    alphabet="我不来去了放弃收到请问能推迟几天吗?，。 指标太高ok的", max_size=80
)


@pytest.fixture(scope="module")
def shipped() -> ReplyModel:
    """As on a host without the sentence embedding."""
    content, checksum = shipped_model()
    return load_model(content, checksum=checksum, embeds=False)


@pytest.fixture(scope="module")
def embedded() -> ReplyModel:
    content, checksum = shipped_model()
    return load_model(content, checksum=checksum)


def letters(text: str) -> str:
    plain = unicodedata.normalize("NFKC", text).lower()
    return "".join(character for character in plain if unicodedata.category(character)[0] not in "PZ")


def shingles(text: str) -> set[str]:
    plain = letters(text)
    return {plain[at : at + n] for n in (2, 3) for at in range(len(plain) - n + 1)} or {plain}


class TestData:
    def test_frozen_replies_are_many_and_half_of_them_indirect(self) -> None:
        frozen = frozen_replies()
        assert len(frozen) >= 300
        assert sum(reply.is_indirect for reply in frozen) * 2 >= len(frozen)

    @pytest.mark.parametrize("label", list(ReplyLabel))
    def test_every_label_is_measured_often_enough(self, label: ReplyLabel) -> None:
        assert sum(label in reply.labels for reply in frozen_replies()) >= 40
        assert sum(label in reply.labels for reply in training_replies()) >= 100

    def test_no_frozen_reply_resembles_one_that_was_learned(self) -> None:
        learned = [(reply.text, shingles(reply.text)) for reply in training_replies()]
        alike = [
            (reply.text, text)
            for reply in frozen_replies()
            for found in [shingles(reply.text)]
            for text, others in learned
            if len(found & others) >= 0.5 * len(found | others)
        ]
        assert alike == []

    def test_learned_replies_are_twice_as_many_and_of_ten_voices(self) -> None:
        voices = Counter(reply.voice for reply in training_replies())
        assert voices[""] * 2 <= voices.total()
        assert sum(n >= 50 for voice, n in voices.items() if voice) >= 10

    def test_no_reply_stands_twice(self) -> None:
        for replies in (frozen_replies(), training_replies()):
            texts = [reply.text for reply in replies]
            assert len(set(texts)) == len(texts)

    def test_replies_hold_no_number_that_could_be_a_persons(self) -> None:
        replies = [*frozen_replies(), *training_replies()]
        assert not [reply.text for reply in replies if re.search(r"\d{5}", reply.text)]


class TestRules:
    @given(CANDIDATES_TEXT)
    def test_never_fail_and_never_conclude_a_decline(self, text: str) -> None:
        assert ReplyLabel.DECLINE not in judge(text).labels

    @pytest.mark.parametrize(
        ("text", "labels"),
        [
            ("收到，谢谢老师", {"acknowledgement"}),
            ("谢谢", {"acknowledgement"}),
            ("我接受录用，谢谢！", {"accept"}),
            ("收到，我会按时报到", {"acknowledgement", "accept"}),
            ("您好，请问需要带哪些证件？", {"question"}),
            ("请问能不能推迟一周报到？", {"other_date"}),
            ("我再考虑考虑", {"hesitation"}),
            ("I accept the offer", {"accept"}),
            ("👌", {"acknowledgement"}),
            ("谢谢老师🌹", {"acknowledgement"}),
            ("[抱拳][玫瑰]", {"acknowledgement"}),
            ("祝工作顺利", {"acknowledgement"}),
            ("Thanks so much!", {"acknowledgement"}),
        ],
    )
    def test_know_unmistakable_sentences(self, text: str, labels: set[str]) -> None:
        verdict = judge(text)
        assert verdict.is_whole
        assert verdict.labels == labels

    @pytest.mark.parametrize(
        "text",
        [
            "我不来了",
            "收到，不过我已经签了另外一家",
            "抱歉",
            "我接受不了",
            "I have to decline",
            "考上公务员了",
        ],
    )
    def test_suspect_a_decline_early(self, text: str) -> None:
        assert judge(text).suspects_decline

    @pytest.mark.parametrize(
        "text", ["我不接受这个岗位", "收到，但是家里有点事", "指标能不能再低一点，低了我就来", ""]
    )
    def test_leave_open_what_says_more_than_they_know(self, text: str) -> None:
        assert not judge(text).is_whole

    @pytest.mark.parametrize(
        "text", ["我会努力完成", "我会努力完成的！", "一定尽力完成目标", "I'll do my best"]
    )
    def test_know_a_promise_to_try_for_what_it_is(self, text: str) -> None:
        verdict = judge(text)
        assert verdict.is_whole
        assert (verdict.labels, verdict.attitude) == (frozenset(), TargetAttitude.POSITIVE)

    @pytest.mark.parametrize("text", DECLINES)
    def test_suggest_a_decline_where_it_is_unmistakable(self, text: str) -> None:
        assert judge(text).declines

    @pytest.mark.parametrize(
        "text", [*CONDITIONS, *STRANGERS, "没问题，我会来的", "已拒绝别家，我来", "考研放弃了，来上班"]
    )
    def test_suggest_none_where_it_is_not(self, text: str) -> None:
        assert not judge(text).declines

    @pytest.mark.parametrize("text", CONDITIONS)
    def test_know_a_condition(self, text: str) -> None:
        assert judge(text).is_conditional

    @pytest.mark.parametrize("text", STRANGERS)
    def test_know_who_is_not_the_candidate_or_wants_no_more(self, text: str) -> None:
        assert judge(text).is_strange

    @pytest.mark.parametrize(
        ("text", "negation"),
        [
            *(
                ("不确认", True),
                ("我不来", True),
                ("I do not accept", True),
                ("can't come", True),
                ("别等我", True),
            ),
            *(("没问题，我来", False), ("不好意思，刚看到", False), ("不客气", False), ("I accept", False)),
        ],
    )
    def test_know_a_negation_from_an_idiom(self, text: str, negation: bool) -> None:
        assert negates(text) is negation


class TestModel:
    def test_scores_as_scikit_learn_does(self) -> None:
        replies = training_replies()[::4]
        vectoriser, classifiers = fit_pipeline(replies)
        model = ReplyModel(
            vocabulary={gram: int(at) for gram, at in vectoriser.vocabulary_.items()},
            idf=vectoriser.idf_,
            weights=np.vstack([classifier.coef_[0] for classifier in classifiers]),
            intercepts=np.array([classifier.intercept_[0] for classifier in classifiers]),
            threshold=0.9,
        )
        texts = [reply.text for reply in frozen_replies()] + ["", "？", "𠮷 Ⅷ ﬁ\u200b"]
        columns = features(vectoriser, texts)
        theirs = np.array([classifier.predict_proba(columns)[:, 1] for classifier in classifiers]).T
        scores = [model.score(text) for text in texts]
        ours = [[*score.labels.values(), *score.attitudes.values()] for score in scores]
        assert list(scores[0].labels) + list(scores[0].attitudes) == [*LABELS, *ATTITUDES]
        np.testing.assert_allclose(ours, theirs, atol=1e-9)

    def test_the_shipped_model_is_made_of_the_shipped_replies(self, shipped: ReplyModel) -> None:
        vectoriser, classifiers = fit_pipeline(training_replies())
        assert list(shipped.vocabulary) == list(vectoriser.get_feature_names_out())
        weights = np.vstack([classifier.coef_[0] for classifier in classifiers])
        np.testing.assert_allclose(shipped.weights, weights, atol=0.02)

    def test_survives_its_file(self, shipped: ReplyModel) -> None:
        content = dump_model([shipped])
        again = load_model(content, checksum=checksum_of(content))
        assert again.mean is None
        assert again.score("我会按时来报到") == shipped.score("我会按时来报到")
        assert again.threshold == shipped.threshold

    def test_refuses_what_is_not_the_file_it_was_told(self) -> None:
        content, checksum = shipped_model()
        with pytest.raises(ModelUnusable, match="checksum"):
            load_model(content[:-1] + b"x", checksum=checksum)
        with pytest.raises(ModelUnusable, match="not a model"):
            load_model(b"PK", checksum=checksum_of(b"PK"))

    def test_loads_within_a_second(self) -> None:
        content, checksum = shipped_model()
        begun = time.thread_time()
        load_model(content, checksum=checksum)
        assert time.thread_time() - begun < 1


class TestUnderstanding:
    @given(text=CANDIDATES_TEXT)
    def test_never_fails_and_never_lets_a_decline_stand(self, shipped: ReplyModel, text: str) -> None:
        reading = classify(text, model=shipped)
        assert 0 <= reading.confidence <= 1
        assert not (reading.is_automatic and ReplyLabel.DECLINE in reading.labels)

    def test_what_is_not_understood_waits_for_a_person(self, shipped: ReplyModel) -> None:
        assert not classify("锟斤拷", model=shipped).is_automatic
        assert not classify("", model=shipped).is_automatic

    def test_a_button_is_certain_whatever_the_words_say(self, shipped: ReplyModel) -> None:
        reading = classify("谢谢", model=shipped)
        beside = beside_button(reading, known=ReplyLabel.OTHER_DATE, threshold=shipped.threshold)
        assert set(beside.labels) == {ReplyLabel.OTHER_DATE, *reading.labels}

    @pytest.mark.parametrize("text", [*DECLINES, *CONDITIONS, *STRANGERS])
    def test_no_refusal_condition_or_stranger_reads_as_an_acceptance(
        self, shipped: ReplyModel, embedded: ReplyModel, text: str
    ) -> None:
        for model in (shipped, embedded):
            reading = classify(text, model=model)
            assert ReplyLabel.ACCEPT not in reading.labels
            assert text in CONDITIONS or not reading.is_automatic

    def test_keeps_its_promise_on_frozen_replies(self) -> None:
        """As measured when it was shipped; ``evaluate_replies`` measures all of them anew."""
        measured = Evaluation.from_numbers(shipped_numbers()["embedded"])
        assert measured.n == len(frozen_replies())
        assert measured.automatic_correctness >= 0.98
        assert measured.automatic_share >= 0.40
        assert measured.accuracy >= 0.80
        assert measured.false_accepts == 0
        assert all(row.recall is not None and row.recall >= 0.7 for row in measured.labels)

    def test_reads_a_part_of_them_here_as_it_was_measured(self, embedded: ReplyModel) -> None:
        assert embedded.mean is not None, "The sentence embedding is not installed here."
        measured = evaluate(embedded, frozen_replies()[::5])
        assert measured.automatic_correctness >= 0.97
        assert measured.automatic_share >= 0.30
        assert measured.accuracy >= 0.75
        assert measured.false_accepts == 0

    def test_reads_on_without_the_embedding(
        self, shipped: ReplyModel, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(embedding, "E5", None)
        embedding._engine.cache_clear()
        try:
            content, checksum = shipped_model()
            model = load_model(content, checksum=checksum)
            assert model.mean is None
            measured = evaluate(model, frozen_replies())
        finally:
            embedding._engine.cache_clear()
        assert measured.automatic_correctness >= 0.97
        assert measured.automatic_share >= 0.35
        assert measured.accuracy >= 0.78
        assert measured.milliseconds < 5
        assert asdict(replace(measured, milliseconds=0)) == shipped_numbers()["plain"] | {"milliseconds": 0}

    def test_a_reply_takes_less_than_50_ms(self, embedded: ReplyModel) -> None:
        texts = [reply.text for reply in frozen_replies()[::24]]
        classify(texts[0], model=embedded)

        def seconds() -> float:
            begun = time.thread_time()
            for text in texts:
                classify(text, model=embedded)
            return (time.thread_time() - begun) / len(texts)

        assert min(seconds() for _round in range(3)) < 0.05

    def test_nothing_is_automatic_above_every_confidence_but_what_rules_confirm(
        self, shipped: ReplyModel
    ) -> None:
        strict = replace(shipped, threshold=1.01)
        readings = [(reply, classify(reply.text, model=strict)) for reply in frozen_replies()]
        assert all(judge(reply.text).is_whole for reply, reading in readings if reading.is_automatic)


class TestNumbers:
    def test_kappa_of_a_textbook_table(self) -> None:
        # Two raters, 50 proposals: both yes 20, only the first 5, only the second 10, both no 15.
        pairs = [(True, True)] * 20 + [(True, False)] * 5 + [(False, True)] * 10 + [(False, False)] * 15
        found = agreement(pairs)
        assert (found.n, found.said, found.meant) == (50, 25, 30)
        assert found.agreed == pytest.approx(0.7)
        assert found.kappa == pytest.approx(0.4)

    def test_kappa_says_nothing_where_chance_would_say_the_same(self) -> None:
        assert agreement([(False, False)] * 9).kappa is None
        assert agreement([]).agreed is None

    def test_wilson_interval_of_a_known_case(self) -> None:
        assert wilson(9, 10) == pytest.approx((0.5958, 0.9821), abs=5e-4)
        assert wilson(0, 0) == (0.0, 1.0)

    @pytest.mark.django_db
    def test_the_command_prints_both_forms(self) -> None:
        text, data = StringIO(), StringIO()
        call_command("evaluate_replies", "--plain", stdout=text)
        call_command("evaluate_replies", "--plain", "--json", stdout=data)
        assert "recall" in text.getvalue()
        numbers = json.loads(data.getvalue())
        assert numbers["automatic_correctness"] >= 0.97
        assert [row["name"] for row in numbers["labels"]] == [str(label) for label in ReplyLabel]
        assert TargetAttitude.NONE in [row["name"] for row in numbers["attitudes"]]
